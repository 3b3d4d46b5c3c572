"""The behaviour ids that checks may name, read from the files beside this one.

Entries with ``outside`` tell what is known and not emulated; no check may name them.
"""

import tomllib
from difflib import get_close_matches
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1]


@cache
def entries() -> dict[str, dict[str, str]]:
    """Every entry of the catalogue by id, in the order of the files."""
    entries_by_id: dict[str, dict[str, str]] = {}
    for path in sorted((FOLDER / "behaviours").glob("*.toml")):
        entries_by_id.update(tomllib.loads(path.read_text("utf-8")))
    return entries_by_id


@cache
def behaviours() -> dict[str, dict[str, str]]:
    """Entries that checks hold a target to."""
    return {name: entry for name, entry in entries().items() if not entry.get("outside")}


@cache
def outside() -> dict[str, str]:
    """Why an entry is not emulated, by id."""
    return {name: entry["outside"] for name, entry in entries().items() if entry.get("outside")}


@cache
def without_check() -> dict[str, str]:
    """Behaviours that no check holds, with the reason."""
    reasons: dict[str, str] = tomllib.loads((FOLDER / "unchecked.toml").read_text("utf-8"))
    return reasons


def nearest(mistyped: str) -> str:
    """A clause that names the id nearest to a mistyped one, or nothing."""
    near = get_close_matches(mistyped, behaviours(), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""
