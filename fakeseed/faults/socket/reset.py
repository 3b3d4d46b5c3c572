"""A connection that is reset in place of an answer."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Fault, Samples
from fakeseed.faults.raw_connection import RawConnection


class Reset(Fault, frozen=True):
    """The connection is reset (RST) in place of an answer. What was asked for has been done."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"on": "GET task", "nth": "2-4"},)
    correct: ClassVar[str] = "Repeats a GET; before it repeats a POST it looks whether the first one took effect."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send nothing and reset."""
        await exchange.reset()
        return True
