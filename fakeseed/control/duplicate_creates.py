"""``GET twins``: creates that were sent twice, read off the journal."""

import asyncio
from collections.abc import Iterable
from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp, number
from fakeseed.control.journal import CHUNK
from fakeseed.control.views import MAX_ENTRIES
from fakeseed.model.times import SECOND
from fakeseed.world.journal import Entry, EventEntry, RequestEntry
from fakeseed.world.world import World


class _Scan:
    """Creates in their order, compared by their bodies, chunk by chunk of a journal."""

    def __init__(self) -> None:
        self.pairs: list[tuple[RequestEntry, str, RequestEntry, str]] = []
        self._last: dict[bytes, tuple[RequestEntry, str]] = {}
        self._task_id = ""

    def read(self, entries: Iterable[Entry]) -> None:
        """Go on with these entries: a task's own entry stands before its request's, whatever was answered."""
        for entry in entries:
            if isinstance(entry, EventEntry) and (entry.subject, entry.trigger) == ("task", "create"):
                self._task_id = entry.ref
            elif isinstance(entry, RequestEntry):
                if self._task_id:
                    self._compare(entry, self._task_id)
                self._task_id = ""

    def _compare(self, entry: RequestEntry, task_id: str) -> None:
        body = _canonical(entry.body)
        if body in self._last:
            self.pairs.append((*self._last[body], entry, task_id))
        self._last[body] = entry, task_id


async def show_twins(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET twins``: pairs of creates with the same body that both made a task, each with the one before.

    They tell how far apart they are and what was charged: a task counts while points are frozen for it and once they
    are consumed. ``offset`` and ``limit`` choose among them; the journal is read in chunks.
    """
    offset, limit = number(request, "offset", 0, 0), min(number(request, "limit", 1000, 1), MAX_ENTRIES)
    scan, seq = _Scan(), 0

    def read(world: World) -> list[Entry]:
        return world.tables.journal.page(seq, CHUNK)

    while chunk := await control.engine.look(world_name, read):
        scan.read(chunk)
        seq = chunk[-1].seq
        await asyncio.sleep(0)
    pairs = scan.pairs[offset : offset + limit]
    twins = await control.engine.look(world_name, lambda world: [_pair(world, *pair) for pair in pairs])
    return {"total": len(scan.pairs), "twins": twins}


def _pair(world: World, first: RequestEntry, first_task: str, second: RequestEntry, second_task: str) -> dict[str, Any]:
    charges = sum(_charged(world, task_id) for task_id in (first_task, second_task))
    apart = (second.at - first.at) / SECOND
    return {
        "first": {"seq": first.seq, "task": first_task, "faults": first.faults},
        "second": {"seq": second.seq, "task": second_task, "faults": second.faults},
        "apart_seconds": apart,
        "charges": charges,
        "says": f"same body twice, {apart:g} s apart: {charges} charge{'' if charges == 1 else 's'}",
    }


def _charged(world: World, task_id: str) -> bool:
    task = world.tasks.get(task_id)
    return task is not None and bool(task.frozen or task.consumed)


def _canonical(body: bytes) -> bytes:
    try:
        return msgspec.json.encode(msgspec.json.decode(body), order="sorted")
    except msgspec.MsgspecError:
        return body
