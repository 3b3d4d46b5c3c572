"""Why requests were refused: for each behaviour that refuses, what its history was and what would have helped."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, cached_property
from typing import Any

import msgspec

from fakeseed.control.explain.forecast import WorldParts, price_of
from fakeseed.model.asset import COUNTED
from fakeseed.model.inputs import AssetUpload, CreateTask, TaskInput
from fakeseed.model.references import SCHEME, references
from fakeseed.model.refusals import REFUSALS
from fakeseed.model.routes import BY_PATH
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import ACTIVE, ENDED
from fakeseed.model.times import HOUR, with_nanoseconds
from fakeseed.piapi.parse import BodyError, read_body
from fakeseed.world.journal import EventEntry, RequestEntry
from fakeseed.world.timeline import EventKind
from fakeseed.world.world import World

SHOWN = 5
"""Holders of a place that are shown, those first that go first."""


OF_ENDED_TASKS = frozenset({"auto-upload.cap", "wire.unknown-path"})
"""Behaviours whose reasons look at tasks that have ended."""
OF_MONEY = frozenset({"money.insufficient-credits"})
"""Behaviours whose reasons look at the ledger."""


class Reason(msgspec.Struct, kw_only=True):
    """Why a request was refused.

    ``because`` is a sentence, given the instant at which the obstacle went or will go, if that is known. ``freed`` is
    that instant where it has come already. ``waits``: waiting may help, so it is tried; ``unless`` says what helps
    where waiting does not. ``more`` are details for programs.
    """

    because: Callable[[int | None], str]
    history: list[EventEntry] = []
    freed: int | None = None
    waits: bool = False
    unless: str = ""
    more: dict[str, Any] = {}


class RefusalCase:
    """A refused request, with its world as it was taken and what the journal says."""

    def __init__(self, parts: WorldParts, entry: RequestEntry) -> None:
        self.parts = parts
        self.entry = entry
        self.events = [event for event in parts.journal if isinstance(event, EventEntry)]

    @cached_property
    def world(self) -> World:
        """A copy of the world, for looking and for trying; reasons only look."""
        return self.parts.world()

    @cached_property
    def message(self) -> str:
        """What the answer says; of a batch, what it says of the first entry."""
        try:
            content = msgspec.json.decode(self.entry.answer)
        except msgspec.MsgspecError:
            return self.entry.answer.decode("utf-8", "replace")
        results = content.get("results") if isinstance(content, dict) else None
        first = results[0].get("error") if isinstance(results, list) and results else None
        return str(first or (content.get("message") if isinstance(content, dict) else None) or "")

    @cached_property
    def _row(self) -> tuple[str, dict[str, str]]:
        """The behaviour that refused, and what was filled into its message."""
        for row in REFUSALS.values():
            match = _pattern(row.message).fullmatch(self.message)
            if match and self.entry.refused_by in ("", row.behaviour):
                return row.behaviour, match.groupdict()
        return self.entry.refused_by, {}

    @property
    def behaviour(self) -> str:
        """The behaviour that refused; a refused batch is told by its first entry's."""
        return self._row[0]

    @property
    def details(self) -> dict[str, str]:
        """What was filled into the refusal's message."""
        return self._row[1]

    @property
    def came(self) -> str:
        """When the request came."""
        return f"the request came at {with_nanoseconds(self.entry.at)}"

    @property
    def last_segment(self) -> str:
        """What the end of the path names."""
        return self.entry.path.rpartition("/")[2]

    def of(self, subject: str, ref: str) -> list[EventEntry]:
        """All that the journal knows of one record."""
        return self._by_record.get((subject, ref), [])

    @cached_property
    def _by_record(self) -> dict[tuple[str, str], list[EventEntry]]:
        by_record: dict[tuple[str, str], list[EventEntry]] = {}
        for event in self.events:
            by_record.setdefault((event.subject, event.ref), []).append(event)
        return by_record

    @cached_property
    def created(self) -> set[str]:
        """The tasks that there were when the request came."""
        return {event.ref for event in self.before(self.events) if event.trigger == "create"}

    def before(self, events: Iterable[EventEntry]) -> list[EventEntry]:
        """Those that happened before the request."""
        return [event for event in events if event.seq < self.entry.seq]

    def after(self, events: Iterable[EventEntry]) -> list[EventEntry]:
        """Those that happened after the request."""
        return [event for event in events if event.seq > self.entry.seq]

    def due(self, kind: EventKind, ref: str) -> str | None:
        """When something will happen to a record."""
        at = self.world.timeline.due_at(kind, ref)
        return None if at is None else with_nanoseconds(at)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.*)", re.escape(template)), re.DOTALL)


def _nth(instants: list[int], count: int) -> int | None:
    """The so-manieth of some instants."""
    return instants[count - 1] if 0 < count <= len(instants) else None


def _when(until: int | None, preposition: str = "until") -> str:
    return f" {preposition} {with_nanoseconds(until)}" if until is not None else ""


# -- assets -----------------------------------------------------------------------------------------------------------


def _not_active(case: RefusalCase) -> Reason:
    asset_id, state = case.details.get("asset_id", ""), case.details.get("state", "")
    events = case.of("asset", asset_id)
    since = next((event.at for event in reversed(case.before(events)) if event.target == state), None)
    became = next((event for event in case.after(events) if event.target != state), None)
    asset = case.world.assets.get(asset_id)
    failure = asset.failure or asset.fate.failure if asset else None
    fails = f"; it fails with {failure.code}" if failure else ""

    def because(until: int | None) -> str:
        ended_at = became.at if became else until
        tense = "was" if ended_at is not None else "is"
        return f"asset {asset_id} {tense} {state}{_when(since, 'from')}{_when(ended_at)}; {case.came}"

    return Reason(
        because=because,
        history=events,
        freed=became.at if became and became.target == "Active" else None,
        waits=state == "Processing" and (became is None or became.target == "Active"),
        unless=f"this asset does not become Active by itself{fails}; upload another one",
    )


def _gone(subject: str, case: RefusalCase, ref: str) -> Reason:
    """A record that is not there: it never was, or it is no more."""
    events = case.before(case.of(subject, ref))
    last = events[-1] if events else None
    dropped = case.parts.dropped

    def because(_: int | None) -> str:
        if last is None:
            limitation = f", as far as the journal reaches ({dropped} entries were dropped)" if dropped else ""
            return f"no {subject} {ref[:80]!r} was ever in this world{limitation}; {case.came}"
        ending = last.trigger if last.target in ("", None) else "forgotten after it was " + last.target
        return f"{subject} {ref} was {ending} at {with_nanoseconds(last.at)}; {case.came}"

    near = did_you_mean(ref, (event.ref for event in case.events if event.subject == subject)) if not events else ""
    return Reason(because=because, history=case.of(subject, ref), unless=f"{subject} ids are never given again{near}")


def _quota(case: RefusalCase) -> Reason:
    used, limit = (int(case.details.get(name) or 0) for name in ("used", "limit"))
    count = case.world.assets.count(COUNTED)
    counted = sorted(case.world.assets.page(COUNTED, 0, count), key=lambda asset: asset.expires_at)
    ephemeral = {asset.asset_id for asset in case.world.assets if asset.ephemeral}
    leaving = [
        event
        for event in case.after(case.events)
        if event.subject == "asset" and event.ref not in ephemeral and event.target in ("", "Failed")
    ]
    holders = [
        {
            "asset": asset.asset_id,
            "status": asset.status,
            "since": with_nanoseconds(asset.upload_at),
            "until": with_nanoseconds(asset.expires_at),
        }
        for asset in counted[:SHOWN]
    ]
    return Reason(
        because=lambda until: (
            f"{used} of {limit} assets were there{_when(until, 'and a place is free at')}; {case.came}"
        ),
        history=leaving[:SHOWN],
        freed=_nth([event.at for event in leaving], used - limit + 1),
        waits=True,
        unless="delete an asset, or give the world a larger plan",
        more={"holders": holders},
    )


def _cap(case: RefusalCase) -> Reason:
    ephemeral = sorted((asset for asset in case.world.assets if asset.slot_until), key=lambda asset: asset.slot_until)
    holders = [
        {
            "asset": asset.asset_id,
            "task": asset.task_id,
            "since": with_nanoseconds(asset.upload_at),
            "until": with_nanoseconds(asset.slot_until),
        }
        for asset in ephemeral[:SHOWN]
    ]
    cap, reserved = case.world.plan.ephemeral_cap, case.world.account.reserved_slots
    frees = sorted(_slots(case))
    pending = (task for task in case.world.tasks.active() if task.status == "pending" and task.task_id in case.created)
    went = _nth(frees, len(frees) + sum(task.slots_wanted for task in pending) + _wanted(case) - cap)
    return Reason(
        because=lambda until: (
            f"the plan has {cap} places for ephemeral assets, and too few were free{_when(until)}; {case.came}"
        ),
        freed=went if went is not None and went <= case.world.now else None,
        waits=True,
        unless=f"the plan has {cap} places; ask for fewer references, or give the world a larger plan",
        more={"holders": holders, "held": len(ephemeral), "reserved": reserved},
    )


def _slots(case: RefusalCase) -> Iterator[int]:
    """When each place under the cap that was taken at the request's moment is given back."""
    for task in case.world.tasks:
        for tile in task.references if task.auto_upload and task.task_id in case.created else ():
            events = case.of("asset", tile.uri.removeprefix(SCHEME))
            if events and (events[0].trigger, events[0].at) == ("upload", task.started_at):
                deleted_at = next((event.at for event in events if not event.target), None)
                held_until = task.started_at + task.hold_hours * HOUR
                until = held_until if deleted_at is None else min(deleted_at, held_until)
                if until > case.entry.at:
                    yield until


def _wanted(case: RefusalCase) -> int:
    """Places that the request wants."""
    try:
        task_input = msgspec.convert(read_body(case.entry.body, CreateTask).input or {}, TaskInput)
    except (BodyError, msgspec.ValidationError):
        return 0
    return sum(reference.asset_id is None for reference in references(task_input))


# -- tasks ------------------------------------------------------------------------------------------------------------


def _concurrency(case: RefusalCase) -> Reason:
    count, limit = int(case.details.get("count") or 0), case.world.concurrency
    status = {event.ref: event for event in case.before(case.events) if event.subject == "task"}
    active = {ref: event for ref, event in status.items() if event.target in ACTIVE}
    ends = [event for event in case.after(case.events) if event.ref in active and event.target in ENDED]
    ended = {event.ref: with_nanoseconds(event.at) for event in ends}
    holders = [
        {
            "task": ref,
            "status": event.target,
            "since": with_nanoseconds(event.at),
            "until": ended.get(ref) or case.due("task.end", ref),
        }
        for ref, event in active.items()
    ]
    return Reason(
        because=lambda until: f"{count} tasks were active{_when(until)}, the limit is {limit}; {case.came}",
        history=[*active.values(), *ends],
        freed=_nth([event.at for event in ends], count - limit + 1),
        waits=True,
        unless=f"no active task ends by itself, or the limit ({limit}) is too small; end one, or raise the concurrency",
        more={"holders": holders},
    )


def _credits(case: RefusalCase) -> Reason:
    later = {event.ref for event in case.after(case.events) if event.trigger == "create"}
    own = [movement for movement in case.parts.movements if movement.task_id not in later]
    price = price_of(case.parts.world(), case.entry)
    enough = [price is not None and movement.balance >= price for movement in own]
    # Several movements may share the request's instant; it was refused, so it came after one that left too little.
    last_short = next(
        (index for index in reversed(range(len(own))) if own[index].at <= case.entry.at and not enough[index]), -1
    )
    available = own[last_short].balance if last_short >= 0 else 0
    freed = next(
        (
            movement.at
            for movement, sufficient in zip(own[last_short + 1 :], enough[last_short + 1 :], strict=True)
            if sufficient
        ),
        None,
    )
    lacking = f"{price - available} are missing" if price is not None else "they are too few"
    return Reason(
        because=lambda until: (
            f"{available} points were available{_when(until)}, the task costs {'more' if price is None else price}; "
            f"{case.came}"
        ),
        freed=freed,
        waits=True,
        unless=f"add points: {lacking}",
        more={"points": {"available": available, "needed": price}},
    )


def _too_late(case: RefusalCase) -> Reason:
    task_id = case.last_segment
    events = case.before(case.of("task", task_id))
    since = with_nanoseconds(events[-1].at) if events else "an instant that the journal has dropped"
    state = case.details.get("state", "no longer pending")
    return Reason(
        because=lambda _: f"task {task_id} was {state} since {since}; {case.came}",
        history=case.of("task", task_id),
        unless="only a pending task can be cancelled; cancel it before it starts, or let it end",
    )


# -- what waiting never helps -----------------------------------------------------------------------------------------


def _path(case: RefusalCase) -> Reason:
    task = case.world.tasks.by_output(case.last_segment.partition(".")[0])
    if task is not None:
        sentence = f"the output of task {task.task_id} ends at {with_nanoseconds(task.output_until)}; {case.came}"
        return Reason(
            because=lambda _: sentence, history=case.of("output", task.task_id), unless="create the task again"
        )
    near = did_you_mean(case.entry.path, BY_PATH)
    sentence = f"nothing answers {case.entry.method} {case.entry.path[:200]}{near}"
    return Reason(because=lambda _: sentence, unless="correct the path or the method")


def _plan(case: RefusalCase) -> Reason:
    plan = case.details.get("plan", "")
    now = f"; it is {case.world.plan.name} now" if case.world.plan.name != plan else ""
    return Reason(
        because=lambda _: f"the world's plan was {plan}{now}: {case.message}",
        unless="give the world another plan (PATCH world)",
    )


def _strict(case: RefusalCase) -> Reason:
    instead = case.details.get("instead")
    return Reason(
        because=lambda _: case.message,
        unless=f"use task_type {instead}" if instead else "use a -less-restriction type",
        more={"field": "task_type"},
    )


_FIELD = re.compile(r"`\$\.([^`]+)`")
_FIELDS = sorted({*TaskInput.__struct_fields__, *AssetUpload.__struct_fields__, "model", "task_type"}, key=len)[::-1]


def _asked(case: RefusalCase) -> Reason:
    """What the request itself says is wrong."""
    match = _FIELD.search(case.message)
    names = (name for name in _FIELDS if re.search(rf"\b{name}\b", case.message))
    field = match[1] if match else next(names, None)
    return Reason(
        because=lambda _: case.message or f"the answer was {case.entry.status}",
        unless=f"correct {field or 'the request'}",
        more={"field": field} if field else {},
    )


EXPLAINERS: dict[str, Callable[[RefusalCase], Reason]] = {
    "task.asset-not-active": _not_active,
    "task.asset-missing": lambda case: _gone("asset", case, case.details.get("asset_id", "")),
    "asset.unknown": lambda case: _gone("asset", case, case.last_segment),
    "task.unknown": lambda case: _gone("task", case, case.last_segment),
    "asset.quota-full": _quota,
    "auto-upload.cap": _cap,
    "task.concurrency": _concurrency,
    "money.insufficient-credits": _credits,
    "task.cancel": _too_late,
    "task.asset-needs-less-restriction": _strict,
    "task.auto-upload-needs-less-restriction": _strict,
    "asset.plan-gate": _plan,
    "upload.plan-gate": _plan,
    "wire.unknown-path": _path,
}
"""Behaviour -> what explains a refusal by it. All others say what is wrong with the request itself."""


def reason(case: RefusalCase) -> Reason:
    """Why a request was refused."""
    return EXPLAINERS.get(case.behaviour, _asked)(case)


def named_in(value: object) -> Iterator[str]:
    """The ids that a decoded answer names, wherever they stand."""
    if isinstance(value, dict):
        yield from (
            record_id for name in ("task_id", "asset_id") if isinstance(record_id := value.get(name), str) and record_id
        )
        for inner in value.values():
            yield from named_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from named_in(inner)
