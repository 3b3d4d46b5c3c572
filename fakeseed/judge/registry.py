"""All rules by id: area and name of the file, ``money/no-ambiguous-resubmit``."""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from fakeseed.errors import UsageError
from fakeseed.judge import rules
from fakeseed.judge.rule import Rule
from fakeseed.model.suggest import did_you_mean

AREAS = {
    "auth": "The API key",
    "uploads": "Uploading sources",
    "assets": "Waiting for assets and using them",
    "references": "What a create refers to",
    "polling": "Waiting for the end",
    "errors": "Answers that say no, and answers that do not come",
    "money": "What is paid for",
    "output": "Fetching the video",
    "webhooks": "Being told",
    "housekeeping": "Keeping the library and its limits",
}
"""Area -> what it is about; in the order in which a client meets them."""


@cache
def known_rules() -> dict[str, Rule]:
    """Id -> rule, by area and name; imported when the first rule is asked for."""
    rules_by_id: dict[str, Rule] = {}
    for area in AREAS:
        folder = import_module(f"{rules.__name__}.{area}")
        for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda info: info.name):
            rules_by_id[f"{area}/{module.name.replace('_', '-')}"] = _rule_in(
                import_module(f"{folder.__name__}.{module.name}")
            )
    return rules_by_id


def _rule_in(module: ModuleType) -> Rule:
    """The one rule that a file defines."""
    (rule_defined,) = (value for value in vars(module).values() if isinstance(value, Rule))
    return rule_defined


def rule_ids(named: tuple[str, ...] | list[str]) -> list[str]:
    """Rules by id, by the last part of it, or by area. Raises UsageError with the nearest right word."""
    chosen: list[str] = []
    for name in named:
        fits = [rule for rule in known_rules() if name in (rule, rule.partition("/")[0], rule.partition("/")[2])]
        if not fits:
            near = did_you_mean(name, [*AREAS, *known_rules(), *(rule.partition("/")[2] for rule in known_rules())])
            raise UsageError(f"no rule {name[:80]!r}{near}", "list them: fakeseed rules")
        chosen += fits
    return chosen
