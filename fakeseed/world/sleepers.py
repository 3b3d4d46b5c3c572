"""Programs that wait for a world, and the clock that goes to the moment of the earliest of them.

A program takes part by a connection: it joins, and from then on it either runs or sleeps in a call. A world's clock
moves when all that joined sleep, no request is being answered, no webhook is being delivered, and everybody has looked
at its sockets since the last of them ran or an answer left. Then the clock goes to the earliest moment that is slept
for, event by event, and one sleeper is woken: the next one when all sleep again.

A world that no program joined before its first request runs at a rate instead, and stands while it answers.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from fakeseed.model.times import MINUTE
from fakeseed.world.clock import SystemTime
from fakeseed.world.sleeper_group import OVER, TURN_SECONDS, Group, Nap, Program, Sleeper, Waking
from fakeseed.world.world import World

T = TypeVar("T")


TURNS = 8
"""Turns of an event loop after which every byte that lay in its sockets is read, a new connection's included."""
LEAVING_SECONDS = 0.002
"""How often a large answer that is leaving is looked at."""
STUCK_SECONDS = 0.3
"""How long nothing may change until programs that wait for nothing which could happen are taken to hang."""
IDLE, IDLE_WAKINGS = 130 * MINUTE, 100
"""The span of a world without an event after which a program that still wakes idles, and how often it has to wake."""
OUTSIDER_SECONDS = 0.05
"""How often a sleeper with programs below it that never joined looks whether they still run."""


class Moves(Protocol):
    """What moves worlds."""

    async def run(self, name: str, work: Callable[[World], T]) -> T: ...
    async def look(self, name: str, work: Callable[[World], T]) -> T: ...
    async def step(self, name: str, goal: int) -> bool: ...
    async def settled(self, name: str) -> None: ...
    async def advance(self, name: str, target: Callable[[World], int | None]) -> object: ...


class Transport(Protocol):
    """A connection on which an answer leaves."""

    def flush(self) -> None: ...
    def get_write_buffer_size(self) -> int: ...
    def is_closing(self) -> bool: ...


class Sleepers:
    """All sleepers of one process, by the name of the world that they wait for."""

    def __init__(self, engine: Moves, system_time: SystemTime) -> None:
        self._engine = engine
        self._system_time = system_time
        self._groups: dict[str, Group] = {}
        self._shared: Group | None = None
        self._numbered = 0

    def __bool__(self) -> bool:
        return bool(self._groups) or self._shared is not None

    def group(self, name: str) -> Group | None:
        """Those who wait for a world, if any ever did."""
        return self._groups.get(name) or self._shared

    def expect(self, name: str, rate: float | None) -> Group:
        """A program is about to start that has this world for itself; ``rate``: the pace of one that does not join."""
        self._groups[name] = group = Group(rate)
        return group

    def share(self, rate: float | None) -> Group:
        """A program is about to start that has all worlds of this process for itself, by whatever keys it uses."""
        self._shared = group = Group(rate)
        return group

    def _of(self, name: str) -> Group:
        """The group of a world; the one for all, where there is one."""
        if self._shared is None:
            return self._groups.setdefault(name, Group())
        self._shared.worlds.add(name)
        return self._shared

    def forget(self, name: str) -> None:
        """A world's program is gone: its clock is nobody's any more. Who still sleeps is told that this is over."""
        group = self._groups.pop(name, None)
        if group is None:
            return
        if group.settling is not None:
            group.settling.cancel()
        for sleeper in tuple(group.sleeping.values()):
            group.wake(sleeper, Waking(0, False, OVER))

    # -- programs -----------------------------------------------------------------------------------------------------

    def join(self, name: str, program: Program) -> Sleeper:
        """Take a program in: it runs from now on, until it sleeps or leaves."""
        group = self._of(name)
        group.programs.append(program)
        sleeper = self._sleeper(program)
        group.members[sleeper.number] = sleeper
        return sleeper

    def leave(self, name: str, sleeper: Sleeper) -> None:
        """A program is gone: nobody waits for it any more."""
        group = self.group(name)
        if group is None or group.members.pop(sleeper.number, None) is None:
            return
        group.wake(sleeper, Waking(0, False, OVER))
        for parent in tuple(group.sleeping.values()):  # what it listed as living below it may be gone
            if parent.nap is not None and parent.nap.children:
                group.wake(parent, Waking(group.now, False, group.round))
        self._settle(name, group)

    async def release(self, name: str, sleeper: Sleeper) -> None:
        """A program runs on and takes part no more: without any other, its world's clock runs by itself."""
        group = self.group(name)
        self.leave(name, sleeper)
        if group is not None and not group.members and group.rate is not None:
            group.runs = True
            await self.go(name, group)

    def _sleeper(self, program: Program | None = None) -> Sleeper:
        self._numbered += 1
        return Sleeper(self._numbered, program)

    async def sleep(self, name: str, nap: Nap, sleeper: Sleeper | None = None) -> Waking:
        """Sleep until a moment is reached; who joined may be asked to look at its sockets instead."""
        now, runs_until = await self._engine.look(name, partial(_clock_of, nap.until))
        if runs_until is not None:
            return await self._really(name, nap, runs_until)
        group = self._of(name)
        group.now = now
        if nap.until is not None and nap.until <= now:
            return Waking(now, True, group.round)
        wished = sleeper is not None and sleeper.wished
        if sleeper is not None:
            sleeper.wished = False
        if wished or (sleeper is not None and nap.listens and nap.seen != group.round):
            return Waking(now, False, group.round)
        sleeper = sleeper or self._sleeper()
        self._begin(group, sleeper, nap, now)
        self._settle(name, group)
        assert sleeper.call is not None, "its call has begun"
        try:
            return await sleeper.call
        finally:
            group.sleeping.pop(sleeper.number, None)

    def _begin(self, group: Group, sleeper: Sleeper, nap: Nap, now: int) -> None:
        """A call begins. Programs below that take no part are real: as long as they live, so is its pause."""
        clock = asyncio.get_running_loop().time()
        again = sleeper.nap is not None and sleeper.nap.until == nap.until and not nap.ran
        if not again:
            sleeper.began = clock + (max(nap.until - now, 0) / 1e9 if nap.until is not None else float("inf"))
        if nap.ran and len(group.members) > 1:
            group.disturb(sleeper)
        sleeper.nap = msgspec.structs.replace(nap, seen=group.round)
        sleeper.call = asyncio.get_running_loop().create_future()
        group.sleeping[sleeper.number] = sleeper
        if nap.children and group.outsiders(nap):
            asyncio.get_running_loop().call_later(OUTSIDER_SECONDS, self._look_again, group, sleeper.call)

    def _look_again(self, group: Group, call: "asyncio.Future[Waking]") -> None:
        for sleeper in tuple(group.sleeping.values()):
            if sleeper.call is call and sleeper.nap and group.outsiders(sleeper.nap):
                group.wake(sleeper, Waking(group.now, False, group.round))

    async def _really(self, name: str, nap: Nap, runs_until: float) -> Waking:
        """Wait for a clock that runs by itself."""
        while True:
            await asyncio.sleep(runs_until)
            now, left = await self._engine.look(name, partial(_clock_of, nap.until))
            if left is None or (nap.until is not None and now >= nap.until):
                return Waking(now, left is not None, 0)
            runs_until = left

    def wake(self, name: str, number: int) -> None:
        """A program wants its call replied to: something else than time woke it."""
        group = self.group(name)
        sleeper = group.members.get(number) if group else None
        if group is None or sleeper is None:
            return
        if sleeper.asleep:
            group.wake(sleeper, Waking(group.now, False, group.round))
        else:
            sleeper.wished = True

    # -- requests -----------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def answering(self, name: str | None, transport: Transport | None) -> AsyncIterator["Answering | None"]:
        """A request is being answered, until its last byte has left; gives None where nobody waits for its world."""
        group = self.group(name) if name is not None else None
        if name is None or group is None:
            yield None
            return
        await self._take_in(name, group)
        request = Answering(self, name, group)
        await request.begin()
        try:
            self._settle(name, group)
            await group.turn(request)
            request.measure()
            yield request
        finally:
            try:
                await _left(transport)
            finally:
                await request.end()

    async def _take_in(self, name: str, group: Group) -> None:
        """A world that a program uses for the first time begins where its clock stands."""
        if group is self._shared and name not in group.worlds:
            group.worlds.add(name)
            if group.members and group.now:
                await self._engine.advance(name, lambda world: max(world.now, group.now))

    async def passing(self, name: str, seconds: float | None, virtual: bool) -> None:
        """Return when a span has passed, of the world or of real time; None: never."""
        if seconds is None:
            await asyncio.Event().wait()
        elif virtual:
            now = await self._engine.look(name, lambda world: world.now)
            await self.sleep(name, Nap(now + int(seconds * 1e9)))
        else:
            await asyncio.sleep(seconds)

    # -- the clock ----------------------------------------------------------------------------------------------------

    async def stand(self, name: str, group: Group) -> None:
        """A request has come: a clock that runs by itself stands."""
        group.requests += 1
        if group.rate is not None and not group.members and group.requests == 1:
            group.runs = True
            group.notice("unjoined")
        elif group.runs and group.answering == 1:
            for world in group.worlds | {name}:
                await self._engine.run(world, self._stop)

    async def go(self, name: str, group: Group) -> None:
        """An answer has left: a clock that runs by itself runs on, and whoever listens has to look at its sockets."""
        if group.answering and (group.runs or not group.queue):
            return
        if group.runs and group.rate is not None:
            for world in group.worlds | {name}:
                await self._engine.run(world, partial(self._start, group.rate))
        else:
            self._disturb(name, group)

    def _stuck(self, group: Group, round_then: int, sleeping: tuple[Sleeper, ...]) -> None:
        if group.round == round_then and sleeping == tuple(group.sleeping.values()) and group.members:
            group.notice("stuck")

    def _stop(self, world: World) -> None:
        world.account.clock.set(world.now, self._system_time(), "frozen")

    def _start(self, rate: float, world: World) -> None:
        world.account.clock.rate = rate
        world.account.clock.set(world.now, self._system_time(), "real")

    def _disturb(self, name: str, group: Group) -> None:
        group.disturb()
        self._settle(name, group)

    def _settle(self, name: str, group: Group) -> None:
        """Move the clock as soon as nobody runs."""
        group.unsettled = True
        if group.settling is None or group.settling.done():
            group.settling = asyncio.ensure_future(self._move(name, group))

    async def _move(self, name: str, group: Group) -> None:
        clock = asyncio.get_running_loop().time
        while group.unsettled:
            group.unsettled = False
            if group.queue and group.current is None and group.idle(clock()) and await self._agreed(name, group):
                group.next_turn()
            while group.still(clock()):
                if not await self._agreed(name, group):
                    continue
                if not group.still(clock()) or not await self._moved(name, group):
                    break

    async def answered_now(self, name: str) -> int:
        """How many requests of a world are being answered: with those that had arrived and were not read yet, and
        those whose answers may still be on their way through a relay."""
        group = self.group(name)
        if group is None:
            return 0
        before = group.answering
        await self._handed_on(group)
        return before or group.answering

    async def _handed_on(self, group: Group) -> int:
        """What the relays have passed, once everything that had arrived was handed on."""
        passed = sum([await relay.passed() for relay in group.relays])
        for _ in range(TURNS):
            await asyncio.sleep(0)
        return passed

    async def _agreed(self, name: str, group: Group) -> bool:
        """Whether nothing was on its way to the server when everybody slept."""
        before, passed = group.round, await self._handed_on(group)
        if passed != group.passed:
            group.passed = passed
            self._disturb(name, group)
        return group.round == before

    async def _moved(self, name: str, group: Group) -> bool:
        """Go one event on the way to the earliest moment, or wake who waits for it; False when nothing is ahead."""
        sleeper = group.earliest()
        if sleeper is None or sleeper.nap is None or sleeper.nap.until is None:
            return await self._next_event(name, group)
        before, goal = group.round, sleeper.nap.until
        busy = await self._engine.look(name, lambda world: world.busy)
        if busy:
            await self._engine.settled(name)
            self._disturb(name, group)
            return True
        happened = await self._engine.look(name, lambda world: world.account.journal_counter)
        reached = await self._engine.step(name, goal)
        group.now, counter = await self._engine.look(name, lambda world: (world.now, world.account.journal_counter))
        if counter != happened:
            group.last_event, group.wakings = group.now, 0
            self._disturb(name, group)
        elif reached and group.round == before and sleeper.asleep:
            for other in group.worlds - {name}:
                await self._engine.advance(other, lambda world: max(world.now, goal))
            group.last_event = group.last_event or group.now
            group.wakings += 1
            if group.wakings > IDLE_WAKINGS and group.now > group.last_event + IDLE:
                group.notice("idle")
            group.wake(sleeper, Waking(group.now, True, group.round))
            return False
        return True

    async def _next_event(self, name: str, group: Group) -> bool:
        """Nobody waits for a moment: whatever happens next may be what is waited for."""
        sleepers = tuple(group.sleeping.values())
        at = await self._engine.look(name, lambda world: None if (head := world.timeline.head()) is None else head.at)
        if at is None:
            if not group.has_limits_of_its_own:
                asyncio.get_running_loop().call_later(STUCK_SECONDS, self._stuck, group, group.round, sleepers)
            return False
        await self._engine.step(name, at)
        group.now = max(group.now, at)
        self._disturb(name, group)
        return True


class Answering:
    """One request that is being answered, in the eyes of those who wait for its world."""

    def __init__(self, sleepers: Sleepers, name: str, group: Group) -> None:
        self._sleepers, self._name, self._group = sleepers, name, group
        self._began = 0.0

    async def begin(self) -> None:
        """The clock stands."""
        self._group.answering += 1
        self._began = asyncio.get_running_loop().time()
        await self._sleepers.stand(self._name, self._group)

    def measure(self) -> None:
        """The answer is worked on from now on."""
        self._began = asyncio.get_running_loop().time()

    async def end(self) -> None:
        """The clock may go on."""
        self._group.answering -= 1
        self._group.slowest = max(self._group.slowest, asyncio.get_running_loop().time() - self._began)
        if self._group.current is self:
            self._group.current = None
            if self._group.queue:
                asyncio.get_running_loop().call_later(TURN_SECONDS, self._group.next_turn)
        await self._sleepers.go(self._name, self._group)

    async def pause(self, seconds: float | None, until: Awaitable[object]) -> None:
        """Hold the answer for so long (None: for good), or until something else ends it, its connection for instance.

        Where the world's clock is its programs', the span is one of the world; the answer does not hold the clock up.
        """
        ending = asyncio.ensure_future(until)
        pausing = asyncio.ensure_future(self._sleepers.passing(self._name, seconds, bool(self._group.members)))
        try:
            await self.end()
            await asyncio.wait((ending, pausing), return_when=asyncio.FIRST_COMPLETED)
        finally:
            await self.begin()
            for task in (ending, pausing):
                task.cancel()
            await asyncio.gather(ending, pausing, return_exceptions=True)


def _clock_of(until: int | None, world: World) -> tuple[int, float | None]:
    """The world's instant, and the real seconds until its clock reaches a moment; None for a clock that stands."""
    clock = world.account.clock
    if clock.mode != "real":
        return world.now, None
    ahead = max((until or world.now) - world.now, 0) / 1e9
    return world.now, ahead / clock.rate


async def _left(transport: Transport | None) -> None:
    """Wait until everything that was written has left."""
    if transport is None:
        return
    transport.flush()
    while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110 - no event tells
        await asyncio.sleep(LEAVING_SECONDS)
