"""All faults by name: the name of a fault is the name of its file."""

import pkgutil
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import get_args

from fakeseed import faults
from fakeseed.faults.fault import ClientSees, Fault, Group

REQUIRED = ("client_sees", "takes_real_time", "correct")
"""What a fault must say of itself."""


@cache
def known_faults() -> dict[str, type[Fault]]:
    """Name -> fault, in order of group and name; imported when the first fault is asked for."""
    by_name: dict[str, type[Fault]] = {}
    for group in get_args(Group):
        folder = import_module(f"{faults.__name__}.{group}")
        for module in sorted(pkgutil.iter_modules(folder.__path__), key=lambda info: info.name):
            fault_type = registered(_fault_in(import_module(f"{folder.__name__}.{module.name}")))
            fault_type.group = group
            by_name[module.name.replace("_", "-")] = fault_type
    return by_name


def registered(fault_type: type[Fault]) -> type[Fault]:
    """The fault itself. Raises TypeError for one that does not say of itself what others rely on."""
    missing = [name for name in REQUIRED if not hasattr(fault_type, name)]
    if missing:
        raise TypeError(f"fault {fault_type.__name__} does not say {', '.join(missing)}; set it beside its options")
    if fault_type.client_sees not in get_args(ClientSees):
        choices = ", ".join(map(repr, get_args(ClientSees)))
        raise TypeError(f"fault {fault_type.__name__}: client_sees is {fault_type.client_sees!r}, not one of {choices}")
    return fault_type


@cache
def faults_seen_as(client_sees: ClientSees) -> frozenset[str]:
    """The names of the faults of which a client sees this."""
    return frozenset(name for name, fault in known_faults().items() if fault.client_sees == client_sees)


@cache
def real_time_faults() -> frozenset[str]:
    """The names of the faults that take real time."""
    return frozenset(name for name, fault in known_faults().items() if fault.takes_real_time)


def _fault_in(module: ModuleType) -> type[Fault]:
    """The one fault that a file defines."""
    (fault_type,) = (
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Fault) and value.__module__ == module.__name__
    )
    return fault_type
