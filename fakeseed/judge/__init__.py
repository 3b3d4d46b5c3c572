"""The judge: whether a client of the API is correct, by what the server saw of it.

``fakeseed.judge.judge(journal)`` judges a journal; ``fakeseed.judge.hold(client)`` drives a client through worlds in
which things go wrong.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakeseed.judge.entries import Ending as Ending
    from fakeseed.judge.evaluate import Judgement as Judgement
    from fakeseed.judge.evaluate import judge as judge
    from fakeseed.judge.property_test import HoldError as HoldError
    from fakeseed.judge.property_test import hold as hold
    from fakeseed.judge.rule import Severity as Severity
    from fakeseed.judge.rule import Verdict as Verdict

__all__ = ["Ending", "HoldError", "Judgement", "Severity", "Verdict", "hold", "judge"]

_HOMES = {
    "Ending": "fakeseed.judge.entries",
    "HoldError": "fakeseed.judge.property_test",
    "Judgement": "fakeseed.judge.evaluate",
    "Severity": "fakeseed.judge.rule",
    "Verdict": "fakeseed.judge.rule",
    "hold": "fakeseed.judge.property_test",
    "judge": "fakeseed.judge.evaluate",
}
"""Name -> module that has it; imported at first use, since the rules take longer to load than a journal to judge."""

if not TYPE_CHECKING:  # a type checker reads the imports above, and knows every other name for a mistake

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name not in _HOMES:
            raise AttributeError(f"module 'fakeseed.judge' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__]
