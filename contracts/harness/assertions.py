"""How a check says what it expected and what it got, so that a report can show both beside the behaviour."""

from collections.abc import Iterable
from typing import Any

import httpx
import pytest
from _pytest.mark.structures import ParameterSet

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


def same(actual: object, expected: object, about: str, *behaviours: str) -> None:
    """Hold what was got to what was expected. Raises Broken."""
    if actual != expected:
        raise Broken(about, repr(expected), repr(actual), behaviours)


def holds(condition: object, about: str, expected: object, actual: object, *behaviours: str) -> None:
    """Hold a condition. Raises Broken with both sides in words."""
    if not condition:
        raise Broken(about, expected, actual, behaviours)


def contains(whole: Any, part: object, about: str, *behaviours: str) -> None:
    """Hold that a text, list or mapping contains something. Raises Broken."""
    if part not in whole:
        raise Broken(about, f"something with {part!r}", repr(whole), behaviours)


def case(behaviours: str, *values: object, name: str = "") -> ParameterSet:
    """One row of a table of checks: the behaviours it holds, separated by blanks, and the check's arguments."""
    ids = behaviours.split()
    return pytest.param(*values, marks=pytest.mark.behaviour(*ids), id=name or None)


def json_of(answer: httpx.Response, about: str, *behaviours: str) -> Any:
    """The body of an answer that must be JSON and say so."""
    kind = answer.headers.get("content-type", "")
    holds(kind.startswith("application/json"), f"content type of {about}", "application/json", kind, *behaviours)
    return answer.json()


def message_of(answer: httpx.Response) -> str:
    """What a refusal says."""
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text


def refused(answer: httpx.Response, status: int, text: str, about: str, *behaviours: str) -> None:
    """Hold that a call was refused with a status and a text."""
    same(answer.status_code, status, f"status of {about}", *behaviours)
    contains(message_of(answer), text, f"text of {about}", *behaviours)
    if status != 404 or "json" in answer.headers.get("content-type", ""):
        same(json_of(answer, about, *behaviours)["code"], status, f"code in the body of {about}", *behaviours)
