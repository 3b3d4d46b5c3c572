"""The life of an asset and of a task as data: states, transitions, guards.

The emulator moves records only along these tables; tests walk them, and documents are drawn from them.
"""

from collections.abc import Callable
from typing import Any, Literal

import msgspec

Origin = Literal["vendor", "control"]
"""Who can cause a transition: the vendor's service in its own time, or only fakeseed's control API."""


class Transition(msgspec.Struct, frozen=True):
    """One row: from a state, on a trigger, to a state, if the guard holds. ``None`` as a state: does not exist."""

    source: str | None
    trigger: str
    target: str | None
    behaviour: str
    origin: Origin = "vendor"
    guard: Callable[[Any], bool] | None = None


class TransitionError(Exception):
    """A record was told to do what its lifecycle does not know. The message says what it can do instead."""


class Lifecycle:
    """A table of transitions of one kind of record; one row for a state and a trigger."""

    def __init__(self, name: str, transitions: tuple[Transition, ...]) -> None:
        self.name = name
        self.transitions = transitions
        self._rows = {(row.source, row.trigger): row for row in transitions}
        assert len(self._rows) == len(transitions), "two rows for one state and trigger"

    @property
    def states(self) -> list[str]:
        """Every state that a record can be seen in."""
        named = [state for row in self.transitions for state in (row.source, row.target)]
        return list(dict.fromkeys(state for state in named if state is not None))

    def find(self, state: str | None, trigger: str, record: object = None) -> Transition:
        """The row that this trigger takes from this state.

        Raises TransitionError when there is none or its guard does not hold.
        """
        row = self._rows.get((state, trigger))
        if row is not None and (row.guard is None or row.guard(record)):
            return row
        possible = sorted({row.trigger for row in self.transitions if row.source == state})
        raise TransitionError(
            f"{trigger!r} is not possible for {self.name} in state {state or 'none'!r}; "
            f"possible: {', '.join(possible) or 'nothing'}"
        )


def _may_start(task: Any) -> bool:
    return not task.held


def _may_end(task: Any) -> bool:
    return not (task.held or task.ingesting)


ASSET = Lifecycle(
    "asset",
    (
        Transition(None, "upload", "Processing", "asset.upload"),
        Transition("Processing", "ingested", "Active", "asset.becomes-active"),
        Transition("Processing", "rejected", "Failed", "asset.becomes-failed"),
        Transition("Processing", "touched", "Processing", "asset.idle-refresh"),
        Transition("Active", "touched", "Active", "asset.idle-refresh"),
        Transition("Processing", "expired", None, "asset.idle-purge"),
        Transition("Active", "expired", None, "asset.idle-purge"),
        Transition("Failed", "expired", None, "asset.failed-purge"),
        Transition("Processing", "deleted", None, "asset.delete"),
        Transition("Active", "deleted", None, "asset.delete"),
        Transition("Failed", "deleted", None, "asset.delete"),
        Transition("Active", "rejected", "Failed", "asset.revoked", origin="control"),
    ),
)

TASK = Lifecycle(
    "task",
    (
        Transition(None, "create", "pending", "task.create"),
        Transition("pending", "start", "processing", "task.start", guard=_may_start),
        Transition("processing", "complete", "completed", "task.complete", guard=_may_end),
        Transition("processing", "fail", "failed", "task.fail"),
        Transition("pending", "cancel", "failed", "task.cancel"),
        Transition("pending", "fail", "failed", "task.failed-by-control", origin="control"),
    ),
)

LIFECYCLES = (ASSET, TASK)
