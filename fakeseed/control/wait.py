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

    def seen(self, world: World, when: str) -> tuple[str, dict[str, Any]]:
        """What there is instead: as a sentence with when that was, and for programs."""


# -- requests and deliveries ------------------------------------------------------------------------------------------


class Entries:
    """So many journal entries that pass some tests. Each entry is looked at once."""

    def __init__(self, what: str, tests: dict[str, Test], count: int, after: int) -> None:
        self._what = what
        self._tests = tests
        self._count = count
        self._last = after
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

    def seen(self, _: World, when: str) -> tuple[str, dict[str, Any]]:
        closest = [{**_brief(entry), "differs": differs} for *_, entry, differs in self._near]
        noun = "requests" if self._what == "request" else "deliveries"
        sentence = f"{len(self._found)} of {self._count} {noun} came {when}"
        if closest:
            sentence += f"; the closest differs in {', '.join(closest[0]['differs'])}"
        return sentence, {"matched": len(self._found), "closest": closest}


def _brief(entry: Entry) -> dict[str, Any]:
    kept = ("seq", "at", "method", "path", "task", "attempt", "status", "cause")
    return {name: value for name, value in entry_view(entry).items() if name in kept}


# -- records ----------------------------------------------------------------------------------------------------------

GONE = "gone"


class RecordKind(msgspec.Struct, frozen=True):
    """A kind of record: its lifecycle, words that stand for several states, the state waited for by default."""

    lifecycle: Lifecycle
    words: dict[str, frozenset[str]]
    default: str

    @property
    def known(self) -> list[str]:
        """Every word that may be waited for."""
        return [*self.lifecycle.states, *self.words]

    def ways_on(self, state: str) -> set[str]:
        """Every state that a record in this one can still come to, its own included."""
        found, fresh = {state}, [state]
        while fresh:
            source = fresh.pop()
            rows = [row for row in self.lifecycle.transitions if row.source == source]
            new = {row.target or GONE for row in rows} - found
            found |= new
            fresh += new
        return found


KINDS = {
    "task": RecordKind(TASK, {"ended": ENDED}, "ended"),
    "asset": RecordKind(ASSET, {GONE: frozenset({GONE})}, "Active"),
}


class Record:
    """A record in one of some states."""

    def __init__(self, what: str, ref: str, wanted: list[str], base_url: str) -> None:
        self._what, self._ref, self._base_url = what, ref, base_url
        self._kind = KINDS[what]
        for word in wanted:
            known = self._kind.known
            if word not in known:
                hint = f"use one of {', '.join(known)}"
                raise UsageError(f"unknown status {word[:80]!r} of {what}{did_you_mean(word, known)}", hint)
        self._named = " or ".join(wanted)
        self._wanted = frozenset().union(*(self._kind.words.get(word, {word}) for word in wanted))
        self._known = False

    def _state(self, world: World) -> str:
        record = world.tasks.get(self._ref) if self._what == "task" else world.assets.get(self._ref)
        if record is None and not self._known and not self._ever(world):
            near = did_you_mean(self._ref, [task.task_id for task in world.tasks.active()])
            raise UsageError(f"no {self._what} {self._ref[:80]!r} was ever in this world{near}", "check its id")
        self._known = True
        return record.status if record else GONE

    def _ever(self, world: World) -> bool:
        entries = world.tables.journal
        return any(isinstance(one, EventEntry) and (one.subject, one.ref) == (self._what, self._ref) for one in entries)

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
        if self._kind.ways_on(state) & self._wanted:
            return ""
        return f"{self._what} {self._ref} is {state} and will never be {self._named}"

    def seen(self, world: World, when: str) -> tuple[str, dict[str, Any]]:
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
        """The answer when the goal is reached. Raises ToldError with 408 when it is not, 409 when the world is gone."""
        try:
            with self._engine.subscriptions.listening(self._world_name) as listener:
                async with asyncio.timeout(patience / SECOND):
                    return await self._reached(listener)
        except TimeoutError:
            raise await self._told(f"after {patience / SECOND:g} s of real time") from None

    async def _reached(self, listener: Subscription) -> dict[str, Any]:
        if self._within is not None:
            await self._engine.settled(self._world_name)
        over = False
        while True:
            listener.forget()
            found = await self._engine.look(self._world_name, self._glance)
            if listener.ended:
                raise ControlApiError(409, f"{listener.ended} while it was waited for", "wait again if that was meant")
            if found.answer is not None:
                return found.answer
            if found.hopeless:
                raise await self._told("", found.hopeless)
            if over or (found.over and not found.stands):
                raise await self._told(f"after {(self._within or 0) / SECOND:g} s of the world's time")
            if found.stands and self._within is not None:
                over = await self._engine.step(self._world_name, self._start + self._within)
                await asyncio.sleep(0)  # others are served, and the timeout is heard, while time flies
            else:
                await listener.hear(found.seconds)

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

    async def _told(self, when: str, hopeless: str = "") -> ControlApiError:
        """What to say instead of an answer."""

        def look(world: World) -> ControlApiError:
            sentence, seen = self._goal.seen(world, when)
            head = world.timeline.head()
            since = world.now if self._since is None else self._since
            details = {
                **seen,
                "now": with_nanoseconds(world.now),
                "moved_seconds": (world.now - since) / SECOND,
                "next": event_view(head, world.now) if head else None,
            }
            stands = self._within is None and world.account.clock.mode != "real"
            hint = "this clock stands: say within, and the wait moves it" if stands and not hopeless else ""
            return ControlApiError(408, hopeless or sentence, hint, {"seen": details})

        return await self._engine.look(self._world_name, look)


GOALS = ("request", "delivery", "task", "asset")


def _goal(wanted: WaitOrder, base_url: str) -> Goal:
    """What an order waits for. Raises UsageError."""
    named = [name for name in GOALS if getattr(wanted, name) is not None]
    if len(named) != 1:
        raise UsageError(
            f"say one of {', '.join(GOALS)}", 'for instance {"task": "<task_id>", "status": "ended", "within": "1h"}'
        )
    of_record = named[0] in KINDS
    for field in ("count", "after") if of_record else ("status",):
        if getattr(wanted, field) is not None:
            place = "" if of_record else f"; a status of entries stands inside {named[0]}"
            raise UsageError(f"{field} does not go with {named[0]}{place}", f"leave {field} out")
    if of_record:
        status = KINDS[named[0]].default if wanted.status is None else wanted.status
        states = status if isinstance(status, list) else [str(status)]
        if not states:
            raise UsageError("status is an empty list", "name at least one state")
        return Record(named[0], getattr(wanted, named[0]), states, base_url)
    return _entries(named[0], msgspec.structs.asdict(getattr(wanted, named[0])), wanted.count, wanted.after)


def _entries(what: str, filters: dict[str, object], count: int | None, after: int | None) -> Entries:
    count, after = 1 if count is None else count, after or 0
    if not 1 <= count <= MAX_COUNT:
        raise UsageError(f"count must lie in 1..{MAX_COUNT}, got {count}")
    if after < 0:
        raise UsageError(f"after must be a number from 0, got {after}")
    return Entries(what, tests_of(filters), count, after)


def _timeout(wanted: WaitOrder) -> int:
    """Real time that a wait may take: as said; else ten seconds, or the most there is where world time decides."""
    if wanted.timeout is None:
        return DEFAULT_TIMEOUT if wanted.within is None else MAX_TIMEOUT
    timeout = span(wanted.timeout)
    if timeout > MAX_TIMEOUT:
        raise UsageError(f"a timeout is at most {MAX_TIMEOUT // SECOND} s", "wait again, or say within")
    return timeout


async def wait(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST wait``."""
    wanted = await read_order(request, WaitOrder)
    timeout, within = _timeout(wanted), None if wanted.within is None else span(wanted.within)
    goal = _goal(wanted, str(request.base_url).rstrip("/"))
    return await while_there(request, WaitRun(control, world_name, goal, within).until(timeout))


async def while_there(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """Do something for as long as the client is there. Raises ClientDisconnect when it has left."""
    doing, leaving = asyncio.ensure_future(work), asyncio.ensure_future(_left(request))
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
