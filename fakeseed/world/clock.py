"""The only source of time in a world, and the only module that may ask the system for it.

Instants are nanoseconds since the Unix epoch, UTC.
"""

import time
from collections.abc import Callable
from typing import Literal

import msgspec

from fakeseed.model.times import SECOND

SystemTime = Callable[[], int]
"""Gives the system's instant; passed in, so that a test can be the system."""

Mode = Literal["real", "frozen", "auto"]


def system_time() -> int:
    """The system's instant now."""
    return time.time_ns()


def seconds_passed() -> float:
    """Real seconds since some moment, for measuring how long something takes."""
    return time.perf_counter()


class Clock(msgspec.Struct):
    """Where a world's time stands.

    ``real``: the world stood at ``base`` when the system stood at ``anchor`` and runs at ``rate`` since.
    ``frozen``: it stands at ``base``. ``auto``: as frozen, but each poll by the client moves it by ``step``.
    """

    mode: Mode
    base: int
    anchor: int = 0
    rate: float = 1.0
    step: int = 5 * SECOND

    def now(self, system: int) -> int:
        """The world's instant when the system stands at ``system``."""
        if self.mode != "real":
            return self.base
        passed = system - self.anchor
        return self.base + (passed if self.rate == 1 else int(passed * self.rate))

    def set(self, now: int, system: int, mode: Mode | None = None) -> None:
        """Stand at ``now`` from here on, in another mode if one is given."""
        self.mode = mode or self.mode
        self.base = now
        self.anchor = system

    def system_at(self, instant: int) -> int | None:
        """When the system will have brought this world to an instant; None when it never will by itself."""
        if self.mode != "real":
            return None
        ahead = instant - self.base
        return self.anchor + (ahead if self.rate == 1 else int(ahead / self.rate) + 1)


def real(system: int, rate: float = 1.0) -> Clock:
    """A clock that begins where the system stands."""
    return Clock("real", system, system, rate)


def frozen(at: int) -> Clock:
    """A clock that stands."""
    return Clock("frozen", at)
