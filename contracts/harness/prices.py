"""What a second costs, by period, type and resolution: copied from PiAPI's pages, in US dollars.

Sources: https://piapi.ai/docs/seedance-api/seedance-2, https://piapi.ai/zh-CN/seedance-2-0,
https://piapi.ai/en/seedance-2-5, and live charges of 2026-08-25 (https://github.com/Grigoriy-V/shotops).
"""

POINTS_PER_USD = 10_000_000
RESOLUTIONS = ("480p", "720p", "1080p")
SUFFIX = "-less-restriction"

Row = tuple[float | None, float | None, float | None]

USD: dict[str, dict[str, Row]] = {
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
"""Period -> type -> dollars a second at 480p, 720p and 1080p; None: not offered then."""

PERIOD_OF = {"current": "2026-09", "live-2026-08": "2026-08-promo", "docs-2026-06": "2026-06", "legacy-lr": "2026-05"}
"""Profile -> the period whose prices it has."""

DEFAULT_RESOLUTION = {
    "seedance-2": "480p",
    "seedance-2-fast": "480p",
    "seedance-2-mini": "720p",
    "seedance-2.5": "720p",
}
TYPES = tuple(f"{name}{end}" for name in DEFAULT_RESOLUTION for end in ("", SUFFIX))


def default_resolution(task_type: str) -> str:
    """What a task comes out at that names no resolution."""
    return DEFAULT_RESOLUTION[task_type.removesuffix(SUFFIX)]


def rate(task_type: str, resolution: str, profile: str = "current") -> int | None:
    """Points a second; None where that is not offered."""
    row = USD[PERIOD_OF[profile]].get(task_type, (None, None, None))
    usd = dict(zip(RESOLUTIONS, row, strict=True)).get(resolution)
    return None if usd is None else round(usd * POINTS_PER_USD)


def offered(profile: str = "current") -> list[tuple[str, str]]:
    """Every type and resolution that has a price."""
    pairs = [(name, resolution) for name in TYPES for resolution in RESOLUTIONS]
    return [pair for pair in pairs if rate(*pair, profile) is not None]


def price(task_type: str, resolution: str, seconds: int, input_seconds: int = 0, profile: str = "current") -> int:
    """Points for one task: the rate a second of output, and half of it a second of all input videos."""
    rate_per_second = rate(task_type, resolution, profile)
    assert rate_per_second is not None, f"{task_type} has no {resolution} in {profile}"
    return rate_per_second * seconds + rate_per_second * input_seconds // 2


def dearest(task_type: object, resolution: object) -> int:
    """The most that a second may cost, whatever period holds, also of what is not known here."""
    rates = [
        round(usd * POINTS_PER_USD)
        for types in USD.values()
        for name, row in types.items()
        for row_resolution, usd in zip(RESOLUTIONS, row, strict=True)
        if usd is not None and (task_type not in TYPES or name == task_type)
        if resolution not in RESOLUTIONS or row_resolution == resolution
    ]
    return max(rates, default=0) or max(dearest(None, None), 1)
