"""The scheduler of a program's threads where threads meet that it does not take turns with."""

import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from typing import Any, cast

import pytest

from fakeseed.runner.preload.channel import Channel
from fakeseed.runner.preload.locks import lock_class
from fakeseed.runner.preload.scheduler import Scheduler


class Emulator:
    """A channel whose other end replies to nothing but ``join``."""

    def __init__(self) -> None:
        self._near, self._far = socket.socketpair()

    def fileno(self) -> int:
        return self._near.fileno()

    def ask(self, call: str, order: dict[str, Any]) -> dict[str, Any]:
        assert call == "join"
        return {"sleeper": 1, "now_us": 0, "stands": True}

    def send(self, call: str, order: dict[str, Any]) -> None:
        pass

    def receive(self) -> dict[str, Any]:
        raise AssertionError("nothing was asked that has a reply")

    def close(self) -> None:
        self._near.close()
        self._far.close()


class BeforeEachWait(Scheduler):
    """Calls a function between a thread's own look at a lock and its wait for it."""

    def call(self) -> None:
        """What happens in that moment."""

    def wait(self, *arguments: Any, **options: Any) -> None:
        self.call()
        super().wait(*arguments, **options)


@pytest.fixture
def scheduler() -> Iterator[BeforeEachWait]:
    with ExitStack() as channels:
        connect = lambda: cast(Channel, channels.enter_context(closing(Emulator())))  # noqa: E731
        yield BeforeEachWait(connect, "CPython 3", everyone=True)


@pytest.mark.timeout(20)
def test_a_lock_released_just_before_the_wait_is_not_waited_for(scheduler: BeforeEachWait) -> None:
    lock = lock_class(scheduler)()
    assert lock.acquire()
    scheduler.call = lock.release  # type: ignore[method-assign]
    assert lock.acquire(), "woken by a release that came before it waited"


@pytest.mark.timeout(20)
def test_at_exit_no_thread_may_step_again(scheduler: BeforeEachWait) -> None:
    scheduler.at_exit()
    results: list[bool] = []
    thread = threading.Thread(target=lambda: results.append(scheduler._mutex.acquire(blocking=False)))
    thread.start()
    thread.join()
    assert results == [False], "a daemon thread that is stopped inside would keep the mutex for good"
    assert scheduler.current() is None, "what is waited for from here on is waited for really"
    scheduler._mutex.release()  # this process goes on
