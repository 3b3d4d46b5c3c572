"""A request that takes effect and whose answer is lost."""

from typing import Annotated, ClassVar, Literal

import msgspec

from fakeseed.faults.fault import ClientSees, Fault, Samples
from fakeseed.faults.raw_connection import RawConnection


class AcceptThenDrop(Fault, frozen=True):
    """The task is stored and charged, and the answer is lost: a client that sends it again pays twice."""

    routes: ClassVar[tuple[str, ...]] = ("POST task", "POST asset", "POST upload", "DELETE task", "DELETE asset")
    real_socket: ClassVar[bool] = True
    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({}, {"how": "reset"})
    correct: ClassVar[str] = (
        "Looks before it repeats: active tasks, histories or its own webhook tell whether the first one is there."
    )
    how: Annotated[Literal["close", "reset", "hang"], msgspec.Meta(description="how the answer is lost")] = "close"

    async def send_raw(self, exchange: RawConnection) -> bool:
        """Lose the answer."""
        endings = {"close": exchange.close, "reset": exchange.reset, "hang": exchange.rest}
        await endings[self.how]()
        return True
