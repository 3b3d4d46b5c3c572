"""All faults by name: the name of a fault is the name of its file."""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType

from fakeseed import faults
from fakeseed.faults.fault import Fault


@cache
def known_faults() -> dict[str, type[Fault]]:
    """Name -> fault, in order of group and name; imported when the first fault is asked for."""
    found: dict[str, type[Fault]] = {}
    for group in ("socket", "http", "semantics", "delivery", "webhook"):
        folder = import_module(f"{faults.__name__}.{group}")
        for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda info: info.name):
            kind = _fault_in(import_module(f"{folder.__name__}.{module.name}"))
            kind.group = group
            found[module.name.replace("_", "-")] = kind
    return found


def _fault_in(module: ModuleType) -> type[Fault]:
    """The one fault that a file defines."""
    (kind,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Fault) and value.__module__ == module.__name__
    )
    return kind
