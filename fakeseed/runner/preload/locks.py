"""Locks and threads whose waiting the scheduler knows of."""

from __future__ import annotations

import _thread
from collections import deque
from contextlib import suppress
from typing import Any, ClassVar

from .participants import Participant
from .replacing import Replacements
from .scheduler import SHORT_SECONDS, Scheduler


class Lock:
    """A lock as ``_thread`` has it; who waits for it waits at the scheduler's."""

    __slots__ = ("__weakref__", "_lock", "_waiters")
    scheduler: ClassVar[Scheduler]

    def __init__(self) -> None:
        self._lock = _thread.allocate_lock()
        self._waiters: deque[Participant] = deque()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        if self._lock.acquire(False):
            return True
        me = self.scheduler.current()
        ours = blocking and (timeout == -1 or 0 < timeout <= _thread.TIMEOUT_MAX)
        if me is None or not ours:
            return self._lock.acquire(blocking, timeout)
        return self._wait(me, None if timeout == -1 else timeout)

    def _wait(self, me: Participant, timeout: float | None) -> bool:
        short = timeout is not None and timeout < SHORT_SECONDS
        until = None if short else self.scheduler.moment(timeout)
        while self.scheduler.active:
            self._waiters.append(me)
            if not self._lock.acquire(False):
                released = lambda: me not in self._waiters  # noqa: E731
                self.scheduler.wait(until, real_seconds=timeout if short else None, over=released)
                gave_up = self._forget(me)
                if self._lock.acquire(False):
                    return True
                if gave_up and (short or (until is not None and self.scheduler.now_us >= until)):
                    self.scheduler.passed(timeout if short and timeout else 0)
                    return False
            else:
                self._forget(me)
                return True
        return self._lock.acquire(True, -1 if timeout is None else timeout)

    def _forget(self, me: Participant) -> bool:
        """Wait no more; False when a release has ended the wait already."""
        try:
            self._waiters.remove(me)
        except ValueError:
            return False
        return True

    def release(self) -> None:
        self._lock.release()
        if self._waiters:
            with suppress(IndexError):  # it has just given up
                self.scheduler.ready(self._waiters.popleft())

    def locked(self) -> bool:
        return self._lock.locked()

    def _at_fork_reinit(self) -> None:
        self._lock = _thread.allocate_lock()
        self._waiters.clear()

    __enter__ = acquire
    acquire_lock, release_lock, locked_lock = acquire, release, locked

    def __exit__(self, *_: object) -> None:
        self.release()


def lock_class(scheduler: Scheduler) -> type:
    """The class that stands in for ``threading.Lock``; some look at the module of its class."""
    return type("lock", (Lock,), {"scheduler": scheduler, "__slots__": (), "__module__": "_thread"})


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
    join, shutdown = threading.Thread.join, threading._shutdown

    def world_join(thread: Any, timeout: float | None = None) -> None:
        me, participant = scheduler.current(), getattr(thread, "_fakeseed_participant", None)
        if me is None or participant is None or participant is me:
            join(thread, timeout)
        elif _ended(scheduler, me, participant, timeout):
            join(thread)

    def world_shutdown() -> None:
        for thread in threading.enumerate() if scheduler.current() is not None else ():
            if not thread.daemon and thread is not threading.current_thread():
                world_join(thread)
        shutdown()

    replacements.put(threading.Thread, "start", _starting(scheduler, threading.Thread.start))
    replacements.put(threading.Thread, "join", world_join)
    replacements.put(threading, "_shutdown", world_shutdown)


def _starting(scheduler: Scheduler, start: Any) -> Any:
    """A thread's start: it takes part from its first moment, and waits for its turn."""

    def world_start(thread: Any) -> None:
        if scheduler.current() is None:
            start(thread)
            return
        participant, run, bootstrap = scheduler.expected(), thread.run, thread._bootstrap_inner

        def begin() -> None:
            thread.__dict__.pop("_bootstrap_inner", None)
            scheduler.starting()
            bootstrap()

        def first() -> None:
            thread.__dict__.pop("run", None)
            scheduler.enter(participant)
            try:
                run()
            finally:
                scheduler.leave()

        thread.run, thread._bootstrap_inner, thread._fakeseed_participant = first, begin, participant
        try:
            start(thread)
        except BaseException:
            scheduler.unexpected(participant)
            raise

    return world_start


def _ended(scheduler: Scheduler, me: Participant, other: Participant, timeout: float | None) -> bool:
    """Wait until another thread has ended; whether it has."""
    until = scheduler.moment(timeout)
    other.joiners.append(me)
    while not other.gone and scheduler.active and (until is None or scheduler.now_us < until):
        scheduler.wait(until, over=lambda: other.gone)
    return other.gone or not scheduler.active


def replace_queue(_: Scheduler, replacements: Replacements, queue: Any) -> None:
    """The simple queue written in C waits where nobody can see it."""
    replacements.put(queue, "SimpleQueue", queue._PySimpleQueue)
