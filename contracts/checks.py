"""What the checks of all areas share."""

from typing import Any

import httpx
import pytest
from _pytest.mark.structures import ParameterSet

from .judging import contains, holds, same


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
