"""Whether a value is like what a scenario expects, and where it is not."""

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

COMPARISON = re.compile(r"(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")
"""What compares in place of being equal: ``>=10``."""
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def differences(expected: Any, actual: Any, where: str) -> Iterator[str]:
    """A sentence for each place where what was seen is not as expected.

    Objects: the expected keys are like this. Lists: as long, each like this. ``*``: there. None: absent or null.
    ``~regex`` searches, ``>=10`` compares; anything else is equal.
    """
    if expected is msgspec.UNSET:
        return
    if isinstance(expected, dict) and isinstance(actual, dict):
        for key, inner in expected.items():
            yield from differences(inner, actual.get(key), f"{where}.{key}")
    elif isinstance(expected, list | tuple) and isinstance(actual, list | tuple) and len(expected) == len(actual):
        for index, (inner, value) in enumerate(zip(expected, actual, strict=True)):
            yield from differences(inner, value, f"{where}[{index}]")
    elif not _like(expected, actual):
        yield f"{where}: expected {_short(expected)}, got {_short(actual)}"


def _like(expected: Any, actual: Any) -> bool:
    if expected == "*":
        return actual is not None
    if isinstance(expected, str) and expected.startswith("~"):
        return re.search(expected[1:], str(actual)) is not None
    comparison = COMPARISON.fullmatch(expected) if isinstance(expected, str) else None
    if comparison and isinstance(actual, int | float):
        return _OPERATORS[comparison[1]](actual, float(comparison[2]))
    return bool(expected == actual)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 300 else text[:300] + "…"
