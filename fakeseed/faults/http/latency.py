"""An answer that is held back in real time."""

import math
from typing import Annotated, ClassVar, Literal

import msgspec

from fakeseed.faults.fault import ClientSees, Fault, Samples, Span, span
from fakeseed.faults.raw_connection import RawConnection

LONGEST = 600.0
"""Real seconds that one answer is held back at most."""


class Latency(Fault, frozen=True):
    """The answer is held back, in real time: a fixed while, or drawn from a law by the world's seed.

    ``fixed``: always ``seconds``. ``uniform``: from ``seconds`` to ``most``. ``exponential``: with mean ``seconds``.
    ``lognormal``: with median ``seconds`` and ``spread`` as sigma. None is longer than ``most`` where it is given.
    """

    client_sees: ClassVar[ClientSees] = "unclear"
    takes_real_time: ClassVar[bool] = True
    samples: ClassVar[Samples] = ({"seconds": 0.5, "most": 3, "law": "exponential", "on": "GET task", "always": True},)
    correct: ClassVar[str] = "Has a timeout that fits, and does not send the request twice while it waits."
    seconds: Annotated[Span, msgspec.Meta(description="how long, in real seconds or as a span")] = 1.0
    most: Annotated[Span | None, msgspec.Meta(description="the longest, where the law draws")] = None
    law: Annotated[
        Literal["fixed", "uniform", "exponential", "lognormal"], msgspec.Meta(description="how it is drawn")
    ] = "fixed"
    spread: Annotated[float, msgspec.Meta(ge=0, le=5, description="sigma of lognormal")] = 0.5

    def __post_init__(self) -> None:
        most = None if self.most is None else _bounded(self.most)
        least = _bounded(self.seconds)
        if self.law == "uniform" and (most is None or most < least):
            raise ValueError("law uniform needs most, not below seconds")

    async def delay_response(self, exchange: RawConnection) -> None:
        """Wait."""
        await exchange.rest(self.drawn(exchange.draw("one"), exchange.draw("other")))

    def drawn(self, first: float, second: float) -> float:
        """The wait in seconds that two fractions in [0, 1) give."""
        base = _bounded(self.seconds)
        most = LONGEST if self.most is None else _bounded(self.most)
        normal = math.sqrt(-2 * math.log(1 - first)) * math.cos(2 * math.pi * second)
        laws = {
            "fixed": base,
            "uniform": base + (most - base) * first,
            "exponential": -base * math.log(1 - first),
            "lognormal": base * math.exp(self.spread * normal),
        }
        return min(laws[self.law], most)


def _bounded(value: float | str) -> float:
    """A span in seconds. Raises ValueError for one that nobody should be kept waiting."""
    seconds = span(value) / 1e9
    if seconds > LONGEST:
        raise ValueError(f"an answer can be held back for {LONGEST:.0f} s at most, got {value}")
    return seconds
