"""An answer that comes a few bytes at a time."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import MOST_BYTES, ClientSees, Fault, Span, span
from fakeseed.faults.raw_connection import RawConnection


class Drip(Fault, frozen=True):
    """The answer comes a few bytes at a time, so slowly that a limit on each read alone never strikes."""

    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "unclear"
    takes_real_time: ClassVar[bool] = True
    correct: ClassVar[str] = "Bounds the whole of a request, not each read alone."
    bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_BYTES, description="bytes a drop")] = 16
    every: Annotated[Span, msgspec.Meta(description="real seconds from drop to drop")] = 0.05

    def __post_init__(self) -> None:
        span(self.every)

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Send drop by drop, in real time, until the client has enough or all of it."""
        whole = exchange.head() + exchange.body
        for start in range(0, len(whole), self.bytes):
            if exchange.ended:
                break
            exchange.write(whole[start : start + self.bytes])
            await exchange.rest(span(self.every) / 1e9)
        await exchange.close()
        return True
