"""``POST wait``: until requests or webhook attempts have come, or a record has reached a state.

On a clock that stands, a wait with ``within`` moves the clock itself, one event after the other, so that ten minutes
of world time pass in milliseconds. Otherwise it listens to the world and costs nothing until something happens there.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any, Protocol, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request

from fakeseed.control.actions import span
from fakeseed.control.endpoint import ControlApiError, ControlApp, read_order
from fakeseed.control.journal import DeliveryFilter, RequestFilter, Test, tests_of
from fakeseed.control.views import clock_view, entry_view, event_view
from fakeseed.errors import UsageError
from fakeseed.model.lifecycle import ASSET, TASK, Lifecycle
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import ENDED
from fakeseed.model.times import MINUTE, SECOND, with_nanoseconds
from fakeseed.piapi.wire import asset_view, task_view
from fakeseed.world.journal import Entry, EventEntry
from fakeseed.world.subscriptions import Subscription
from fakeseed.world.world import World

T = TypeVar("T")

DEFAULT_TIMEOUT = 10 * SECOND
MAX_TIMEOUT = 5 * MINUTE
MAX_COUNT = 10_000
CLOSEST = 3
"""Requests that are shown when the one that was waited for did not come."""


class WaitOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST wait``: one of ``request``, ``delivery``, ``task``, ``asset``; spans as seconds or text.

    ``count`` and ``after`` (a number in the journal) belong to requests and deliveries, ``status`` to records.
    ``timeout`` is real time, ``within`` the world's.
    """

    request: RequestFilter | None = None
    delivery: DeliveryFilter | None = None
    task: str | None = None
    asset: str | None = None
    status: int | str | list[str] | None = None
    count: int | None = None
    after: int | None = None
    timeout: float | str | None = None
    within: float | str | None = None


class Goal(Protocol):
    """What is waited for."""

    def reached(self, world: World) -> dict[str, Any] | None:
        """What to answer, once it is reached."""

    def hopeless(self, world: World) -> str:
        """Why it cannot be reached any more, if so."""

    def observed(self, world: World, when: str) -> tuple[str, dict[str, Any]]:
        """What there is instead: as a sentence with when that was, and for programs."""


# -- requests and deliveries ------------------------------------------------------------------------------------------


class Entries:
    """So many journal entries that pass some tests. Each entry is looked at once."""

    def __init__(self, entry_kind: str, tests: dict[str, Test], count: int, start: int) -> None:
        self._what = entry_kind
        self._tests = tests
        self._count = count
        self._last = start
        self._found: list[Entry] = []
        self._near: list[tuple[int, int, Entry, list[str]]] = []

    def reached(self, world: World) -> dict[str, Any] | None:
        for entry in world.tables.journal.since(self._last):
            self._last = entry.seq
            if entry.__struct_config__.tag == self._what:
                self._take(entry)
        if len(self._found) < self._count:
            return None
        return {"entries": [entry_view(entry) for entry in self._found[: self._count]]}

    def _take(self, entry: Entry) -> None:
        differs = [name for name, test in self._tests.items() if not test(entry)]
        if not differs:
            self._found.append(entry)
        elif len(differs) < len(self._tests) or len(self._tests) == 1:
            near = sorted([*self._near, (len(differs), -entry.seq, entry, differs)], key=lambda row: row[:2])
            self._near = near[:CLOSEST]

    def hopeless(self, _: World) -> str:
        return ""

    def observed(self, _: World, when: str) -> tuple[str, dict[str, Any]]:
        closest = [{**_brief(entry), "differs": differs} for *_, entry, differs in self._near]
        noun = "requests" if self._what == "request" else "deliveries"
        sentence = f"{len(self._found)} of {self._count} {noun} came {when}"
        if closest:
            sentence += f"; the closest differs in {', '.join(closest[0]['differs'])}"
        return sentence, {"matched": len(self._found), "closest": closest}


def _brief(entry: Entry) -> dict[str, Any]:
    fields = ("seq", "at", "method", "path", "task", "attempt", "status", "cause")
    return {name: value for name, value in entry_view(entry).items() if name in fields}


# -- records ----------------------------------------------------------------------------------------------------------

GONE = "gone"


class RecordKind(msgspec.Struct, frozen=True):
    """A kind of record: its lifecycle, words that stand for several states, the state waited for by default."""

    lifecycle: Lifecycle
    groups: dict[str, frozenset[str]]
    default: str

    @property
    def states(self) -> list[str]:
        """Every word that may be waited for."""
        return [*self.lifecycle.states, *self.groups]

    def reachable_from(self, state: str) -> set[str]:
        """Every state that a record in this one can still come to, its own included."""
        reachable, fresh = {state}, [state]
        while fresh:
            source = fresh.pop()
            rows = [row for row in self.lifecycle.transitions if row.source == source]
            new = {row.target or GONE for row in rows} - reachable
            reachable |= new
            fresh += new
        return reachable


KINDS = {
    "task": RecordKind(TASK, {"ended": ENDED}, "ended"),
    "asset": RecordKind(ASSET, {GONE: frozenset({GONE})}, "Active"),
}


class Record:
    """A record in one of some states."""

    def __init__(self, entry_kind: str, ref: str, states: list[str], base_url: str) -> None:
        self._what, self._ref, self._base_url = entry_kind, ref, base_url
        self._kind = KINDS[entry_kind]
        for state in states:
            allowed = self._kind.states
            if state not in allowed:
                hint = f"use one of {', '.join(allowed)}"
                raise UsageError(f"unknown status {state[:80]!r} of {entry_kind}{did_you_mean(state, allowed)}", hint)
        self._named = " or ".join(states)
        self._wanted = frozenset().union(*(self._kind.groups.get(state, {state}) for state in states))
        self._exists = False

    def _state(self, world: World) -> str:
        record = world.tasks.get(self._ref) if self._what == "task" else world.assets.get(self._ref)
        if record is None and not self._exists and not self._ever(world):
            near = did_you_mean(self._ref, [task.task_id for task in world.tasks.active()])
            raise UsageError(f"no {self._what} {self._ref[:80]!r} was ever in this world{near}", "check its id")
        self._exists = True
        return record.status if record else GONE

    def _ever(self, world: World) -> bool:
        entries = world.tables.journal
        return any(
            isinstance(entry, EventEntry) and (entry.subject, entry.ref) == (self._what, self._ref) for entry in entries
        )

    def reached(self, world: World) -> dict[str, Any] | None:
        return {self._what: self._view(world)} if self._state(world) in self._wanted else None

    def _view(self, world: World) -> object:
        if self._what == "asset":
            asset = world.assets.get(self._ref)
            return asset_view(asset) if asset else None
        task = world.tasks.get(self._ref)
        return task_view(task, world.profile, self._base_url) if task else None

    def hopeless(self, world: World) -> str:
        state = self._state(world)
        if self._kind.reachable_from(state) & self._wanted:
            return ""
        return f"{self._what} {self._ref} is {state} and will never be {self._named}"

    def observed(self, world: World, when: str) -> tuple[str, dict[str, Any]]:
        state = self._state(world)
        return f"{self._what} {self._ref} is {state}, not {self._named}, {when}", {
            self._what: self._ref,
            "status": state,
        }


# -- the wait ---------------------------------------------------------------------------------------------------------


class Glance(msgspec.Struct):
    """What one look at the world showed; ``seconds`` of real time until its clock reaches the end of ``within``."""

    answer: dict[str, Any] | None
    hopeless: str
    stands: bool
    over: bool
    seconds: float | None


class WaitRun:
    """One client waiting for one goal. ``within`` is a span of world time, None for no limit."""

    def __init__(self, control: ControlApp, world_name: str, goal: Goal, within: int | None) -> None:
        self._engine, self._world_name, self._system_time = control.engine, world_name, control.system_time
        self._goal = goal
        self._within = within
        self._since: int | None = None

    async def until(self, patience: int) -> dict[str, Any]:
        """The answer when the goal is reached.

        Raises ControlApiError with 408 when it is not, 409 when the world is gone.
        """
        try:
            with self._engine.subscriptions.listening(self._world_name) as listener:
                async with asyncio.timeout(patience / SECOND):
                    return await self._reached(listener)
        except TimeoutError:
            raise await self._failure(f"after {patience / SECOND:g} s of real time") from None

    async def _reached(self, listener: Subscription) -> dict[str, Any]:
        if self._within is not None:
            await self._engine.settled(self._world_name)
        over = False
        while True:
            listener.forget()
            glance = await self._engine.look(self._world_name, self._glance)
            if listener.ended:
                raise ControlApiError(409, f"{listener.ended} while it was waited for", "wait again if that was meant")
            if glance.answer is not None:
                return glance.answer
            if glance.hopeless:
                raise await self._failure("", glance.hopeless)
            if over or (glance.over and not glance.stands):
                raise await self._failure(f"after {(self._within or 0) / SECOND:g} s of the world's time")
            if glance.stands and self._within is not None:
                over = await self._engine.step(self._world_name, self._start + self._within)
                await asyncio.sleep(0)  # others are served, and the timeout is heard, while time flies
            else:
                await listener.hear(glance.seconds)

    @property
    def _start(self) -> int:
        assert self._since is not None, "the world was looked at"
        return self._since

    def _glance(self, world: World) -> Glance:
        if self._since is None:
            self._since = world.now
        clock, end = world.account.clock, None if self._within is None else self._since + self._within
        answer = self._goal.reached(world)
        if answer is not None:
            answer |= {"moved_seconds": (world.now - self._since) / SECOND, "clock": clock_view(world)}
        at = None if end is None else clock.system_at(end)
        return Glance(
            answer=answer,
            hopeless="" if answer else self._goal.hopeless(world),
            stands=clock.mode != "real",
            over=end is not None and world.now >= end,
            seconds=None if at is None else max(at - self._system_time(), 0) / SECOND,
        )

    async def _failure(self, when: str, hopeless: str = "") -> ControlApiError:
        """What to say instead of an answer."""

        def look(world: World) -> ControlApiError:
            sentence, observed = self._goal.observed(world, when)
            head = world.timeline.head()
            since = world.now if self._since is None else self._since
            details = {
                **observed,
                "now": with_nanoseconds(world.now),
                "moved_seconds": (world.now - since) / SECOND,
                "next": event_view(head, world.now) if head else None,
            }
            stands = self._within is None and world.account.clock.mode != "real"
            hint = "this clock stands: say within, and the wait moves it" if stands and not hopeless else ""
            return ControlApiError(408, hopeless or sentence, hint, {"seen": details})

        return await self._engine.look(self._world_name, look)


GOALS = ("request", "delivery", "task", "asset")


def _goal(order: WaitOrder, base_url: str) -> Goal:
    """What an order waits for. Raises UsageError."""
    named = [name for name in GOALS if getattr(order, name) is not None]
    if len(named) != 1:
        raise UsageError(
            f"say one of {', '.join(GOALS)}", 'for instance {"task": "<task_id>", "status": "ended", "within": "1h"}'
        )
    of_record = named[0] in KINDS
    for field in ("count", "after") if of_record else ("status",):
        if getattr(order, field) is not None:
            advice = "" if of_record else f"; a status of entries stands inside {named[0]}"
            raise UsageError(f"{field} does not go with {named[0]}{advice}", f"leave {field} out")
    if of_record:
        status = KINDS[named[0]].default if order.status is None else order.status
        states = status if isinstance(status, list) else [str(status)]
        if not states:
            raise UsageError("status is an empty list", "name at least one state")
        return Record(named[0], getattr(order, named[0]), states, base_url)
    return _entries(named[0], msgspec.structs.asdict(getattr(order, named[0])), order.count, order.after)


def _entries(entry_kind: str, filters: dict[str, object], count: int | None, start: int | None) -> Entries:
    count, start = 1 if count is None else count, start or 0
    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"count must lie in 1..{MAX_COUNT}, got {count}")
    if start < 0:
        raise UsageError(f"after must be a number from 0, got {start}")
    return Entries(entry_kind, tests_of(filters), count, start)


def _timeout(order: WaitOrder) -> int:
    """Real time that a wait may take: as said; else ten seconds, or the most there is where world time decides."""
    if order.timeout is None:
        return DEFAULT_TIMEOUT if order.within is None else MAX_TIMEOUT
    timeout = span(order.timeout)
    if timeout > MAX_TIMEOUT:
        raise UsageError(f"a timeout is at most {MAX_TIMEOUT // SECOND} s", "wait again, or say within")
    return timeout


async def wait(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST wait``."""
    order = await read_order(request, WaitOrder)
    timeout, within = _timeout(order), None if order.within is None else span(order.within)
    goal = _goal(order, str(request.base_url).rstrip("/"))
    return await while_there(request, WaitRun(control, world_name, goal, within).until(timeout))


async def while_there(request: Request, task: Coroutine[Any, Any, T]) -> T:
    """Do something for as long as the client is there. Raises ClientDisconnect when it has left."""
    doing, leaving = asyncio.ensure_future(task), asyncio.ensure_future(_left(request))
    try:
        await asyncio.wait((doing, leaving), return_when=asyncio.FIRST_COMPLETED)
        if not doing.done():
            raise ClientDisconnect
        return doing.result()
    finally:
        doing.cancel()
        leaving.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)


async def _left(request: Request) -> None:
    message = await request.receive()
    if message["type"] != "http.disconnect":
        await asyncio.Event().wait()  # a server that tells nothing more
