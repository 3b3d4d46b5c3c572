"""What PiAPI's pages and live runs say in figures: plans, how long things take, and what drifted over 2026.

Written from the catalogue's sources, so that the model and the checks owe nothing to the emulator's own tables.
"""

from typing import NamedTuple

Span = tuple[float, float]


class Plan(NamedTuple):
    """Managed assets, days that an idle one stays, ephemeral assets, tasks at a time."""

    managed: int
    days: int
    ephemeral: int
    tasks: int = 2


PLANS = {
    "hobbyist": Plan(50, 3, 20),
    "creator": Plan(50, 3, 20),
    "developer": Plan(200, 7, 80),
    "premium": Plan(500, 15, 200),
    "enterprise": Plan(1000, 15, 400),
}


class Pace(NamedTuple):
    """Least and most seconds of an ingest, of a task's wait, and of its run (2.0 types, 2.5 types)."""

    ingest: Span
    queue: Span
    run: Span
    run_25: Span


PACES = {
    "instant": Pace((0, 0), (0, 0), (0, 0), (0, 0)),
    "fast": Pace((1, 2), (0.2, 0.5), (1.5, 3), (2, 4)),
    "realistic": Pace((60, 180), (3, 9), (150, 190), (280, 570)),
}


class Profile(NamedTuple):
    """What differs between states of the API beside prices. Hours as named."""

    auto_upload: bool = False
    retention: int = 3
    hold: int | None = None
    references: int = 12
    videos: int = 3
    legacy_durations: bool = False
    shows_consumed: bool = False
    refuses_ratio: bool = True
    mini_pictures_only: bool = False


PROFILES = {
    "current": Profile(),
    "docs-2026-06": Profile(shows_consumed=True, refuses_ratio=False, mini_pictures_only=True),
    "live-2026-08": Profile(auto_upload=True, retention=168, hold=3, references=9),
    "legacy-lr": Profile(videos=1, legacy_durations=True, refuses_ratio=False),
}

OUTPUT_HOURS = 24
ATTEMPTS = 3
RETRY_SECONDS = 5
MOST_VIDEO_SECONDS = 15.4
UNMEASURED_SECONDS = 5.0
