"""How a check says what it expected and what it got, so that a report can show both beside the behaviour."""

from collections.abc import Iterable
from typing import Any

SHOWN = 600


class Broken(AssertionError):  # noqa: N818 - the word of the reports
    """A behaviour does not hold. ``behaviours`` narrows a check that holds many down to those that broke."""

    def __init__(self, about: str, expected: object, got: object, behaviours: Iterable[str] = ()) -> None:
        self.about = about
        self.expected = _short(expected)
        self.got = _short(got)
        self.behaviours = tuple(behaviours)
        named = f" [{', '.join(self.behaviours)}]" if self.behaviours else ""
        super().__init__(f"{about}{named}: expected {self.expected}, got {self.got}")


def _short(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"


def same(got: object, expected: object, about: str, *behaviours: str) -> None:
    """Hold what was got to what was expected. Raises Broken."""
    if got != expected:
        raise Broken(about, repr(expected), repr(got), behaviours)


def holds(condition: object, about: str, expected: object, got: object, *behaviours: str) -> None:
    """Hold a condition. Raises Broken with both sides in words."""
    if not condition:
        raise Broken(about, expected, got, behaviours)


def contains(whole: Any, part: object, about: str, *behaviours: str) -> None:
    """Hold that a text, list or mapping contains something. Raises Broken."""
    if part not in whole:
        raise Broken(about, f"something with {part!r}", repr(whole), behaviours)
