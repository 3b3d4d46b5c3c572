"""A body that is cut off."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Fault, Share
from fakeseed.faults.raw_connection import RawConnection


class Truncate(Fault, frozen=True):
    """The body is cut off and the connection closed; Content-Length names the whole of it."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Compares what came with Content-Length, and asks again."
    keep: Share = 0.5

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send the first part of the body."""
        exchange.write(exchange.head() + exchange.body[: int(len(exchange.body) * self.keep)])
        await exchange.close()
        return True
