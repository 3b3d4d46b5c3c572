"""A bar for people who wait; nothing where nobody looks."""

import sys
from types import TracebackType
from typing import Any


class Bar:
    """Progress on a terminal's standard error for as long as the context lasts; ``total`` may be unknown."""

    def __init__(self, description: str, total: int | None = None) -> None:
        self._description = description
        self._total = total
        self._bar: Any = None

    def __enter__(self) -> "Bar":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, console=Console(file=sys.stderr), transient=True)
            self._bar.start()
            self._task = self._bar.add_task(self._description, total=self._total)
        return self

    def update(self, completed: int, total: int, name: str) -> None:
        """So many of so many are done; this one is next or was last."""
        if self._bar is not None:
            self._bar.update(self._task, completed=completed, total=total, description=name[:50])

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.stop()
