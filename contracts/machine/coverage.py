"""The documented transitions, and how often the machine saw each."""

import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from .model import Step


@cache
def documented() -> dict[Step, str]:
    """Every documented transition with its behaviour."""
    rows = tomllib.loads((Path(__file__).parent / "transitions.toml").read_text("utf-8"))
    return {
        (subject, row["from"], row["trigger"], row["to"]): row["behaviour"]
        for subject, steps in rows.items()
        for row in steps
    }


def as_table(columns: dict[str, Counter[Step]]) -> Iterable[str]:
    """The transitions as lines, with a count by column."""
    yield "  ".join(f"{name:>8}" for name in columns) + "  transition"
    for subject, source, trigger, target in documented():
        counts = "  ".join(f"{counter[subject, source, trigger, target]:>8}" for counter in columns.values())
        yield f"{counts}  {subject}: {source or '(none)'} --{trigger}--> {target or '(gone)'}"
