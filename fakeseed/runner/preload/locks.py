"""Locks and threads whose waiting the scheduler knows of."""

from __future__ import annotations

import _thread
from collections import deque
from typing import Any

from .replacing import Replacements
from .scheduler import SHORT_SECONDS, Participant, Scheduler

TIMEOUT_MAX = _thread.TIMEOUT_MAX


def lock_class(scheduler: Scheduler) -> type:
    """The class that stands in for ``threading.Lock``."""

    class Lock:
        """A lock as ``_thread`` has it; who waits for it waits at the scheduler's."""

        __slots__ = ("__weakref__", "_lock", "_waiters")

        def __init__(self) -> None:
            self._lock = _thread.allocate_lock()
            self._waiters: deque[Participant] = deque()

        def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
            if self._lock.acquire(False):
                return True
            if not blocking or timeout == 0:
                return self._lock.acquire(blocking, timeout) if not blocking else False
            me = scheduler.current()
            if me is None or (timeout < 0 and timeout != -1) or timeout > TIMEOUT_MAX:
                return self._lock.acquire(blocking, timeout)
            return self._wait(me, None if timeout < 0 else timeout)

        def _wait(self, me: Participant, timeout: float | None) -> bool:
            short = timeout is not None and timeout < SHORT_SECONDS
            until = None if short else scheduler.moment(timeout)
            while True:
                self._waiters.append(me)
                if not self._lock.acquire(False):
                    scheduler.wait(until, real_seconds=timeout if short else None)
                    if not self._lock.acquire(False):
                        if self._over(me, until, short):
                            break
                        continue
                self._forget(me)
                return True
            self._forget(me)
            if short:
                scheduler.passed(timeout or 0)
            return self._lock.acquire(False) if scheduler.active else self._lock.acquire(True, timeout or -1)

        def _over(self, me: Participant, until: int | None, short: bool) -> bool:
            woken = me not in self._waiters  # by a release, and another thread was quicker
            timed_out = short or (until is not None and scheduler.now_us >= until)
            return not scheduler.active or (timed_out and not woken) or (timed_out and not short)

        def _forget(self, me: Participant) -> None:
            try:
                self._waiters.remove(me)
            except ValueError:
                pass  # a release has taken it out

        def release(self) -> None:
            self._lock.release()
            if self._waiters:
                try:
                    scheduler.ready(self._waiters.popleft())
                except IndexError:
                    pass  # it has just given up

        def locked(self) -> bool:
            return self._lock.locked()

        def _at_fork_reinit(self) -> None:
            self._lock = _thread.allocate_lock()
            self._waiters.clear()

        __enter__ = acquire
        acquire_lock, release_lock, locked_lock = acquire, release, locked

        def __exit__(self, *_: object) -> None:
            self.release()

    Lock.__name__, Lock.__qualname__, Lock.__module__ = "lock", "lock", "_thread"
    return Lock


def reentrant_lock_class(written_in_python: Any) -> type:
    """The class that stands in for ``threading.RLock``; some look at the module of its class."""
    return type("RLock", (written_in_python,), {"__module__": "_thread"})


def replace_threading(scheduler: Scheduler, replacements: Replacements, threading: Any) -> None:
    """Locks, and threads that start, wait for each other and end."""
    lock = lock_class(scheduler)
    replacements.put(threading, "Lock", lock)
    replacements.put(threading, "_allocate_lock", lock)
    replacements.put(threading, "_CRLock", None)  # so that RLock is the one written in Python, over our locks
    replacements.put(threading, "_PyRLock", reentrant_lock_class(threading._PyRLock))
    thread = threading.Thread
    start, join, shutdown = thread.start, thread.join, threading._shutdown

    def world_start(self: Any) -> None:
        if scheduler.current() is None:
            start(self)
            return
        participant = scheduler.expected()
        run = self.run

        def first() -> None:
            self.__dict__.pop("run", None)
            scheduler.enter(participant)
            try:
                run()
            finally:
                scheduler.leave()

        self.run, self._fakeseed_participant = first, participant
        try:
            start(self)
        except BaseException:
            scheduler.unexpected(participant)
            raise

    def world_join(self: Any, timeout: float | None = None) -> None:
        me, participant = scheduler.current(), getattr(self, "_fakeseed_participant", None)
        if me is None or participant is None or participant is me:
            join(self, timeout)
        elif _ended(scheduler, me, participant, timeout):
            join(self)

    def world_shutdown() -> None:
        me = scheduler.current()
        for each in threading.enumerate() if me is not None else ():
            if not each.daemon and each is not threading.current_thread():
                world_join(each)
        shutdown()

    replacements.put(thread, "start", world_start)
    replacements.put(thread, "join", world_join)
    replacements.put(threading, "_shutdown", world_shutdown)


def _ended(scheduler: Scheduler, me: Participant, other: Participant, timeout: float | None) -> bool:
    """Wait until another thread has ended; whether it has."""
    until = scheduler.moment(timeout)
    other.joiners.append(me)
    while not other.gone and scheduler.active and (until is None or scheduler.now_us < until):
        scheduler.wait(until)
    return other.gone or not scheduler.active


def replace_queue(_: Scheduler, replacements: Replacements, queue: Any) -> None:
    """The simple queue written in C waits where nobody can see it."""
    replacements.put(queue, "SimpleQueue", queue._PySimpleQueue)
