"""The only source of time in a world, and the only module that may ask the system for it.

Instants are nanoseconds since the Unix epoch, UTC.
"""

import logging
import time
from collections.abc import Callable
from typing import Literal

import msgspec

from fakeseed.model.times import SECOND

SystemTime = Callable[[], int]
"""Gives the system's instant; passed in, so that a test can be the system."""

Mode = Literal["real", "frozen", "auto"]


class SystemClock:
    """The system's instant as a clock that never goes back: it follows monotonic time.

    A wall clock that was set back is told of and not obeyed, so that no world stands still until it has caught up. One
    that was set forward (or ran on while the machine slept) is told of and obeyed.
    """

    def __init__(
        self, wall: Callable[[], int] = time.time_ns, monotonic: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._wall, self._monotonic = wall, monotonic
        self._ahead = wall() - monotonic()
        self._step_told = 0

    def __call__(self) -> int:
        """The system's instant now."""
        now = self._monotonic() + self._ahead
        step = self._wall() - now
        if abs(step - self._step_told) > STEP:
            self._tell(step)
            now += max(step, 0)
        return now

    def _tell(self, step: int) -> None:
        seconds = abs(step - self._step_told) / SECOND
        direction = "forward" if step > self._step_told else "back"
        heeded = "worlds on a real clock follow" if step > 0 else "worlds on a real clock go on as if it had not been"
        _log.warning("the system's clock was set %s by %.1f s; %s", direction, seconds, heeded)
        self._ahead += max(step, 0)
        self._step_told = min(step, 0)


LONGEST_SKEW = 10 * SECOND
"""A world that is further ahead of its clock than processes differ was seen before the system's clock was set back; it
goes on from there."""
STEP = 2 * SECOND
"""What the wall clock differs from monotonic time by, at once, is a step if it is more than this."""
_log = logging.getLogger("fakeseed.clock")
system_time = SystemClock()
"""The clock of this process."""


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
