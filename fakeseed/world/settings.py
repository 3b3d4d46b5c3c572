"""What the person who starts fakeseed chooses, for all worlds of the process."""

from typing import Literal

import msgspec

from fakeseed.model.outcome_plan import DEFAULT_PACE
from fakeseed.model.plans import DEFAULT_PLAN
from fakeseed.model.profiles import DEFAULT_PROFILE
from fakeseed.model.task_types import POINTS_PER_USD

IngestMode = Literal["simulate", "fetch"]
PLENTY = 1000 * POINTS_PER_USD
"""Points of a new world."""
MAX_CONCURRENCY = 10**9
"""Tasks active together that can be asked for."""
MAX_WORLDS = 10_000
"""Worlds that a process keeps in memory."""


class Settings(msgspec.Struct, frozen=True):
    """Defaults of a new world, and limits of the process.

    ``freeze_at`` is the instant at which new worlds stand, None for real time, which runs at ``rate`` world seconds a
    second; sizes in bytes.
    """

    plan: str = DEFAULT_PLAN
    profile: str = DEFAULT_PROFILE
    pace: str = DEFAULT_PACE
    seed: str = "0"
    points: int = PLENTY
    ingest: IngestMode = "simulate"
    concurrency: int | None = None
    freeze_at: int | None = None
    rate: float = 1.0
    max_tasks: int = 100_000
    journal_bytes: int = 8 * 1024 * 1024
    max_worlds: int = MAX_WORLDS
    public_url: str | None = None
