"""Points in an expectation, told by what tasks cost: ``price of clip``, ``50000000 - price of first and second``.

What a task costs is what the account froze for it, so a scenario holds where points are and no price table.
"""

import re
from collections.abc import Callable
from typing import Any

_AMOUNT = re.compile(r"(?:(?P<base>\d{1,18}) (?P<sign>[+-]) )?price of (?P<names>.+)")


def priced_names(text: str) -> list[str]:
    """The tasks whose price a text stands for; none where it is no amount of this kind."""
    match = _AMOUNT.fullmatch(text)
    return match["names"].split(" and ") if match else []


def with_prices(value: Any, price_of: Callable[[str], int]) -> Any:
    """An expectation with every price in it as a number."""
    if isinstance(value, dict):
        return {key: with_prices(inner, price_of) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [with_prices(inner, price_of) for inner in value]
    match = _AMOUNT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    total = sum(price_of(name) for name in match["names"].split(" and "))
    return int(match["base"] or 0) + (-total if match["sign"] == "-" else total)
