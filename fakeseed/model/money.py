"""What a task costs, in points (10,000,000 points = 1 USD)."""

import math

from fakeseed.model.behaviours import implements
from fakeseed.model.task_types import POINTS_PER_USD, PRICES

MAX_POINTS = 10**15
"""Points that a person may give an account."""


@implements("money.formula", "money.input-video-seconds", "money.points-per-usd", "money.remove-watermark-free")
def price(period: str, task_type: str, resolution: str, output_seconds: int, input_seconds: float) -> int:
    """Points for one task: a rate per output second, and half of it per second of all input videos together.

    Input seconds are rounded up to whole ones, as the service's log line does. A type with no price costs nothing.
    """
    rate = PRICES[period].get(task_type, {}).get(resolution, 0)
    return rate * output_seconds + rate * billed_seconds(input_seconds) // 2


def billed_seconds(input_seconds: float) -> int:
    """Seconds of input video as they are billed."""
    return math.ceil(round(input_seconds, 3))


@implements("account.usd")
def usd(points: int) -> float:
    """Points as US dollars."""
    return points / POINTS_PER_USD
