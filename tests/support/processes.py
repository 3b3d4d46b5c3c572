"""Processes of tests: who is alive, waiting with a limit, and parents that ignore or block signals."""

import os
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

LIMIT_SECONDS = 30.0
"""What has not happened by then never will; how quick it is, is measured and not tested."""


def alive(mark: str) -> list[str]:
    """Processes that have a word in their command line or environment, ourselves left out."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            text = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if mark.encode() in text and process.name != str(os.getpid()):
            found.append(text.replace(b"\0", b" ").decode("latin-1")[:200])
    return found


def run_until(holds: Callable[[], bool]) -> bool:
    """Look again and again; whether it came to hold."""
    until = time.monotonic() + LIMIT_SECONDS
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def default(numbers: Iterable[signal.Signals]) -> AbstractContextManager[None]:
    """Children begin with these signals as the system has them, however the tests were started."""
    return _handled(numbers, signal.SIG_DFL)


def ignoring(numbers: Iterable[signal.Signals]) -> AbstractContextManager[None]:
    """Children begin with these signals ignored, as scripts start ``COMMAND &``."""
    return _handled(numbers, signal.SIG_IGN)


@contextmanager
def _handled(numbers: Iterable[signal.Signals], handler: signal.Handlers) -> Iterator[None]:
    with ExitStack() as previous:
        for number in numbers:
            previous.callback(signal.signal, number, signal.signal(number, handler))
        yield


@contextmanager
def blocking(numbers: Iterable[signal.Signals]) -> Iterator[None]:
    """Children begin with these signals blocked, as some launchers leave them."""
    previous = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, previous)


PARENTS = {"ignoring": ignoring, "blocking": blocking}
