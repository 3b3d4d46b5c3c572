"""``GET twins``: creates that were sent twice, read off the journal."""

from collections.abc import Iterator
from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp
from fakeseed.model.times import SECOND
from fakeseed.world.journal import EventEntry, RequestEntry
from fakeseed.world.world import World


def find_duplicate_creates(world: World) -> dict[str, Any]:
    """Pairs of creates with the same body that both made a task, each with the one before: how far apart, what charges.

    A task counts as charged while points are frozen for it and once they are consumed.
    """
    last: dict[bytes, tuple[RequestEntry, str]] = {}
    pairs = []
    for entry, task_id in _creates(world):
        body = _canonical(entry.body)
        if body in last:
            pairs.append(_pair(world, *last[body], entry, task_id))
        last[body] = entry, task_id
    return {"total": len(pairs), "twins": pairs}


def _creates(world: World) -> Iterator[tuple[RequestEntry, str]]:
    """Requests that made a task, with the task: its own entry stands before the request's, whatever was answered."""
    task_id = ""
    for entry in world.tables.journal:
        if isinstance(entry, EventEntry) and (entry.subject, entry.trigger) == ("task", "create"):
            task_id = entry.ref
        elif isinstance(entry, RequestEntry):
            if task_id:
                yield entry, task_id
            task_id = ""


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


async def show_twins(control: ControlApp, world_name: str, _: Request) -> object:
    """``GET twins``."""
    return await control.engine.look(world_name, find_duplicate_creates)
