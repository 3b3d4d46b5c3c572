"""A connection that is closed between the headers and the body."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Fault
from fakeseed.faults.raw_connection import RawConnection


class CloseAfterHeaders(Fault, frozen=True):
    """The headers of the answer are sent, then the connection is closed before the body."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Does not take a 200 for success before the body is there."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send the head alone."""
        exchange.write(exchange.head())
        await exchange.close()
        return True
