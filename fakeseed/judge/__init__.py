"""The judge: whether a client of the API is correct, by what the server saw of it.

``fakeseed.judge(journal)`` judges a journal: the package can be called, and is its own function ``judge``.
"""

import sys
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakeseed.judge.entries import Ending as Ending
    from fakeseed.judge.evaluate import Judgement as Judgement
    from fakeseed.judge.property_test import hold as hold

_LAZY = {
    "Ending": "fakeseed.judge.entries",
    "Judgement": "fakeseed.judge.evaluate",
    "hold": "fakeseed.judge.property_test",
}


def judge(
    journal: object, *, allow: Iterable[str] = (), rate: float | None = 1.0, ending: "Ending | None" = None
) -> "Judgement":
    """Judge what a client did by what the server saw of it; see ``fakeseed.judge.evaluate.judge``."""
    from fakeseed.judge import evaluate

    return evaluate.judge(journal, allow=allow, rate=rate, ending=ending)


class _Callable(ModuleType):
    """A package that is also what it is named after."""

    __call__ = staticmethod(judge)


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _LAZY:
        raise AttributeError(f"module 'fakeseed.judge' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


sys.modules[__name__].__class__ = _Callable
