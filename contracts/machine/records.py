"""What the model knows of one asset and of one task."""

from dataclasses import dataclass, field
from typing import Any

from ..harness.instants import SECOND, ZERO, exact, whole_seconds
from .requests import Plot, Source

Window = tuple[int, int]
"""Earliest and latest instant."""


@dataclass
class Asset:
    """An asset. ``due``: when its ingest ends, None: never; ``owner``: the task that an ephemeral one was made for."""

    label: str
    asset_id: str
    name: str
    source: Source
    upload_at: int
    expires_at: int
    due: Window | None
    status: str = "Processing"
    code: str = ""
    last_used_at: int = 0
    owner: "Task | None" = None
    holds_until: int = 0

    @property
    def counted(self) -> bool:
        """Whether it takes a place of the managed limit."""
        return self.owner is None and self.status in ("Processing", "Active")

    def shown(self) -> dict[str, Any]:
        """What list and get show, but for the error's text."""
        return {
            "asset_id": self.asset_id,
            "name": self.name,
            "asset_type": self.source.kind,
            "url": self.source.url,
            "status": self.status,
            "upload_at": whole_seconds(self.upload_at),
            "last_used_at": whole_seconds(self.last_used_at),
            "expires_at": whole_seconds(self.expires_at),
            "error": self.code,
        }


@dataclass
class Reference:
    """One entry of an array of a task, ``kind`` is the array's: a raw source, or an asset by its id."""

    source: Source
    uri: str
    raw: bool
    kind: str


@dataclass
class Task:
    """A task. ``run``: least and most nanoseconds from its start to its end, None: it never ends by itself."""

    label: str
    task_id: str
    task_type: str
    plot: Plot
    price: int
    created_at: int
    queue: Window
    run: Window | None
    references: list[Reference]
    input: dict[str, Any]
    config: dict[str, Any]
    start_lines: list[str]
    auto_upload: bool
    retention: int
    hold: int
    hook: str = ""
    status: str = "pending"
    started_at: int = 0
    ended_at: int = 0
    on_hold: bool = False
    released_at: int = 0
    forced: Plot | None = None
    frozen: int = 0
    consumed: int = 0
    error: tuple[int, str] = (0, "")
    fails_with: str = ""
    log: list[str] = field(default_factory=list)
    waits_for: set[str] = field(default_factory=set)
    decided_at: int = 0
    attempts: list[int] = field(default_factory=list)
    next_attempt: int = 0
    output: str = ""
    output_until: int = 0
    output_gone: bool = False

    @property
    def strict(self) -> bool:
        """Whether it takes no assets and has its content tried twice."""
        return not self.task_type.endswith("-less-restriction")

    @property
    def active(self) -> bool:
        """Whether it counts toward the tasks at a time."""
        return self.status in ("pending", "processing")

    @property
    def raw(self) -> list[Reference]:
        """References that auto-upload turns into assets at the start."""
        return [reference for reference in self.references if reference.raw] if self.auto_upload else []

    def end_window(self) -> Window | None:
        """When it must end, by what is known now."""
        if self.run is None or self.on_hold or self.waits_for:
            return None
        floor = max(self.released_at, self.decided_at)
        return max(self.started_at + self.run[0], floor), max(self.started_at + self.run[1], floor)

    def shown(self, shows_consumed: bool) -> dict[str, Any]:
        """What a get shows, but for the log, the output's URL and the error's raw message."""
        frozen, consume = self.frozen, self.consumed
        if shows_consumed and frozen:
            frozen, consume = 0, frozen
        return {
            "task_id": self.task_id,
            "model": "seedance",
            "task_type": self.task_type,
            "status": self.status,
            "config": self.config,
            "input": self.input,
            "meta": {
                "created_at": _trimmed(self.created_at),
                "started_at": _trimmed(self.started_at) if self.started_at else ZERO,
                "ended_at": _trimmed(self.ended_at) if self.ended_at else ZERO,
                "usage": {"type": "point" if frozen or consume else "llm", "frozen": frozen, "consume": consume},
                "is_using_private_pool": False,
            },
            "detail": None,
            "error": self.error,
        }


def _trimmed(at: int) -> str:
    return exact(at)[:-1].rstrip("0").rstrip(".") + "Z" if at % SECOND else whole_seconds(at)
