"""fakeseed: a stateful emulator of PiAPI's asset and Seedance video API.

``Emulator`` is what the pytest fixture ``fakeseed`` gives, ``Control`` and ``AsyncControl`` are the client of the
control API, ``judge`` holds ``judge.judge`` and ``judge.hold``, and ``virtual_time`` lets waiting move a world.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakeseed import judge as judge
    from fakeseed.client import AsyncControl as AsyncControl
    from fakeseed.client import Control as Control
    from fakeseed.client import ControlError as ControlError
    from fakeseed.client.virtual_time import virtual_time as virtual_time
    from fakeseed.errors import FakeseedError as FakeseedError
    from fakeseed.errors import UsageError as UsageError
    from fakeseed.judge.explore.api import explore as explore
    from fakeseed.testing.emulator import Emulator as Emulator

__version__ = "0.1.0"

__all__ = [
    "AsyncControl",
    "Control",
    "ControlError",
    "Emulator",
    "FakeseedError",
    "UsageError",
    "__version__",
    "explore",
    "judge",
    "virtual_time",
]

_HOMES = {
    "AsyncControl": "fakeseed.client",
    "Control": "fakeseed.client",
    "ControlError": "fakeseed.client",
    "Emulator": "fakeseed.testing.emulator",
    "FakeseedError": "fakeseed.errors",
    "UsageError": "fakeseed.errors",
    "explore": "fakeseed.judge.explore.api",
    "virtual_time": "fakeseed.client.virtual_time",
}
"""Name -> module that has it; imported at first use, so that ``import fakeseed`` costs nothing."""

if not TYPE_CHECKING:  # a type checker reads the imports above, and knows every other name for a mistake

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name == "judge":
            return import_module("fakeseed.judge")
        if name not in _HOMES:
            raise AttributeError(f"module 'fakeseed' has no attribute {name!r}")
        return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*__all__]
