"""Which thread of this process runs, and what happens when none does.

Of the threads that take part one runs at a time; the others wait for a moment of the world, a lock, a descriptor, or
their turn. When nobody runs, whoever is due gets the turn, the earliest moment first; when nobody is due, one call to
the emulator asks for the earliest moment, and its reply moves this process's clock.
"""

from __future__ import annotations

import _thread
import math
import os
import select
import time
from contextlib import suppress
from typing import Callable  # noqa: UP035 - the program's Python may be older than ours

from . import processes
from .channel import Channel, ChannelError
from .participants import DETACHED, READY, RUNNING, WAITING, Descriptors, Participant

MILLISECOND, MICROSECOND = 1000, 1
SHORT_SECONDS = 0.01
"""Shorter pauses are no waiting for the world: they are real."""
TICK_NS = 500
"""What a clock moves with each look at it, so that no two looks are the same."""
SETTLED_NS = 1_000_000
SPUN_NS = 10_000_000
"""A clock that has moved so far by looks alone is waited for by a program that spins."""
WATCH_MS = 100
"""How often a thread is looked at that may stand in a call which is not known here."""
MOST_LOOKS = 3
"""Looks that find a thread standing at the same place, until others run beside it."""
REPLY_MS = 3
"""How long a reply may take that is on its way with the bytes that woke a thread."""
FOREVER_SECONDS = 10**8

real_poll, _real_sleep = select.poll, time.sleep


class _Leaving:
    """Belongs to a thread, and goes with it."""

    def __init__(self, leave: Callable[[], None]) -> None:
        self.leave = leave

    def __del__(self) -> None:
        self.leave()


class Scheduler:
    """The threads of this process, and the world's clock as this process knows it (microseconds since the epoch)."""

    def __init__(self, connect: Callable[[], Channel], runtime: str, *, everyone: bool) -> None:
        self._connect = connect
        self._runtime = runtime
        self._everyone = everyone
        self._numbers = iter(range(1, 1 << 62))
        self.begin(_thread.get_ident())

    def begin(self, ident: int) -> None:
        """Join, with this thread alone. Raises ChannelError."""
        self.active = False  # in a child, the threads of the parent leave nothing
        self._mutex = _thread.RLock()
        self._participants: dict[int, Participant] = {}
        self._local = _thread._local()
        self._leader: Participant | None = None
        self._asked = self._withdrawn = False
        self._ran = True
        self._seen = 0
        self._lead_ns = 0
        self._channel, self._bypass = self._connect(), self._connect()
        pid = os.getpid()
        order = {"pid": pid, "ancestors": processes.ancestors(pid), "runtime": self._runtime}
        reply = self._channel.ask("join", order)
        self._sleeper: int = reply["sleeper"]
        self.now_us: int = reply["now_us"]
        self.active = reply["stands"]
        if self.active:
            self._enlist(ident)
        else:
            self.stop()

    def stop(self, *, leave: bool = False) -> None:
        """Take part no more: from now on all that waits here waits in real time."""
        with self._mutex:
            self.active = False
            with suppress(ChannelError):  # it is over either way
                if leave and not self._asked:
                    self._channel.ask("leave", {})
            for participant in self._participants.values():
                participant.state = RUNNING
                participant.bell.ring()
            self._participants = {}
            self._channel.close()
            self._bypass.close()

    def at_exit(self) -> None:
        """The interpreter is about to go: whatever it still waits for is waited for really.

        Daemon threads are stopped wherever they stand, so none may hold the mutex from here on: this thread keeps it.
        """
        self._mutex.acquire()
        self.active = False

    # -- threads ------------------------------------------------------------------------------------------------------

    def current(self) -> Participant | None:
        """This thread, if it takes part."""
        if not self.active:
            return None
        participant = self._participants.get(_thread.get_ident())
        if participant is None and self._everyone and not getattr(self._local, "outside", False):
            return self._enlist(_thread.get_ident())
        return participant

    def expected(self) -> Participant:
        """A thread that is about to start: until it has, nobody is idle."""
        participant = Participant(next(self._numbers))
        with self._mutex:
            self._participants[-participant.order] = participant
        return participant

    def unexpected(self, participant: Participant) -> None:
        """A thread that was expected could not be started."""
        with self._mutex:
            self._participants.pop(-participant.order, None)

    def starting(self) -> None:
        """This thread is expected and has not entered: what ``threading`` does for its start is waited for really.

        Nobody else gets a turn before it has entered, so a turn for a lock would never come.
        """
        self._local.outside = True

    def enter(self, participant: Participant) -> None:
        """This thread has started; it waits for its turn."""
        self._local.outside = False
        with self._mutex:
            self._participants.pop(-participant.order, None)
            self._participants.pop(_thread.get_ident(), None)
            if not self.active:
                return
            self._enlist(_thread.get_ident(), participant)
        self.wait(self.now_us)

    def _enlist(self, ident: int, participant: Participant | None = None) -> Participant:
        with self._mutex:
            participant = participant or Participant(next(self._numbers))
            participant.native = _thread.get_native_id()
            self._participants[ident] = participant
            if not hasattr(self._local, "leaving"):
                self._local.leaving = _Leaving(lambda: self.leave(ident))
            return participant

    def leave(self, ident: int | None = None) -> None:
        """A thread has ended, this one if none is named."""
        with self._mutex:
            participant = self._participants.pop(_thread.get_ident() if ident is None else ident, None)
            if ident is None:
                self._local.outside = True
            if participant is None:
                return
            participant.gone = True
            for joiner in participant.joiners:
                self._make_ready(joiner)
            if self._leader is participant:
                self._leader = None
            self._advance()
            self._hand_over()

    def ready(self, participant: Participant) -> None:
        """What a thread waits for may be there: it gets a turn."""
        with self._mutex:
            self._make_ready(participant)
            self._advance()

    def _make_ready(self, participant: Participant) -> None:
        if participant.state == WAITING:
            participant.state = READY
            participant.until = self.now_us
            participant.order = next(self._numbers)

    # -- waiting ------------------------------------------------------------------------------------------------------

    def moment(self, seconds: float | None) -> int | None:
        """The instant at which a span from now is over, in whole milliseconds; None for one without end."""
        if seconds is None or seconds >= FOREVER_SECONDS:
            return None
        # What a clock moved by being looked at is no part of the span.
        return self.now_us + math.ceil(max(seconds, 0) * 1000 - 1e-6) * MILLISECOND

    def sleep(self, seconds: float) -> None:
        """Pause this thread."""
        if seconds >= SHORT_SECONDS:
            self.wait(self.moment(seconds))
            return
        _real_sleep(seconds)
        self.passed(seconds)
        if self.current() is not None and self._somebody_is_due():
            self.wait(self.now_us)

    def passed(self, seconds: float) -> None:
        """A short pause was real; what such pauses add up to moves the world."""
        self._lead_ns += int(seconds * 1e9)
        self._catch_up()

    def _catch_up(self) -> None:
        if self._lead_ns >= SPUN_NS and self.current() is not None:
            lead, self._lead_ns = self._lead_ns, 0
            self.wait(self.now_us + math.ceil(lead / 1e6) * MILLISECOND)

    def _somebody_is_due(self) -> bool:
        with self._mutex:
            return self._next() is not None

    def wait(
        self,
        until: int | None,
        descriptors: Descriptors = (),
        real_seconds: float | None = None,
        *,
        over: Callable[[], bool] = lambda: False,
    ) -> None:
        """Return when a moment is reached, a descriptor is ready, ``ready`` was called, or real time is over.

        ``over``: whether what is waited for has come before the wait began. A thread that takes no part yet, or one
        that runs beside others, may have called ``ready`` between the caller's own look and this call.
        """
        me = self.current()
        if me is None:
            return
        outer = (me.state, me.until, me.order, me.descriptors, me.real)  # of a wait that a signal's handler interrupts
        with self._mutex:
            if over():
                return
            me.until, me.descriptors, me.order = until, descriptors, next(self._numbers)
            me.real = real_seconds is not None and real_seconds < SHORT_SECONDS
            me.state = WAITING
        limit = None if real_seconds is None else time_of_machine() + real_seconds
        try:
            while self._still_waits(me):
                self._stand(me, limit)
        finally:
            with self._mutex:
                if me.state != RUNNING:  # a signal's handler raised
                    self._ran = True
                    self._withdraw()
                    me.state = RUNNING
                me.until, me.descriptors, me.real = None, (), False
                if outer[0] not in (RUNNING, DETACHED):
                    me.state, me.until, me.order, me.descriptors, me.real = outer
                if self._leader is me:
                    self._leader = None
                    self._hand_over()

    def _still_waits(self, me: Participant) -> bool:
        with self._mutex:
            if me.state == RUNNING or not self.active:
                me.state = RUNNING
                return False
            self._advance()
            if self._leader is None:
                self._leader = me
            return me.state != RUNNING

    def _stand(self, me: Participant, limit: float | None) -> None:
        """Stand in a poll until something happens that concerns this thread."""
        leads = self._leader is me
        poll = real_poll()
        poll.register(me.bell.fileno(), select.POLLIN)
        for descriptor, events in me.descriptors if me.state == WAITING else ():
            poll.register(descriptor, events)
        if leads:
            poll.register(self._channel.fileno(), select.POLLIN)
        timeout: float | None = WATCH_MS if leads and self._watches() else None
        if limit is not None:
            left = max(limit - time_of_machine(), 0) * 1000
            timeout = left if timeout is None else min(timeout, left)
        ready = {descriptor for descriptor, _ in poll.poll(timeout)}
        self._handle(me, ready, leads, over=limit is not None and time_of_machine() >= limit)

    def _handle(self, me: Participant, events: set[int], leads: bool, *, over: bool) -> None:
        if me.bell.fileno() in events:
            me.bell.hush()
        with self._mutex:
            if not self.active:
                return
            if over or any(descriptor in events for descriptor, _ in me.descriptors):
                self._make_ready(me)
            if leads and self._channel.fileno() in events:
                if self._asked and self._replied(0):  # another thread may have read the reply meanwhile
                    self._receive()
            elif leads and not events:
                self._watch()

    def _hand_over(self) -> None:
        """Somebody who waits has to look after the channel."""
        heir = next((each for each in self._participants.values() if each.state in (WAITING, READY)), None)
        if heir is not None and self._leader is None:
            heir.bell.ring()

    # -- turns --------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        """Nobody runs: give the turn to whoever is due, or ask for the next moment."""
        states = {participant.state for participant in self._participants.values()}
        if RUNNING in states or not self.active:
            return
        candidate = self._next()
        if candidate is None and not self._asked:
            self._look()
            candidate = self._next()
        if candidate is None:
            self._ask()
        elif self._asked:
            self._withdraw()
        else:
            self._grant(candidate)

    def _next(self) -> Participant | None:
        due = [
            participant
            for participant in self._participants.values()
            if participant.state == READY
            or (participant.state == WAITING and participant.until is not None and participant.until <= self.now_us)
        ]
        return min(due, key=lambda participant: (participant.due, participant.order), default=None)

    def _grant(self, participant: Participant) -> None:
        participant.state = RUNNING
        self._ran = True
        participant.bell.ring()

    def _look(self) -> None:
        """Make those ready whose descriptors are."""
        poll = real_poll()
        waiting = [each for each in self._participants.values() if each.state == WAITING and each.descriptors]
        if not waiting:
            return
        for participant in waiting:
            for descriptor, events in participant.descriptors:
                poll.register(descriptor, events)
        ready = {descriptor for descriptor, _ in poll.poll(0)}
        for participant in waiting:
            if any(descriptor in ready for descriptor, _ in participant.descriptors):
                self._make_ready(participant)

    # -- the emulator -------------------------------------------------------------------------------------------------

    def _ask(self) -> None:
        if self._asked or any(each.real for each in self._participants.values() if each.state == WAITING):
            return
        if any(not self._stands(each) for each in self._participants.values() if each.state == DETACHED):
            return
        moments = [
            each.until for each in self._participants.values() if each.until is not None and each.state == WAITING
        ]
        order = {
            "until_us": min(moments, default=None),
            "seen": self._seen,
            "ran": self._ran,
            "listens": any(each.descriptors for each in self._participants.values()),
            "children": processes.children([each.native for each in self._participants.values()]),
        }
        try:
            self._channel.send("sleep", order)
        except ChannelError:
            self.stop()
            return
        self._asked, self._ran = True, False

    def answering(self) -> bool:
        """Whether the emulator works on a request of this world right now."""
        with self._mutex:
            if not self.active or self._withdrawn:
                return False
            try:
                return bool(self._bypass.ask("answering", {})["answering"])
            except ChannelError:
                self.stop()
                return False

    def _receive(self) -> None:
        """Read the reply that has come."""
        try:
            reply = self._channel.receive()
            if self._withdrawn:
                self._bypass.receive()
        except ChannelError:
            self.stop()
            return
        self._asked = self._withdrawn = False
        self._seen = reply["round"]
        if self._seen < 0:
            self.stop()
            return
        if reply["now_us"] > self.now_us:
            self._lead_ns = self._lead_ns if self._lead_ns < SETTLED_NS else 0
            self.now_us = reply["now_us"]
        self._advance()

    def _replied(self, milliseconds: float) -> bool:
        """Whether the reply is there, or comes within so long."""
        poll = real_poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        return bool(poll.poll(milliseconds))

    def _withdraw(self) -> None:
        """Somebody is to run: the call that is out has to be replied to first."""
        if not self._asked or self._withdrawn:
            return
        if not self._replied(REPLY_MS):
            try:
                self._bypass.send("wake", {"sleeper": self._sleeper})
            except ChannelError:
                self.stop()
                return
            self._withdrawn = True
        self._receive()

    # -- threads that stand in calls which are not known here ---------------------------------------------------------

    def _watches(self) -> bool:
        return any(each.state in (RUNNING, DETACHED) for each in self._participants.values())

    def _watch(self) -> None:
        """A thread that has not moved for some looks stands in a call: others may run beside it."""
        for participant in self._participants.values():
            if participant.state != RUNNING or not participant.native or participant.reads:
                continue
            stood, participant.stood = participant.stood, processes.time_on_cpu(participant.native)
            participant.looks = participant.looks + 1 if stood is not None and stood == participant.stood else 0
            if participant.looks >= MOST_LOOKS:
                participant.state = DETACHED

    def _stands(self, participant: Participant) -> bool:
        if processes.time_on_cpu(participant.native) == participant.stood:
            return True
        participant.state, participant.stood, participant.looks = RUNNING, None, 0
        return False

    # -- clocks -------------------------------------------------------------------------------------------------------

    def time_ns(self) -> int:
        """The world's time as this process tells it: each look moves it a little."""
        self._lead_ns += TICK_NS
        if self._lead_ns >= SPUN_NS:
            self._catch_up()
        return self.now_us * 1000 + self._lead_ns


_machine_time = time.monotonic


def time_of_machine() -> float:
    """Real seconds, whatever the program's own clocks tell."""
    return _machine_time()
