"""By whose clock a judged program waits: its world's, libfaketime's, or the machine's."""

from typing import Literal

ClientClock = Literal["virtual", "faketime", "real"]

SHORTEST_TIMEOUT = 5.0
"""Seconds that a client gives an answer at least: the default of httpx, the shortest in common use."""
MARGIN = 10
"""How many times the server's slowest answer fits into that timeout, on a clock that libfaketime speeds."""
USUAL_ANSWER = 0.05
"""Seconds that the slowest answer takes, before any was measured."""


class ClockChoice:
    """What a program's clock is, from what was seen of it.

    ``virtual``: its waiting moves its world's clock. A program without the preload (another language than Python and
    JavaScript, ``python -I``) gets ``faketime`` where libfaketime is installed, else ``real``: a rate of 1. The rate of
    libfaketime is the highest at which ``MARGIN`` of the slowest answers so far fit into the shortest timeout.
    """

    def __init__(self, highest_rate: float, *, faketime: bool) -> None:
        self.clock: ClientClock = "virtual"
        self._highest_rate = highest_rate
        self._faketime = faketime
        self._slowest = USUAL_ANSWER

    @property
    def rate(self) -> float:
        """World seconds a real second, where a program's waiting does not move its world."""
        if self.clock != "faketime":
            return 1.0
        return max(1.0, min(self._highest_rate, SHORTEST_TIMEOUT / (MARGIN * self._slowest)))

    def answered_within(self, seconds: float) -> None:
        """The slowest answer of a run is known."""
        self._slowest = max(self._slowest, seconds)

    def fall_back(self) -> None:
        """The program did not join: its waiting moves nothing."""
        self.clock = "faketime" if self._faketime else "real"

    @property
    def restarts(self) -> bool:
        """Whether a program that does not join is started anew, with another clock."""
        return self.clock == "virtual" and self._faketime
