"""Bytes that are no HTTP in place of an answer."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Fault
from fakeseed.faults.raw_connection import RawConnection

NOISE = bytes(range(128, 160)) + b"\r\n\r\n"


class Garbage(Fault, frozen=True):
    """Bytes that are no HTTP come in place of an answer, then the connection is closed."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Treats it as a lost answer; does not crash."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send noise."""
        exchange.write(NOISE)
        await exchange.close()
        return True
