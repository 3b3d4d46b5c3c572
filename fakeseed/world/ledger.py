"""The points of an account: granted = available + frozen + consumed, always, and every movement is kept."""

from typing import Literal

import msgspec

MovementKind = Literal["grant", "freeze", "consume", "restore"]


class Movement(msgspec.Struct, frozen=True, gc=False):
    """One movement of points; ``balance`` is what is available after it."""

    seq: int
    at: int
    kind: MovementKind
    points: int
    balance: int
    task_id: str | None = None


class Balances(msgspec.Struct):
    """Points of an account by where they are."""

    granted: int = 0
    available: int = 0
    frozen: int = 0
    consumed: int = 0

    def move(self, kind: MovementKind, points: int) -> None:
        """Apply one movement.

        A grant may be negative (points taken away). Raises ValueError when a balance would fall below zero; then
        nothing is changed.
        """
        changes: dict[MovementKind, tuple[int, int, int, int]] = {
            "grant": (points, points, 0, 0),
            "freeze": (0, -points, points, 0),
            "consume": (0, 0, -points, points),
            "restore": (0, points, -points, 0),
        }
        granted, available, frozen, consumed = changes[kind]
        if min(self.available + available, self.frozen + frozen, self.consumed + consumed) < 0:
            raise ValueError(f"cannot {kind} {points} points: {self}")
        self.granted += granted
        self.available += available
        self.frozen += frozen
        self.consumed += consumed
