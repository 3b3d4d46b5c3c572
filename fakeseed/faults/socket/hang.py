"""A connection that stays open without an answer."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Fault
from fakeseed.faults.raw_connection import RawConnection


class Hang(Fault, frozen=True):
    """The connection stays open and nothing comes, until the client gives up. What was asked for has been done."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = True
    correct: ClassVar[str] = "Has a timeout, and takes it for a lost answer."

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Wait for the client to go."""
        await exchange.rest()
        return True
