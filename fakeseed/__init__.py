"""fakeseed: a stateful emulator of PiAPI's asset and Seedance video API."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakeseed.client import AsyncControl as AsyncControl
    from fakeseed.client import Control as Control
    from fakeseed.client import ControlError as ControlError
    from fakeseed.judge import judge as judge

__version__ = "0.1.0"

_LAZY = {"AsyncControl": "fakeseed.client", "Control": "fakeseed.client", "ControlError": "fakeseed.client"}
"""Name -> module that has it; imported at first use, so that ``import fakeseed`` costs nothing."""
_CALLED = {"judge": "fakeseed.judge"}
"""Name -> package that can be called."""


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name in _CALLED:
        return import_module(_CALLED[name])
    if name not in _LAZY:
        raise AttributeError(f"module 'fakeseed' has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
