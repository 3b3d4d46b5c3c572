"""The Python client of the control API: what a test says to an emulator, as methods."""

from fakeseed.client.calls import ControlError
from fakeseed.client.control import AsyncControl, Control

__all__ = ["AsyncControl", "Control", "ControlError"]
