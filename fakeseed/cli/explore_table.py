"""What is being tried and what broke, as it happens, for people who watch a terminal; nothing where nobody looks."""

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.table import Table

    from fakeseed.judge.explore.search import Attempted, Exploration

RECENT = 6
"""Trials that are shown below the findings."""
STYLES = {"held": "green", "broken": "red", "not struck": "dim", "could not be judged": "yellow"}


class ExploreTable:
    """A live table on standard error for as long as the context lasts."""

    def __init__(self) -> None:
        self._live: Any = None

    def __enter__(self) -> "ExploreTable":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.live import Live

            self._live = Live(console=Console(file=sys.stderr), transient=True, refresh_per_second=8)
            self._live.start()
        return self

    def show(self, exploration: "Exploration", attempted: "Attempted") -> None:
        """One more trial has ended."""
        if self._live is not None:
            self._live.update(_table(exploration))

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._live is not None:
            self._live.stop()


def _table(exploration: "Exploration") -> "Table":
    from rich.table import Table
    from rich.text import Text

    attempts = exploration.attempts
    table = Table(title=f"{len(attempts)} tried, {len(exploration.findings)} found", expand=True)
    table.add_column("trial", ratio=2, no_wrap=True)
    table.add_column("result", ratio=3, no_wrap=True)
    for attempt in [*exploration.findings, *attempts[-RECENT:]]:
        text = ", ".join(attempt.problems) or attempt.outcome
        table.add_row(Text(attempt.trial.name), Text(text, style=STYLES[attempt.outcome]))
    return table
