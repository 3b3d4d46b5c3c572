"""One thread that takes part, and the bell that wakes it."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Sequence  # noqa: UP035 - the program's Python may be older than ours

RUNNING, READY, WAITING, DETACHED = "running", "ready", "waiting", "detached"
Descriptors = Sequence[tuple[int, int]]
"""Descriptors with the events that are waited for."""


class Bell:
    """Wakes one thread out of a poll."""

    def __init__(self) -> None:
        event = os.eventfd(0, os.EFD_CLOEXEC) if hasattr(os, "eventfd") else None
        self._out, self._in = os.pipe() if event is None else (event, event)
        for descriptor in (self._out, self._in):
            os.set_blocking(descriptor, False)

    def fileno(self) -> int:
        return self._out

    def ring(self) -> None:
        with suppress(OSError):  # it rings already, or its thread is gone
            os.write(self._in, (1).to_bytes(8, "little"))

    def hush(self) -> None:
        with suppress(OSError):  # it did not ring
            os.read(self._out, 512)

    def __del__(self) -> None:
        for descriptor in {self._out, self._in}:
            with suppress(OSError):  # closed by a program that closes all it finds
                os.close(descriptor)


class Participant:
    """One thread that takes part."""

    def __init__(self, order: int) -> None:
        self.state = RUNNING
        self.until: int | None = None
        self.order = order
        self.descriptors: Descriptors = ()
        self.real = False
        self.gone = False
        self.joiners: list[Participant] = []
        self.bell = Bell()
        self.native = 0
        self.stood: int | None = None
        self.looks = 0
        self.reads = False

    @property
    def due(self) -> int:
        return self.until or 0
