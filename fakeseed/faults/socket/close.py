"""The connection is closed in place of an answer."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Fault
from fakeseed.faults.raw_connection import RawConnection


class Close(Fault, frozen=True):
    """The connection is closed in order (FIN) in place of an answer. What was asked for has been done."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "As after a reset: the request may have taken effect."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send nothing and close."""
        await exchange.close()
        return True
