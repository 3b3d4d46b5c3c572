"""``GET explain/{seq}``: why a request got its answer, and when it would have got another one."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApiError, ControlApp, only
from fakeseed.control.explain.forecast import Forecast, copy_of, forecast
from fakeseed.control.explain.reasons import Reason, RefusalCase, named_in, reason
from fakeseed.control.journal import catalogue
from fakeseed.control.views import span_text
from fakeseed.errors import UsageError
from fakeseed.model.times import SECOND, with_nanoseconds
from fakeseed.piapi.parse import whole_number
from fakeseed.world.journal import DeliveryEntry, Entry, EventEntry, RequestEntry
from fakeseed.world.world import World

MAX_LINES = 100
"""Lines of history that are shown, the latest."""


async def explain(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET explain/{seq}``."""
    only(request, ())
    seq = whole_number(request.path_params["seq"], 0)
    if not seq:
        raise UsageError("the number of a journal entry is a whole number from 1", "GET journal shows them")
    answer, copy, refusal = await control.engine.look(world_name, lambda world: _begun(world, seq))
    if refusal is None:
        return answer
    outlook = await asyncio.to_thread(forecast, copy, refusal.entry) if copy else Forecast(None, tried=False)
    return {**answer, **_refusal(refusal, *refusal.outcome(outlook))}


class _RefusedRequest:
    """A refused request and its reason, kept beyond the unit of work that found it."""

    def __init__(self, case: RefusalCase) -> None:
        self.entry, self._reason, self._now = case.entry, reason(case), case.world.now
        self.behaviour = case.behaviour

    @property
    def waits(self) -> bool:
        """Whether it has to be tried out when the request would be accepted."""
        return self._reason.waits and self._reason.freed is None

    def outcome(self, outlook: Forecast) -> tuple[Reason, int | None, bool]:
        """The reason, the earliest instant, and whether it may have been earlier still."""
        at = self._reason.freed if self._reason.freed is not None else outlook.at
        return self._reason, at, at is not None and self._reason.freed is None and self._now == at != self.entry.at


def _begun(world: World, seq: int) -> tuple[dict[str, Any], World | None, _RefusedRequest | None]:
    """What can be said of a request at once; a copy of the world to try it in, if it was refused and time may help."""
    entry = _find(world, seq)
    head = {
        "seq": seq,
        "at": with_nanoseconds(entry.at),
        "request": f"{entry.method} {entry.path[:500]}",
        "status": entry.status,
    }
    if entry.faults and entry.status >= 400:
        return {**head, **_struck(entry)}, None, None
    if entry.status < 400:
        return {**head, **_accepted(world, entry), **({"faults": entry.faults} if entry.faults else {})}, None, None
    refusal = _RefusedRequest(RefusalCase(world, entry))
    return head, copy_of(world) if refusal.waits else None, refusal


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
    entry = next(iter(journal.since(seq - 1)), None)
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
    next_request = next(
        (other_entry.seq for other_entry in journal.since(seq) if isinstance(other_entry, RequestEntry)), None
    )
    hint = f"the next request is {next_request}" if next_request else "GET journal?kind=request shows them"
    raise UsageError(f"entry {seq} is no request: {_line(entry)['line']}", hint)


def _refusal(refusal: _RefusedRequest, why: Reason, at: int | None, or_earlier: bool) -> dict[str, Any]:
    view: dict[str, Any] = {"outcome": "refused", "behaviour": _behaviour(refusal.behaviour)}
    view |= {"because": why.because(at), "history": [_line(event) for event in why.history[-MAX_LINES:]], **why.more}
    if at is None:
        return {**view, "earliest": None, "not_by_waiting": why.unless}
    passed = at - refusal.entry.at
    earliest = {"at": with_nanoseconds(at), "after": f"+{span_text(passed)}", "after_seconds": passed / SECOND}
    return {**view, "earliest": {**earliest, "or_earlier": True} if or_earlier else earliest}


def _behaviour(name: str) -> dict[str, Any] | None:
    entry = catalogue().get(name)
    return {"id": name, **msgspec.structs.asdict(entry)} if entry else {"id": name} if name else None


def _accepted(world: World, entry: RequestEntry) -> dict[str, Any]:
    """What an accepted request led to so far."""
    try:
        answer = msgspec.json.decode(entry.answer) if entry.answer else None
    except msgspec.MsgspecError:
        answer = None
    refs = {entry.path.rpartition("/")[2], *named_in(answer)} if entry.method != "GET" else set()
    earlier = [
        journal_entry.seq
        for journal_entry in world.tables.journal
        if isinstance(journal_entry, RequestEntry) and journal_entry.seq < entry.seq
    ]
    since = world.tables.journal.since(earlier[-1] if earlier else 0)
    led = [
        journal_entry
        for journal_entry in since
        if not isinstance(journal_entry, RequestEntry) and journal_entry.ref in refs
    ]
    lookups = ((name, ref, table.get(ref)) for name, table in _tables(world) for ref in sorted(refs))
    records = [{name: ref, "status": record.status} for name, ref, record in lookups if record is not None]
    because = f"nothing stood against it; {len(led)} journal entries came of it so far" if refs else "it only looks"
    return {
        "outcome": "accepted",
        "because": because,
        "led_to": [_line(journal_entry) for journal_entry in led],
        "records": records,
    }


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
