"""All worlds of one process, and what moves them: requests, passing time, and effects that come back.

A unit of work is synchronous and sees one world at one instant. Before it, everything that is due has happened;
after it, what it made due at once happens too, its effects (webhooks, fetches) are set going, and their results come
back as units of their own.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Generic, TypeVar

import msgspec

from fakeseed.errors import StateError
from fakeseed.model.media import IngestFailure, MediaFacts, failure
from fakeseed.world import clock as clocks
from fakeseed.world.alarm import Alarm
from fakeseed.world.event_handlers import delivered, fetched, handle, run_due
from fakeseed.world.journal import DeliveryEntry, EventEntry, RequestEntry
from fakeseed.world.keys import NO_GRANT, Grant, Keys
from fakeseed.world.ledger import Balances
from fakeseed.world.recovery import ELSEWHERE_SECONDS, recover_orphans, watch_remote_changes
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from fakeseed.world.sleepers import Sleepers
from fakeseed.world.subscriptions import Subscriptions
from fakeseed.world.tables import Account, Orphan, Store, Tables, wake_at
from fakeseed.world.world import Deliver, Effect, Fetch, Sent, World

T = TypeVar("T")
Happened = EventEntry | DeliveryEntry

Send = Callable[[Deliver], Awaitable[Sent]]
Take = Callable[[Fetch], Awaitable[MediaFacts | IngestFailure]]

_log = logging.getLogger("fakeseed.effects")

AWAY_SECONDS = 0.5
"""Real seconds between tries to reach the state again for what nobody waits for."""

Begin = Callable[[World], None]
"""Sets up a world on its first use."""


class EffectHandlers(msgspec.Struct, frozen=True):
    """How effects reach the outside: ``send`` gives what became of an attempt, ``take`` what a source holds.

    Neither raises but for StateError.
    """

    send: Send
    take: Take


class UnitResult(msgspec.Struct, Generic[T]):
    """What one unit of work gave: its result, the effects that it set going by their numbers, the system's instant at
    which the world wants to be woken, whether the journal grew.
    """

    result: T
    effects: list[tuple[str, Effect]]
    wake_at: int | None
    happened: bool


class GoneError(LookupError):
    """A world that is not there any more."""


def _gone(name: str) -> Account:
    raise GoneError(name)


class Engine:
    """The worlds of one process, by name; ``enter`` gives a key's."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        keys: Keys,
        effect_handlers: EffectHandlers,
        system_time: clocks.SystemTime = clocks.system_time,
        begin: Begin | None = None,
    ) -> None:
        self.settings = settings
        self._set_up = begin
        self.keys = keys
        self.store = store
        self._effect_handlers = effect_handlers
        self._system_time = system_time
        self._grants: dict[str, Grant] = {}
        self._under_way: dict[str, set[asyncio.Task[None]]] = {}
        self._alarm = Alarm(self._run_due_later)
        self.subscriptions = Subscriptions()
        self.sleepers = Sleepers(self, system_time)
        self.units = 0
        self._recovery: list[asyncio.Task[None]] = []

    def enter(self, key: str) -> str:
        """The name of the world of a key that ``keys`` has admitted."""
        name = name_of(key)
        grant = self.keys.grant(key)
        if grant != NO_GRANT:
            self._grants[name] = grant
        return name

    async def open(self) -> None:
        """Make ready, and go on with what an earlier process left. Raises StartError."""
        await self.store.open()
        self._start_recovery()

    async def run(self, name: str, unit: Callable[[World], T]) -> T:
        """Do one unit of work on a world, made on first use; who listens to it is told."""
        return (await self._transact(name, self.new_account, unit, always=True)).result

    async def look(self, name: str, unit: Callable[[World], T]) -> T:
        """As ``run``, for work that changes nothing: who listens is told only of what fell due meanwhile."""
        return (await self._transact(name, self.new_account, unit, always=False)).result

    async def _transact(
        self, name: str, new_account: Callable[[str], Account], unit: Callable[[World], T], *, always: bool
    ) -> UnitResult[T]:
        if self.store.lasting:
            self._start_recovery()
        return await self.store.run(
            name, new_account, partial(self._unit, unit), partial(self._after_commit, name, always)
        )

    def _after_commit(self, name: str, always: bool, result: UnitResult[T]) -> None:
        """A unit's work is kept: what it set going may begin, and who listens may hear of it."""
        self.units += 1
        for number, effect in result.effects:
            self._start_effect(name, number, effect)
        if result.wake_at is not None:
            self._alarm.set(name, result.wake_at, self._system_time())
        if always or result.happened:
            self.subscriptions.tell(name)

    def _unit(self, unit: Callable[[World], T], tables: Tables) -> UnitResult[T]:
        world = World(tables, self.settings, self._system_time())
        counter_before = world.account.journal_counter
        if world.account.opening is not None:
            world.open()
            if self._set_up is not None:
                self._set_up(world)
        run_due(world)
        result = unit(world)
        run_due(world)
        effects = [(tables.effects.add(effect), effect) for effect in world.outbox]
        return UnitResult(result, effects, wake_at(tables, world.now), world.account.journal_counter != counter_before)

    def new_account(self, name: str) -> Account:
        """The account with which a world begins."""
        grant = self._grants.get(name, NO_GRANT)
        system = self._system_time()
        at = self.settings.freeze_at
        points = self.settings.points if grant.points is None else grant.points
        return Account(
            name=name,
            plan=grant.plan or self.settings.plan,
            profile=self.settings.profile,
            pace=self.settings.pace,
            seed=self.settings.seed,
            concurrency=self.settings.concurrency,
            clock=clocks.real(system, self.settings.rate) if at is None else clocks.frozen(at),
            balances=Balances(),
            opening=points,
        )

    async def world_of_file(self, tag: str) -> str | None:
        """The name of the world whose files carry this tag."""
        return await self.store.name_of(tag)

    async def reset(self, name: str) -> None:
        """Make a world as on first use. What is still under way for it comes back to nothing."""
        self.cancel_pending(name, "the world was reset")
        await self.store.reset(name)

    async def replace(self, name: str, account: Account, fill: Callable[[Tables], None]) -> None:
        """Put another world in this one's place, whole or not at all: ``fill`` gets its empty tables."""
        await self.store.replace(name, account, fill)
        self.cancel_pending(name, "another world was put in this one's place")
        await self.run(name, lambda _: None)

    def cancel_pending(self, name: str, why: str) -> None:
        """Let go of what is under way for a world that is not there any more, and tell who listens to it."""
        for task in self._under_way.pop(name, set()):
            task.cancel()
        self.subscriptions.end(name, why)

    # -- time ---------------------------------------------------------------------------------------------------------

    async def advance(self, name: str, target: Callable[[World], int | None]) -> list[Happened]:
        """Move a world's clock on, letting all that falls due happen in order, effects included.

        ``target`` gives the instant to reach, or None for the next event. Gives what happened on the way. Returns
        only when the world is settled.
        """
        await self.settled(name)
        goal, last_seq = await self.run(name, partial(_goal, target))
        while goal is not None and not await self.step(name, goal):  # noqa: ASYNC110 - the others' turn, not a wait
            await asyncio.sleep(0)
        return await self.run(name, lambda world: _happened_since(world, last_seq))

    async def step(self, name: str, goal: int) -> bool:
        """Let the next thing on the way to an instant happen, effects included; True when the instant is reached."""
        reached = await self.run(name, partial(_step, goal, self._system_time))
        await self.settled(name)
        return reached

    async def settled(self, name: str) -> None:
        """Wait until no effect of this world is under way, in any process."""
        while under_way := self._under_way.get(name):
            await asyncio.wait(list(under_way))
        while self.store.shared and await self.look(name, lambda world: world.busy):  # noqa: ASYNC110 - no event here
            await asyncio.sleep(ELSEWHERE_SECONDS)

    def _run_due_later(self, name: str) -> None:
        self._track(name, asyncio.ensure_future(self._retry_until_done(name, lambda _: None)))

    async def _retry_until_done(self, name: str, unit: Callable[[World], object]) -> None:
        """A unit that nobody waits for: done when the state can be reached again, left when the world is gone."""
        while True:
            try:
                await self._transact(name, _gone, unit, always=True)
            except StateError:
                await asyncio.sleep(AWAY_SECONDS)
            except GoneError:
                return
            else:
                return

    def _start_recovery(self) -> None:
        """Begin to look for what other processes leave behind and do."""
        if not self._recovery and self.store.lasting:
            self._recovery.append(asyncio.ensure_future(recover_orphans(self, self._system_time)))
            if self.store.shared:
                self._recovery.append(asyncio.ensure_future(watch_remote_changes(self)))

    def adopt(self, names: Iterable[str], orphans: Iterable[Orphan]) -> None:
        """Go on with worlds that nobody woke, and with effects that nobody does any more."""
        for name in names:
            if name not in self._under_way:
                self._run_due_later(name)
        for orphan in orphans:
            effect = msgspec.json.decode(orphan.effect, type=Effect)
            self._start_effect(orphan.world, orphan.number, effect)

    # -- effects ------------------------------------------------------------------------------------------------------

    def _start_effect(self, name: str, number: str, effect: Effect) -> None:
        self._track(name, asyncio.ensure_future(self._carry_out(name, number, effect)))

    def _track(self, name: str, task: "asyncio.Task[None]") -> None:
        under_way = self._under_way.setdefault(name, set())
        under_way.add(task)

        def done(ended: "asyncio.Task[None]") -> None:
            under_way.discard(ended)
            if not under_way and self._under_way.get(name) is under_way:
                del self._under_way[name]

        task.add_done_callback(done)

    async def _carry_out(self, name: str, number: str, effect: Effect) -> None:
        """Do an effect and bring its result back, unless another process has done so meanwhile."""
        bring_back = await self._result_of(effect)
        await self._retry_until_done(
            name, lambda world: bring_back(world) if world.tables.effects.take(number) else None
        )

    async def _result_of(self, effect: Effect) -> Callable[[World], None]:
        """What an effect gave, as the unit that writes it down.

        A mistake of our own is a failure of the effect: one that never came back would keep its world from being saved,
        and its clock from being moved.
        """
        while True:
            try:
                if isinstance(effect, Deliver):
                    return partial(_delivered, effect, await self._effect_handlers.send(effect))
                return partial(_fetched, effect, await self._effect_handlers.take(effect))
            except StateError:  # a source may lie in another world
                await asyncio.sleep(AWAY_SECONDS)
            except Exception as problem:
                _log.exception("%s failed by a mistake of fakeseed's own", type(effect).__name__)
                return _failed(effect, problem)

    @property
    def under_way(self) -> int:
        """How much is under way that no request waits for."""
        return sum(map(len, self._under_way.values()))

    async def close(self) -> None:
        """Stop everything that is under way."""
        self._alarm.close()
        under_way = [*self._recovery, *(task for tasks in self._under_way.values() for task in tasks)]
        self._recovery.clear()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)
        await self.store.close()


def _delivered(effect: Deliver, sent: Sent, world: World) -> None:
    delivered(world, effect, sent)


def _fetched(effect: Fetch, outcome: MediaFacts | IngestFailure, world: World) -> None:
    fetched(world, effect, outcome)


def _failed(effect: Effect, problem: Exception) -> Callable[[World], None]:
    if isinstance(effect, Deliver):
        return partial(_delivered, effect, Sent(0, f"{type(problem).__name__}: {problem}"[:200]))
    return partial(_fetched, effect, failure("InternalError"))


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
    if world.busy:
        return False
    head = world.timeline.head()
    on_the_way = head is not None and head.at <= goal
    world.now = max(world.now, head.at if head is not None and on_the_way else goal)
    world.account.clock.set(world.now, system_time())
    world.account.latest = world.now
    if on_the_way:
        handle(world, world.timeline.pop())
    return not on_the_way


def _happened_since(world: World, last_seq: int) -> list[Happened]:
    entries = world.tables.journal.since(last_seq)
    return [entry for entry in entries if not isinstance(entry, RequestEntry)]
