"""Task types, what a second of each costs, and what size it comes out at.

The price table says more than prices: a type or a resolution that a period has no price for was not offered in it.
"""

from typing import NamedTuple

import msgspec

POINTS_PER_USD = 10_000_000
"""Behaviour ``money.points-per-usd``."""


class Durations(NamedTuple):
    """Legal output lengths in whole seconds, both ends included."""

    least: int
    most: int
    default: int


class TaskType(msgspec.Struct, frozen=True):
    """One row of the task type table.

    ``generates`` is False for tools that only change a video; ``has_extras``: it takes draft_task_id and
    omni_reference_task_type.
    """

    name: str
    strict: bool
    default_resolution: str
    durations: Durations
    generates: bool = True
    picture_decides_ratio: bool = False
    has_extras: bool = False

    @property
    def takes_assets(self) -> bool:
        """Only less-restriction types take ``asset://`` (behaviour ``task.asset-needs-less-restriction``)."""
        return not self.strict


_D20 = Durations(4, 15, default=5)  # task.duration-range
_D25 = Durations(4, 30, default=5)  # task.duration-range-25

TASK_TYPES: dict[str, TaskType] = {
    row.name: row
    for row in (
        TaskType("seedance-2", True, "480p", _D20),
        TaskType("seedance-2-fast", True, "480p", _D20),
        TaskType("seedance-2-mini", True, "720p", _D20),
        TaskType("seedance-2-less-restriction", False, "480p", _D20),
        TaskType("seedance-2-fast-less-restriction", False, "480p", _D20),
        TaskType("seedance-2-mini-less-restriction", False, "720p", _D20),
        TaskType("seedance-2.5", True, "720p", _D25, picture_decides_ratio=True, has_extras=True),
        TaskType("seedance-2.5-less-restriction", False, "720p", _D25, picture_decides_ratio=True, has_extras=True),
        TaskType("remove-watermark", True, "720p", _D20, generates=False),
    )
}

# Deprecated names that the service redirects (task.preview-redirect).
REDIRECTED: dict[str, str] = {
    "seedance-2-preview": "seedance-2",
    "seedance-2-preview-vip": "seedance-2",
    "seedance-2-fast-preview": "seedance-2-fast",
    "seedance-2-fast-preview-vip": "seedance-2-fast",
}

RATIOS = ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")
RESOLUTIONS = ("480p", "720p", "1080p")
DEFAULT_RATIO = "16:9"

# Width and height of the output. 864x496 and 1080x1920 were seen in files of the service; the others are what a
# sibling vendor over the same backend publishes (task.output-size).
SIZES: dict[str, dict[str, tuple[int, int]]] = {
    "480p": {
        "21:9": (992, 432),
        "16:9": (864, 496),
        "4:3": (752, 560),
        "1:1": (640, 640),
        "3:4": (560, 752),
        "9:16": (496, 864),
    },
    "720p": {
        "21:9": (1470, 630),
        "16:9": (1280, 720),
        "4:3": (1112, 834),
        "1:1": (960, 960),
        "3:4": (834, 1112),
        "9:16": (720, 1280),
    },
    "1080p": {
        "21:9": (2206, 946),
        "16:9": (1920, 1080),
        "4:3": (1664, 1248),
        "1:1": (1440, 1440),
        "3:4": (1248, 1664),
        "9:16": (1080, 1920),
    },
}

# USD per output second at 480p, 720p and 1080p, by period (money.price-by-period); None: not offered then.
_USD: dict[str, dict[str, tuple[float | None, float | None, float | None]]] = {
    "2026-05": {
        "seedance-2": (0.10, 0.20, 0.50),
        "seedance-2-fast": (0.08, 0.16, None),
        "seedance-2-less-restriction": (0.125, 0.25, 0.625),
        "seedance-2-fast-less-restriction": (0.10, 0.20, None),
    },
    "2026-06": {
        "seedance-2": (0.10, 0.20, 0.50),
        "seedance-2-fast": (0.08, 0.16, None),
        "seedance-2-mini": (None, 0.15, None),
        "seedance-2-less-restriction": (0.11, 0.22, 0.55),
        "seedance-2-fast-less-restriction": (0.088, 0.176, None),
    },
    "2026-07": {
        "seedance-2": (0.10, 0.20, 0.50),
        "seedance-2-fast": (0.08, 0.16, None),
        "seedance-2-mini": (0.07, 0.14, None),
        "seedance-2-less-restriction": (0.11, 0.22, 0.55),
        "seedance-2-fast-less-restriction": (0.088, 0.176, None),
        "seedance-2-mini-less-restriction": (0.077, 0.154, None),
        "seedance-2.5": (0.30, 0.60, None),
    },
    "2026-08-promo": {
        "seedance-2": (0.10, 0.20, 0.50),
        "seedance-2-fast": (0.064, 0.128, None),
        "seedance-2-mini": (0.042, 0.084, None),
        "seedance-2-less-restriction": (0.11, 0.22, 0.55),
        "seedance-2-fast-less-restriction": (0.07, 0.141, None),
        "seedance-2-mini-less-restriction": (0.046, 0.092, None),
        "seedance-2.5": (0.15, 0.35, 0.80),
        "seedance-2.5-less-restriction": (0.165, 0.385, None),
    },
    "2026-09": {
        "seedance-2": (0.10, 0.20, 0.50),
        "seedance-2-fast": (0.048, 0.096, None),
        "seedance-2-mini": (0.042, 0.084, None),
        "seedance-2-less-restriction": (0.11, 0.22, 0.55),
        "seedance-2-fast-less-restriction": (0.053, 0.106, None),
        "seedance-2-mini-less-restriction": (0.046, 0.092, None),
        "seedance-2.5": (0.15, 0.35, 0.80),
        "seedance-2.5-less-restriction": (0.165, 0.385, 0.88),
    },
}

PRICES: dict[str, dict[str, dict[str, int]]] = {
    period: {
        name: {
            resolution: round(usd * POINTS_PER_USD)
            for resolution, usd in zip(RESOLUTIONS, row, strict=True)
            if usd is not None
        }
        for name, row in types.items()
    }
    for period, types in _USD.items()
}
"""Period -> type -> resolution -> points per output second."""


TYPE_BEHAVIOURS = {
    "durations of the 2.0 family": "task.duration-range",
    "durations of the 2.5 family": "task.duration-range-25",
    "sizes": "task.output-size",
    "prices": "money.price-by-period",
    "prices of less-restriction types": "money.less-restriction-surcharge",
    "takes assets": "task.asset-needs-less-restriction",
}


def offered(period: str) -> list[str]:
    """Names a client may send as ``task_type`` in a price period, redirected names included."""
    current = [*PRICES[period], "remove-watermark"]
    return current + [old for old, new in REDIRECTED.items() if new in current]


def nearest_ratio(width: int, height: int) -> str:
    """The legal ratio that is closest to a picture's own (behaviour ``task.ratio-follows-frame``)."""

    def distance(ratio: str) -> float:
        across, down = (int(part) for part in ratio.split(":"))
        legal, actual = across / down, width / max(height, 1)
        return max(legal / actual, actual / legal) if actual else float("inf")

    return min(RATIOS, key=distance)
