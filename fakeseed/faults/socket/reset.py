"""The connection is torn down in place of an answer."""

from typing import ClassVar

from fakeseed.faults.fault import Fault
from fakeseed.faults.raw_connection import RawConnection


class Reset(Fault, frozen=True):
    """The connection is reset (RST) in place of an answer. What was asked for has been done."""

    real_socket: ClassVar[bool] = True
    correct: ClassVar[str] = "Repeats a GET; before it repeats a POST it looks whether the first one took effect."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send nothing and reset."""
        await exchange.reset()
        return True
