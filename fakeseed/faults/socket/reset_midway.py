"""A connection that is reset in the middle of the body."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import MOST_BYTES, ClientSees, Fault
from fakeseed.faults.raw_connection import RawConnection


class ResetMidway(Fault, frozen=True):
    """The connection is reset (RST) in the middle of the body: a video that breaks off."""

    routes: ClassVar[tuple[str, ...]] = ("GET output", "any", "GET task", "GET assets")
    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = (
        "Goes on with a Range request from where it broke off, or begins anew; keeps no half a file."
    )
    bytes: (
        Annotated[int, msgspec.Meta(ge=0, le=MOST_BYTES, description="bytes of the body that come; half without it")]
        | None
    ) = None

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send the first part of the body and reset."""
        cut = len(exchange.body) // 2 if self.bytes is None else self.bytes
        exchange.write(exchange.head() + exchange.body[:cut])
        await exchange.reset()
        return True
