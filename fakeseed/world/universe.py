"""All worlds of one process, and what moves them: requests, passing time, and effects that come back.

A unit of work is synchronous and sees one world at one instant. Before it, everything that is due has happened;
after it, what it made due at once happens too, its effects (webhooks, fetches) are set going, and their results come
back as units of their own.
"""

import asyncio
import heapq
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import msgspec

from fakeseed.model.media import IngestFailure, MediaFacts
from fakeseed.world import clock as clocks
from fakeseed.world.happenings import delivered, fetched, happen, settle
from fakeseed.world.journal import DeliveryEntry, EventEntry, RequestEntry
from fakeseed.world.keys import Keys
from fakeseed.world.ledger import Balances
from fakeseed.world.listening import Listeners
from fakeseed.world.settings import Settings
from fakeseed.world.tables import Account, Store, Tables
from fakeseed.world.world import Deliver, Effect, Fetch, World

T = TypeVar("T")
Happened = EventEntry | DeliveryEntry

Send = Callable[[Deliver], Awaitable[tuple[int, str]]]
Take = Callable[[Fetch], Awaitable[MediaFacts | IngestFailure]]


Begin = Callable[[World], None]
"""Sets up a world on its first use."""


class Reach(msgspec.Struct, frozen=True):
    """How effects reach the outside: ``send`` gives a status (or 0) and a cause, ``take`` what a source holds.

    Neither raises.
    """

    send: Send
    take: Take


class Universe:
    """The worlds of one process."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        keys: Keys,
        reach: Reach,
        system_time: clocks.SystemTime = clocks.system_time,
        begin: Begin | None = None,
    ) -> None:
        self.settings = settings
        self._begin = begin
        self.keys = keys
        self.store = store
        self._reach = reach
        self._system_time = system_time
        self._under_way: dict[str, set[asyncio.Task[None]]] = {}
        self._alarm = Alarm(self._wake)
        self.listeners = Listeners()

    async def run(self, key: str, work: Callable[[World], T]) -> T:
        """Do one unit of work on the world of a key that ``keys`` has admitted; who listens to it is told."""
        result, _ = await self._do(key, work)
        self.listeners.tell(key)
        return result

    async def look(self, key: str, work: Callable[[World], T]) -> T:
        """As ``run``, for work that changes nothing: who listens is told only of what fell due meanwhile."""
        result, happened = await self._do(key, work)
        if happened:
            self.listeners.tell(key)
        return result

    async def _do(self, key: str, work: Callable[[World], T]) -> tuple[T, bool]:
        result, effects, wake_at, happened = await self.store.run(key, self.new_account, partial(self._unit, work))
        for effect in effects:
            self._set_going(key, effect)
        if wake_at is not None:
            self._alarm.set(key, wake_at, self._system_time())
        return result, happened

    def _unit(self, work: Callable[[World], T], tables: Tables) -> tuple[T, list[Effect], int | None, bool]:
        world = World(tables, self.settings, self._system_time())
        before = world.account.journal_counter
        if world.account.opening is not None:
            world.open()
            if self._begin is not None:
                self._begin(world)
        settle(world)
        result = work(world)
        settle(world)
        return result, world.outbox, _wake_at(world), world.account.journal_counter != before

    def new_account(self, key: str) -> Account:
        """The account with which the world of a key begins."""
        grant = self.keys.grant(key)
        system = self._system_time()
        at = self.settings.freeze_at
        points = self.settings.points if grant.points is None else grant.points
        return Account(
            key=key,
            plan=grant.plan or self.settings.plan,
            profile=self.settings.profile,
            pace=self.settings.pace,
            seed=self.settings.seed,
            concurrency=self.settings.concurrency,
            clock=clocks.real(system, self.settings.rate) if at is None else clocks.frozen(at),
            balances=Balances(),
            opening=points,
        )

    async def key_of_file(self, tag: str) -> str | None:
        """The key of the world whose files carry this tag."""
        return await self.store.key_of(tag)

    async def reset(self, key: str) -> None:
        """Make a world as on first use. What is still under way for it comes back to nothing."""
        self._drop(key, "the world was reset")
        await self.store.reset(key)

    async def replace(self, key: str, account: Account, fill: Callable[[Tables], None]) -> None:
        """Put another world in this one's place, whole or not at all: ``fill`` gets its empty tables."""
        await self.store.replace(key, account, fill)
        self._drop(key, "another world was put in this one's place")
        await self.run(key, lambda _: None)

    def _drop(self, key: str, why: str) -> None:
        for task in self._under_way.pop(key, set()):
            task.cancel()
        self.listeners.end(key, why)

    # -- time ---------------------------------------------------------------------------------------------------------

    async def advance(self, key: str, target: Callable[[World], int | None]) -> list[Happened]:
        """Move a world's clock on, letting all that falls due happen in order, effects included.

        ``target`` gives the instant to reach, or None for the next event. Gives what happened on the way. Returns
        only when the world is settled.
        """
        await self.settled(key)
        goal, seen = await self.run(key, partial(_goal, target))
        while goal is not None and not await self.step(key, goal):
            pass
        return await self.run(key, lambda world: _happened_since(world, seen))

    async def step(self, key: str, goal: int) -> bool:
        """Let the next thing on the way to an instant happen, effects included; True when the instant is reached."""
        reached = await self.run(key, partial(_step, goal, self._system_time))
        await self.settled(key)
        return reached

    async def settled(self, key: str) -> None:
        """Wait until no effect of this world is under way."""
        while under_way := self._under_way.get(key):
            await asyncio.wait(list(under_way))

    def _wake(self, key: str) -> None:
        task = asyncio.ensure_future(self.run(key, lambda _: None))
        self._keep(key, task)

    # -- effects ------------------------------------------------------------------------------------------------------

    def _set_going(self, key: str, effect: Effect) -> None:
        self._keep(key, asyncio.ensure_future(self._perform(key, effect)))

    def _keep(self, key: str, task: "asyncio.Task[None]") -> None:
        under_way = self._under_way.setdefault(key, set())
        under_way.add(task)

        def done(ended: "asyncio.Task[None]") -> None:
            under_way.discard(ended)
            if not under_way and self._under_way.get(key) is under_way:
                del self._under_way[key]

        task.add_done_callback(done)

    async def _perform(self, key: str, effect: Effect) -> None:
        if isinstance(effect, Deliver):
            status, cause = await self._reach.send(effect)
            await self.run(key, lambda world: delivered(world, effect, status, cause))
        else:
            found = await self._reach.take(effect)
            await self.run(key, lambda world: fetched(world, effect, found))

    async def close(self) -> None:
        """Stop everything that is under way."""
        self._alarm.close()
        under_way = [task for tasks in self._under_way.values() for task in tasks]
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self.store.close()


def _goal(target: Callable[[World], int | None], world: World) -> tuple[int | None, int]:
    """The instant to reach (that of the next event when none is named), and the last journal entry before the move."""
    goal = target(world)
    if goal is None and (head := world.timeline.head()):
        goal = head.at
    return goal, world.account.journal_counter


def _step(goal: int, system_time: clocks.SystemTime, world: World) -> bool:
    """Move to the next event on the way and let it happen, or to the goal when there is none left; whether it is left.

    While effects are to be done first, nothing moves.
    """
    if world.outbox:
        return False
    head = world.timeline.head()
    on_the_way = head is not None and head.at <= goal
    world.now = max(world.now, head.at if head is not None and on_the_way else goal)
    world.account.clock.set(world.now, system_time())
    world.account.latest = world.now
    if on_the_way:
        happen(world, world.timeline.pop())
    return not on_the_way


def _happened_since(world: World, seen: int) -> list[Happened]:
    found = world.tables.journal.since(seen)
    return [entry for entry in found if not isinstance(entry, RequestEntry)]


def _wake_at(world: World) -> int | None:
    """The system's instant at which this world has something to do by itself."""
    head = world.timeline.head()
    if head is None:
        return None
    if head.at <= world.now:
        return 0
    return world.account.clock.system_at(head.at)


class Alarm:
    """Wakes worlds when something falls due in them, with one timer for all."""

    def __init__(self, wake: Callable[[str], None]) -> None:
        self._wake = wake
        self._due: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._rings_at = 0

    def set(self, key: str, at: int, system: int) -> None:
        """Wake a world at a system instant; of two the earlier holds."""
        known = self._due.get(key)
        if known is not None and known <= at:
            return
        self._due[key] = at
        heapq.heappush(self._heap, (at, key))
        if self._timer is None or at < self._rings_at:
            self._arm(at, system)

    def _arm(self, at: int, system: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_at = at
        self._timer = asyncio.get_running_loop().call_later(max(at - system, 0) / 1e9, self._ring)

    def _ring(self) -> None:
        """Wake the world that is first; each wake sets its world's next alarm."""
        self._timer = None
        rung = self._rings_at
        while self._heap and self._heap[0][0] <= rung:
            at, key = heapq.heappop(self._heap)
            if self._due.get(key) == at:
                del self._due[key]
                self._wake(key)
        if self._heap:
            self._arm(self._heap[0][0], rung)

    def close(self) -> None:
        """Ring no more."""
        if self._timer is not None:
            self._timer.cancel()
