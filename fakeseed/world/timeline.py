"""What will happen in a world and when."""

from typing import Literal, Protocol

import msgspec

EventKind = Literal[
    "asset.ingest",
    "asset.expire",
    "slot.free",
    "task.start",
    "task.retry",
    "task.end",
    "webhook.attempt",
    "upload.expire",
    "output.expire",
    "asset.revoke",
    "fault.close",
    "scenario.act",
]


class Event(msgspec.Struct, frozen=True, order=True, gc=False):
    """One thing due: the instant, its place among things due at the same instant, what, and about which record.

    Events are in order of time; no two of a world have the same place.
    """

    at: int
    seq: int
    kind: EventKind
    ref: str


class Timeline(Protocol):
    """The agenda. A record has at most one event of a kind; scheduling it again moves it."""

    def schedule(self, at: int, kind: EventKind, ref: str) -> None:
        """Put on the agenda, or move."""

    def cancel(self, kind: EventKind, ref: str) -> None:
        """Take off the agenda; nothing happens when it is not there."""

    def due_at(self, kind: EventKind, ref: str) -> int | None:
        """When this is due, or None when it is not on the agenda."""

    def head(self) -> Event | None:
        """What is due first."""

    def pop(self) -> Event:
        """Take what is due first."""

    def upcoming(self, limit: int) -> list[Event]:
        """What is due, in order."""

    def events(self) -> list[Event]:
        """All that is due, in no order."""

    def __len__(self) -> int: ...
