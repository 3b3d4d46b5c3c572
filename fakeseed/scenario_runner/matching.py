"""Whether something seen is like what a scenario expects, and where it is not."""

import operator
import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

_COMPARISON = re.compile(r"(>=|<=|>|<)\s*(-?\d+(?:\.\d+)?)")
_OPERATORS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}


def differences(expected: Any, seen: Any, where: str) -> Iterator[str]:
    """A sentence for each place where what was seen is not as expected.

    Objects: the expected keys are like this. Lists: as long, each like this. ``*``: there. None: absent or null.
    ``~regex`` searches, ``>=10`` compares; anything else is equal.
    """
    if expected is msgspec.UNSET:
        return
    if isinstance(expected, dict) and isinstance(seen, dict):
        for key, inner in expected.items():
            yield from differences(inner, seen.get(key), f"{where}.{key}")
    elif isinstance(expected, list | tuple) and isinstance(seen, list | tuple) and len(expected) == len(seen):
        for place, (inner, one) in enumerate(zip(expected, seen, strict=True)):
            yield from differences(inner, one, f"{where}[{place}]")
    elif not _like(expected, seen):
        yield f"{where}: expected {_short(expected)}, got {_short(seen)}"


def _like(expected: Any, seen: Any) -> bool:
    if expected == "*":
        return seen is not None
    if isinstance(expected, str) and expected.startswith("~"):
        return re.search(expected[1:], str(seen)) is not None
    comparison = _COMPARISON.fullmatch(expected) if isinstance(expected, str) else None
    if comparison and isinstance(seen, int | float):
        return _OPERATORS[comparison[1]](seen, float(comparison[2]))
    return bool(expected == seen)


def _short(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) <= 300 else text[:300] + "…"
