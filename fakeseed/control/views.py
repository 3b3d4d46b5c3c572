"""The control API's JSON: what it takes and what it shows. Instants as RFC 3339, spans in seconds."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

import msgspec

from fakeseed.model.suggest import did_you_mean
from fakeseed.model.times import DAY, HOUR, MINUTE, SECOND, with_nanoseconds
from fakeseed.world.journal import DeliveryEntry, Entry, EventEntry, RequestEntry
from fakeseed.world.ledger import Movement
from fakeseed.world.timeline import Event
from fakeseed.world.world import World

MAX_ENTRIES = 10_000
"""Entries, events and movements that one answer shows."""


class FreezeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST clock/freeze``: at a time, or now."""

    at: str | None = None


class ResumeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST clock/resume``: world seconds per real second."""

    rate: float = 1.0


class AutoOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST clock/auto``: how far each poll moves the clock; seconds or a span."""

    step: float | str = 5


class AdvanceOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST clock/advance``: by a span, or to a time or the next event; ``limit`` of what happened is told."""

    by: float | str | None = None
    to: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_ENTRIES)] = MAX_ENTRIES


class TaskFailOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST tasks/{id}/fail``."""

    cause: str = "failed-by-control"


class AssetFailOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST assets/{id}/fail``."""

    code: str = "ContentRestricted"


class ScenarioOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST scenario``: one that travels with fakeseed, by name, or a setup (world, faults, timeline).

    ``clock`` is for a scenario that names none; by default the world's clock goes on as it was.
    """

    name: str | None = None
    setup: dict[str, Any] | None = None
    clock: Literal["frozen", "auto", "real"] | None = None


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order with no details."""


def unknown_field_hint(problem: str, shape: type[msgspec.Struct]) -> str:
    """The nearest field for an unknown one in msgspec's message."""
    if "unknown field" not in problem:
        return ""
    field = problem.split("`")[1]
    return (
        did_you_mean(field, shape.__struct_encode_fields__)
        or f"; known: {', '.join(shape.__struct_encode_fields__) or 'none'}"
    )


def span_text(span: int) -> str:
    """A span as people write it, and as orders take it: ``1d2h``, ``0.5s``."""
    text, remaining = "", span
    for unit, size in (("d", DAY), ("h", HOUR), ("m", MINUTE)):
        count, remaining = divmod(remaining, size)
        text += f"{count}{unit}" if count else ""
    whole, fraction = divmod(remaining, SECOND)
    if not remaining and text:
        return text
    return text + (f"{whole}.{fraction:09d}".rstrip("0") if fraction else str(whole)) + "s"


def world_view(world: World) -> dict[str, Any]:
    """The world at a glance."""
    account = world.account
    return {
        "plan": account.plan,
        "profile": account.profile,
        "pace": account.pace,
        "seed": account.seed,
        "ingest": world.settings.ingest,
        "concurrency": world.concurrency,
        "points": msgspec.to_builtins(account.balances),
        "assets": len(world.assets),
        "tasks": len(world.tasks),
        "active_tasks": world.tasks.count_active(),
        "clock": clock_view(world),
    }


def clock_view(world: World) -> dict[str, Any]:
    """Where the clock stands and what comes next."""
    clock, head = world.account.clock, world.timeline.head()
    view: dict[str, Any] = {"mode": clock.mode, "now": with_nanoseconds(world.now)}
    if clock.mode == "real":
        view["rate"] = clock.rate
    if clock.mode == "auto":
        view["step_seconds"] = clock.step / SECOND
    return {**view, "pending_events": len(world.timeline), "next": event_view(head, world.now) if head else None}


def event_view(event: Event, now: int) -> dict[str, Any]:
    """One thing due."""
    return {
        "at": with_nanoseconds(event.at),
        "in_seconds": (event.at - now) / SECOND,
        "kind": event.kind,
        "ref": event.ref,
    }


def entry_view(entry: Entry) -> dict[str, Any]:
    """One journal entry; bodies as JSON where they are JSON."""
    head: dict[str, Any] = {"seq": entry.seq, "at": with_nanoseconds(entry.at)}
    if isinstance(entry, RequestEntry):
        return {**head, **_request_view(entry)}
    if isinstance(entry, EventEntry):
        transition = {"from": entry.source or None, "trigger": entry.trigger, "to": entry.target or None}
        return {**head, "kind": "event", entry.subject: entry.ref, **transition, "behaviour": entry.behaviour}
    assert isinstance(entry, DeliveryEntry)
    result = {"attempt": entry.attempt, "url": entry.url, "status": entry.status, "cause": entry.cause}
    message = {"headers": _headers_view(entry.headers), "body": _body_view(entry.body)} if entry.body else {}
    again = {"redelivery": True} if entry.redelivery else {}
    return {**head, "kind": "delivery", "task": entry.ref, **result, **message, **again}


def _request_view(entry: RequestEntry) -> dict[str, Any]:
    view = {
        "kind": "request",
        "method": entry.method,
        "path": entry.path,
        "query": entry.query,
        "headers": _headers_view(entry.headers),
        "body": _body_view(entry.body),
        "status": entry.status,
        "answer": _body_view(entry.answer),
    }
    if entry.refused_by:
        view["refused_by"] = entry.refused_by
    if entry.notes:
        view["notes"] = entry.notes
    if entry.faults:
        view["faults"] = entry.faults
    if entry.next_step_headers:
        view["answer_headers"] = _headers_view(entry.next_step_headers)
    return view


def _headers_view(headers: Iterable[tuple[bytes, bytes]]) -> list[list[str]]:
    return [[name.decode("latin-1"), value.decode("latin-1")] for name, value in headers]


def _body_view(body: bytes) -> Any:
    if not body:
        return None
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return body.decode("utf-8", "replace")


def movement_view(movement: Movement) -> dict[str, Any]:
    """One movement of points."""
    return {**msgspec.to_builtins(movement), "at": with_nanoseconds(movement.at)}
