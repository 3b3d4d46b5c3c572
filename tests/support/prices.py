"""What a task costs, for tests that are about something else: by the emulator's own table.

Which prices are right is held by ``contracts/harness/prices.py`` alone.
"""

from fakeseed.model.profiles import PROFILES
from fakeseed.model.task_types import PRICES, TASK_TYPES


def rate(task_type: str = "seedance-2", resolution: str = "", profile: str = "current") -> int:
    """Points for a second of output."""
    prices = PRICES[PROFILES[profile].price_period][task_type]
    return prices[resolution or TASK_TYPES[task_type].default_resolution]


PLAIN = 5 * rate()
"""Points of the task that tests create where nothing else is said: five seconds of the plain type."""
