"""``GET explain/{seq}``: why a request got its answer, and when it would have got another one."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApiError, ControlApp
from fakeseed.control.explain.forecast import WorldParts, forecast, parts_of
from fakeseed.control.explain.reasons import OF_ENDED_TASKS, OF_MONEY, RefusalCase, named_in, reason
from fakeseed.control.journal import JournalPage, catalogue, entries_of, tests_of
from fakeseed.control.views import MAX_ENTRIES, span_text
from fakeseed.errors import UsageError
from fakeseed.model.times import SECOND, with_nanoseconds
from fakeseed.piapi.parse import whole_number
from fakeseed.world.journal import DeliveryEntry, Entry, EventEntry, RequestEntry
from fakeseed.world.world import World

NEARBY = 1000
"""Entries among which the next request is looked for, when the one that was named is none."""
MAX_LINES = 100
"""Lines of history that are shown, the latest."""


async def explain(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET explain/{seq}``."""
    seq = whole_number(request.path_params["seq"], 0)
    if not seq:
        raise UsageError("the number of a journal entry is a whole number from 1", "GET journal shows them")
    entry = await control.engine.look(world_name, lambda world: _find(world, seq))
    head = {
        "seq": seq,
        "at": with_nanoseconds(entry.at),
        "request": f"{entry.method} {entry.path[:500]}",
        "status": entry.status,
    }
    if entry.faults and entry.status >= 400:
        return {**head, **_struck(entry)}
    if entry.status < 400:
        faults = {"faults": entry.faults} if entry.faults else {}
        return {**head, **await _accepted(control, world_name, entry), **faults}
    refused_by = entry.refused_by
    ended, money = (not refused_by or refused_by in behaviours for behaviours in (OF_ENDED_TASKS, OF_MONEY))
    parts = await control.engine.look(world_name, lambda world: parts_of(world, ended=ended, money=money))
    return {**head, **await asyncio.to_thread(_refused, parts, entry)}


def _struck(entry: RequestEntry) -> dict[str, Any]:
    """What can be said of an answer that a fault had its hand on."""
    because = f"on purpose: {', '.join(entry.faults)} struck this request"
    unless = "not by waiting: the fault says when it is over, see GET faults"
    return {"outcome": "fault", "faults": entry.faults, "because": because, "earliest": None, "not_by_waiting": unless}


def _find(world: World, seq: int) -> RequestEntry:
    """A request of the journal.

    Raises ControlApiError when that number is not there, UsageError when it is no request.
    """
    journal = world.tables.journal
    entry = next(iter(journal.page(seq - 1, 1)), None)
    if entry is None or entry.seq != seq:
        if 0 < seq <= world.account.journal_counter:
            raise ControlApiError(
                404, f"entry {seq} was dropped: the journal keeps the latest {len(journal)}", "explain sooner"
            )
        hint = "GET journal?kind=request shows them; requests whose key is missing or refused are not written down"
        raise ControlApiError(
            404, f"the journal has no entry {seq}; the last one is {world.account.journal_counter}", hint
        )
    if isinstance(entry, RequestEntry):
        return entry
    following = (later.seq for later in journal.page(seq, NEARBY) if isinstance(later, RequestEntry))
    next_request = next(following, None)
    hint = f"the next request is {next_request}" if next_request else "GET journal?kind=request shows them"
    raise UsageError(f"entry {seq} is no request: {_line(entry)['line']}", hint)


def _refused(parts: WorldParts, entry: RequestEntry) -> dict[str, Any]:
    """Why a request was refused, and the earliest instant at which it would be accepted; tried out where that helps."""
    case = RefusalCase(parts, entry)
    why = reason(case)
    at, or_earlier = why.freed, False
    if why.waits and at is None:
        at = forecast(case.world, entry).at
        or_earlier = parts.now == at != entry.at
    view: dict[str, Any] = {"outcome": "refused", "behaviour": _behaviour(case.behaviour)}
    view |= {"because": why.because(at), "history": [_line(event) for event in why.history[-MAX_LINES:]], **why.more}
    if at is None:
        return {**view, "earliest": None, "not_by_waiting": why.unless}
    passed = at - entry.at
    earliest = {"at": with_nanoseconds(at), "after": f"+{span_text(passed)}", "after_seconds": passed / SECOND}
    return {**view, "earliest": {**earliest, "or_earlier": True} if or_earlier else earliest}


def _behaviour(name: str) -> dict[str, Any] | None:
    entry = catalogue().get(name)
    return {"id": name, **msgspec.structs.asdict(entry)} if entry else {"id": name} if name else None


async def _accepted(control: ControlApp, world_name: str, entry: RequestEntry) -> dict[str, Any]:
    """What an accepted request led to so far."""
    try:
        answer = msgspec.json.decode(entry.answer) if entry.answer else None
    except msgspec.MsgspecError:
        answer = None
    refs = {entry.path.rpartition("/")[2], *named_in(answer)} if entry.method != "GET" else set()
    led = await _led_to(control, world_name, entry, refs) if refs else []
    records = await control.engine.look(world_name, lambda world: _records(world, refs))
    because = f"nothing stood against it; {len(led)} journal entries came of it so far" if refs else "it only looks"
    return {
        "outcome": "accepted",
        "because": because,
        "led_to": [_line(led_entry) for led_entry in led],
        "records": records,
    }


async def _led_to(control: ControlApp, world_name: str, entry: RequestEntry, refs: set[str]) -> list[Entry]:
    """Entries about these records from the request on; those that its own unit of work wrote stand before it."""
    is_request, about = {"kind": tests_of({"kind": "request"})["kind"]}, {"refs": lambda other: _is_about(other, refs)}
    _, earlier = await entries_of(control, world_name, JournalPage(1, before=entry.seq), is_request)
    after = earlier[0].seq if earlier else 0
    return (await entries_of(control, world_name, JournalPage(MAX_ENTRIES, after), about))[1]


def _is_about(entry: Entry, refs: set[str]) -> bool:
    return not isinstance(entry, RequestEntry) and entry.ref in refs


def _records(world: World, refs: set[str]) -> list[dict[str, Any]]:
    lookups = ((name, ref, table.get(ref)) for name, table in _tables(world) for ref in sorted(refs))
    return [{name: ref, "status": record.status} for name, ref, record in lookups if record is not None]


def _tables(world: World) -> tuple[tuple[str, Any], ...]:
    return ("task", world.tasks), ("asset", world.assets)


def _line(entry: Entry) -> dict[str, Any]:
    """An entry as a line of history."""
    writer: Callable[[Any], str] = LINES[type(entry)]
    return {"seq": entry.seq, "at": with_nanoseconds(entry.at), "line": writer(entry)}


def _event_line(entry: EventEntry) -> str:
    return f"{entry.subject} {entry.ref}: {entry.source or 'nothing'} → {entry.target or 'gone'} ({entry.trigger})"


def _delivery_line(entry: DeliveryEntry) -> str:
    return f"webhook of task {entry.ref}, attempt {entry.attempt}: {entry.status or entry.cause}"


def _request_line(entry: RequestEntry) -> str:
    return f"{entry.method} {entry.path[:200]}: {entry.status}"


LINES: dict[type, Callable[[Any], str]] = {
    EventEntry: _event_line,
    DeliveryEntry: _delivery_line,
    RequestEntry: _request_line,
}
