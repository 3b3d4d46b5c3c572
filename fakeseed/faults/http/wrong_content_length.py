"""A Content-Length that is not the length of the body."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Fault
from fakeseed.faults.raw_connection import RawConnection


class WrongContentLength(Fault, frozen=True):
    """Content-Length names more or fewer bytes than come; then the connection is closed."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Treats it as a lost answer; never waits for the missing bytes without a limit."
    by: Annotated[int, msgspec.Meta(ge=-10_000_000, le=10_000_000, description="bytes too many in the header")] = 10

    def __post_init__(self) -> None:
        if not self.by:
            raise ValueError("by must not be 0: that would be the right length")

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send all of the body under a wrong length."""
        exchange.write(exchange.head(max(len(exchange.answer.body) + self.by, 0)) + exchange.body)
        await exchange.close()
        return True
