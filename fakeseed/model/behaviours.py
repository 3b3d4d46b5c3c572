"""Behaviours by name: the ids that code carries, and where each id is held.

A behaviour is one thing the emulator does because PiAPI does it. What it says, how sure that is and where it comes
from stands in the catalogue (``contracts/behaviours/``); code names only the id. Tables (refusals, lifecycles,
limits, profiles) carry ids in their rows; a function that is itself the behaviour names it with ``implements``.
"""

from collections.abc import Callable
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])

IMPLEMENTED: dict[str, str] = {}
"""Behaviour id -> the function that does it, as ``module.name``."""


def implements(*ids: str) -> Callable[[F], F]:
    """Say that the decorated function is what makes these behaviours true."""

    def note(function: F) -> F:
        where = f"{function.__module__}.{function.__qualname__}"
        for name in ids:
            IMPLEMENTED.setdefault(name, where)
        return function

    return note
