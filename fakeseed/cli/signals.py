"""Signals that end a command: each goes through what the command cleans up, and gives the exit code of a shell."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

SHELL_SIGNAL_CODE = 128
INTERRUPTED = SHELL_SIGNAL_CODE + signal.SIGINT


def prepare() -> None:
    """Let Ctrl-C, SIGTERM and a terminal that goes reach the command, however its parent left them.

    A script that starts ``COMMAND &`` has SIGINT ignored, and some launchers block signals; both are inherited, and
    programs that a command runs would stay behind. That SIGHUP is ignored is what ``nohup`` is for.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    endings = _endings()
    for ending in endings:
        signal.signal(ending, _exit)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, *endings})


@contextmanager
def all_interrupt() -> Iterator[None]:
    """Every signal that ends a command is a Ctrl-C: to pytest the exit of ``prepare`` would be one failed test."""
    previous = {ending: signal.signal(ending, signal.default_int_handler) for ending in _endings()}
    try:
        yield
    finally:
        for ending, handler in previous.items():
            signal.signal(ending, handler)


def _endings() -> list[signal.Signals]:
    hang_ups = [number for number in signal.Signals if number.name == "SIGHUP"]  # none on Windows
    return [signal.SIGTERM, *(number for number in hang_ups if signal.getsignal(number) is not signal.SIG_IGN)]


def _exit(number: int, _: object) -> NoReturn:
    sys.exit(SHELL_SIGNAL_CODE + number)
