"""What comes is no HTTP."""

from typing import ClassVar

from fakeseed.faults.fault import Fault
from fakeseed.faults.raw_connection import RawConnection

NOISE = bytes(range(128, 160)) + b"\r\n\r\n"


class Garbage(Fault, frozen=True):
    """Bytes that are no HTTP come in place of an answer, then the connection is closed."""

    real_socket: ClassVar[bool] = True
    correct: ClassVar[str] = "Treats it as a lost answer; does not crash."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send noise."""
        exchange.write(NOISE)
        await exchange.close()
        return True
