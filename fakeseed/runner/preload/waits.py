"""Waiting for descriptors: selectors, sockets, processes."""

from __future__ import annotations

import os
import select
from typing import Any

from .participants import Descriptors
from .replacing import Replacements
from .scheduler import FOREVER_SECONDS, SHORT_SECONDS, Scheduler, real_poll, time_of_machine

READ, WRITE = select.POLLIN, select.POLLOUT
ANSWER_SECONDS = 0.05
"""An answer that comes within so long is waited for without asking whether the emulator works on it."""


class Waits:
    """Waits of this process's threads for descriptors."""

    def __init__(self, scheduler: Scheduler) -> None:
        self._scheduler = scheduler

    def wait(self, look: Any, timeout: float | None, descriptors: Descriptors) -> Any:
        """``look(0)`` gives what is ready now: look until something is, or until the world's clock is so far."""
        scheduler = self._scheduler
        if scheduler.current() is None or (timeout is not None and timeout <= 0):
            return look(timeout)
        until = scheduler.moment(timeout)
        ready = look(0)
        if not ready and timeout is not None and timeout < SHORT_SECONDS:
            ready = look(timeout)
            if not ready:
                scheduler.passed(timeout)
            return ready
        while not ready and scheduler.active and (until is None or scheduler.now_us < until):
            scheduler.wait(until, descriptors)
            ready = look(0)
        return ready if ready or scheduler.active else look(timeout)

    def readable(self, descriptor: int, timeout: float | None) -> bool:
        """Wait until there is something to read; False when the time is over, the world's or the real one."""
        scheduler, me = self._scheduler, self._scheduler.current()
        if me is None or descriptor < 0:
            return True
        ends = None if timeout is None else time_of_machine() + timeout
        poll = real_poll()
        poll.register(descriptor, READ)
        me.reads = True
        try:
            while not poll.poll(_left(ends, ANSWER_SECONDS) * 1000):
                if ends is not None and time_of_machine() >= ends:
                    return False
                if not scheduler.answering() and not poll.poll(0):  # the answer may just have left
                    break
            else:
                return True
        finally:
            me.reads = False
        until = scheduler.moment(timeout)
        while scheduler.active and (until is None or scheduler.now_us < until):
            scheduler.wait(until, ((descriptor, READ),), None if ends is None else _left(ends, FOREVER_SECONDS))
            if poll.poll(0):
                return True
            if ends is not None and time_of_machine() >= ends:
                return False
        return not scheduler.active

    def ended(self, pid: int, timeout: float) -> bool:
        """Wait until a process has ended; False when the time is over."""
        try:
            descriptor = os.pidfd_open(pid)
        except OSError:
            return True  # somebody has taken note of its end already
        poll = real_poll()
        poll.register(descriptor, READ)
        try:
            look = lambda most: poll.poll(None if most is None else most * 1000)  # noqa: E731
            return bool(self.wait(look, timeout, [(descriptor, READ)]))
        finally:
            os.close(descriptor)


def _left(ends: float | None, most: float) -> float:
    return most if ends is None else max(min(ends - time_of_machine(), most), 0)


def replace_select(waits: Waits, replacements: Replacements) -> None:
    """``select.select``, ``select.poll`` and ``select.epoll``, for those that use them themselves."""
    real_select: Any = select.select

    def world_select(readers: Any, writers: Any, others: Any, timeout: float | None = None) -> Any:
        lists = [list(each) for each in (readers, writers, others)]
        descriptors = _merged([(each, READ) for each in lists[0] + lists[2]] + [(each, WRITE) for each in lists[1]])

        def look(seconds: float | None) -> Any:
            ready = real_select(*lists, seconds)
            return ready if any(ready) else None

        return waits.wait(look, timeout, descriptors) or ([], [], [])

    replacements.put(select, "select", world_select)
    for name, stand_in in (("poll", _poll_class(waits)), ("epoll", _epoll_class(waits))):
        if hasattr(select, name) and stand_in is not None:
            replacements.put(select, name, stand_in)


def _merged(pairs: list[tuple[Any, int]]) -> Descriptors:
    events: dict[int, int] = {}
    for each, wanted in pairs:
        descriptor = each if isinstance(each, int) else each.fileno()
        events[descriptor] = events.get(descriptor, 0) | wanted
    return list(events.items())


def _poll_class(waits: Waits) -> Any:
    real = real_poll

    class poll:  # noqa: N801 - as it is called where it stands
        def __init__(self) -> None:
            self._poll = real()
            self._events: dict[int, int] = {}

        def register(self, each: Any, events: int = select.POLLIN | select.POLLPRI | select.POLLOUT) -> None:
            self._poll.register(each, events)
            self._events[each if isinstance(each, int) else each.fileno()] = events

        def modify(self, each: Any, events: int) -> None:
            self._poll.modify(each, events)
            self._events[each if isinstance(each, int) else each.fileno()] = events

        def unregister(self, each: Any) -> None:
            self._poll.unregister(each)
            self._events.pop(each if isinstance(each, int) else each.fileno(), None)

        def poll(self, timeout: float | None = None) -> Any:
            seconds = None if timeout is None or timeout < 0 else timeout / 1000
            look = lambda most: self._poll.poll(None if most is None else most * 1000)  # noqa: E731
            return waits.wait(look, seconds, list(self._events.items()))

    return poll


def _epoll_class(waits: Waits) -> Any:
    real: Any = getattr(select, "epoll", None)
    if real is None:
        return None

    class epoll:  # noqa: N801 - as it is called where it stands
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self._epoll = real(*arguments, **options)

        @classmethod
        def fromfd(cls, descriptor: int) -> Any:
            made = cls.__new__(cls)
            made._epoll = real.fromfd(descriptor)
            return made

        def __getattr__(self, name: str) -> Any:
            return getattr(self._epoll, name)

        def __enter__(self) -> Any:
            self._epoll.__enter__()
            return self

        def __exit__(self, *problem: Any) -> None:
            self._epoll.__exit__(*problem)

        def poll(self, timeout: float | None = None, maxevents: int = -1) -> Any:
            seconds = None if timeout is None or timeout < 0 else timeout
            look = lambda most: self._epoll.poll(most, maxevents)  # noqa: E731
            return waits.wait(look, seconds, [(self._epoll.fileno(), READ)])

    return epoll


def replace_selectors(waits: Waits, replacements: Replacements, selectors: Any) -> None:
    """``selectors``, over which asyncio, subprocess, http.server and multiprocessing wait."""

    def patch(kind: Any) -> None:
        real = kind.select

        def select_ready(self: Any, timeout: float | None = None) -> Any:
            return waits.wait(lambda most: real(self, most), timeout, _descriptors(self))

        replacements.put(kind, "select", select_ready)

    for name in ("EpollSelector", "KqueueSelector", "DevpollSelector", "PollSelector", "SelectSelector"):
        if hasattr(selectors, name) and "select" in vars(getattr(selectors, name)):
            patch(getattr(selectors, name))
    if hasattr(selectors, "_PollLikeSelector"):
        patch(selectors._PollLikeSelector)


def _descriptors(selector: Any) -> Descriptors:
    """One descriptor for all where the system has such a thing, else each."""
    if hasattr(selector, "fileno"):
        return [(selector.fileno(), READ)]
    keys = (selector.get_map() or {}).values()
    return [(key.fd, (READ if key.events & 1 else 0) | (WRITE if key.events & 2 else 0)) for key in keys]


def replace_socket(waits: Waits, replacements: Replacements, socket: Any) -> None:
    """Blocking reads of sockets: their limits stay real, and an answer that is held for good does not cost them."""
    kind = socket.socket

    def patch(name: str) -> None:
        real = getattr(kind, name)

        def read(self: Any, *arguments: Any, **options: Any) -> Any:
            timeout = self.gettimeout()
            if timeout != 0 and not waits.readable(self.fileno(), timeout):
                raise socket.timeout("timed out")
            return real(self, *arguments, **options)

        read.__name__ = name
        replacements.put(kind, name, read)

    for name in ("recv", "recv_into", "recvfrom", "recvfrom_into", "recvmsg", "_accept"):
        if hasattr(kind, name):
            patch(name)


def replace_ssl(waits: Waits, replacements: Replacements, ssl: Any) -> None:
    """The same for TLS."""
    real = ssl.SSLSocket.read

    def read(self: Any, *arguments: Any, **options: Any) -> Any:
        timeout = self.gettimeout()
        awaited = timeout != 0 and self._sslobj is not None and not self.pending()
        if awaited and not waits.readable(self.fileno(), timeout):
            raise TimeoutError("The read operation timed out")
        return real(self, *arguments, **options)

    replacements.put(ssl.SSLSocket, "read", read)


def replace_waitpid(waits: Waits, replacements: Replacements) -> None:
    """Waiting for a process: it may be one that takes part, and needs us to be idle."""
    if not hasattr(os, "pidfd_open"):
        return
    real = os.waitpid

    def waitpid(pid: int, options: int) -> Any:
        if options == 0 and pid > 0:
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                return real(pid, options)
            try:
                waits.readable(descriptor, None)
            finally:
                os.close(descriptor)
        return real(pid, options)

    replacements.put(os, "waitpid", waitpid)


def replace_subprocess(waits: Waits, replacements: Replacements, subprocess: Any) -> None:
    """Processes are waited for without looking again and again.

    A single pipe is read where nobody can see it: let it be read as several are.
    """
    real, real_wait = subprocess.Popen.communicate, getattr(subprocess.Popen, "_wait", None)

    def communicate(self: Any, input: Any = None, timeout: float | None = None) -> Any:
        return real(self, input, 10**9 if timeout is None else timeout)

    replacements.put(subprocess.Popen, "communicate", communicate)
    if real_wait is None or not hasattr(os, "pidfd_open"):
        return

    def wait(self: Any, timeout: float | None) -> Any:
        if timeout is None or self.returncode is not None:
            return real_wait(self, timeout)
        if not waits.ended(self.pid, timeout):
            raise subprocess.TimeoutExpired(self.args, timeout)
        return real_wait(self, 1)

    replacements.put(subprocess.Popen, "_wait", wait)


def replace_uvloop(replacements: Replacements, uvloop: Any) -> None:
    """Its loops wait where nobody can see it: asyncio's own take their place."""
    import asyncio

    replacements.put(uvloop, "new_event_loop", asyncio.new_event_loop)
    replacements.put(uvloop, "EventLoopPolicy", asyncio.DefaultEventLoopPolicy)
    replacements.put(uvloop, "Loop", asyncio.SelectorEventLoop)
    replacements.put(uvloop, "install", lambda: None)
    if hasattr(uvloop, "run"):
        replacements.put(uvloop, "run", asyncio.run)


def replace_trio(replacements: Replacements, run: Any) -> None:
    """It draws which of its tasks runs first: here they run in their order."""

    import random

    class Order(random.Random):
        def random(self) -> float:
            return 0.5

        def shuffle(self, tasks: Any) -> None:
            pass

    replacements.put(run, "_ALLOW_DETERMINISTIC_SCHEDULING", True)
    replacements.put(run, "_r", Order())
