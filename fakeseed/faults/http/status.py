"""An error status with the body that goes with it."""

from typing import Annotated, ClassVar, Literal

import msgspec

from fakeseed.faults.fault import ClientSees, Fault, Samples
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import JSON, TEXT, Response
from fakeseed.piapi.wire import ErrorEnvelope, encode
from fakeseed.world.world import World

MESSAGES = {
    429: "too many requests",
    500: "internal server error",
    502: "bad gateway",
    503: "service unavailable",
    504: "gateway timeout",
}


class Status(Fault, frozen=True):
    """The answer is an error status. With a window (``for``) it is a storm that ends by world time.

    Below 500 the request is refused and nothing is done. From 500 on it has been done and the answer is lost behind
    the error, unless ``done`` says otherwise.
    """

    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = (
        {"status": 429, "retry_after": 5, "times": 2},
        {"status": 503},
        {"status": 500},
        {"status": 429},
        {"status": 404},
    )
    correct: ClassVar[str] = (
        "Repeats a 429 and a 5xx a bounded number of times, not before Retry-After is over; repeats no other 4xx; "
        "before it repeats a POST after a 5xx it looks whether it took effect."
    )
    status: Annotated[int, msgspec.Meta(ge=400, le=599, description="the HTTP status")] = 503
    retry_after: (
        Annotated[int, msgspec.Meta(ge=0, le=1_000_000_000, description="seconds in a Retry-After header")] | None
    ) = None
    message: Annotated[str, msgspec.Meta(max_length=500, description="the body's message")] = ""
    body: Annotated[Literal["json", "text"], msgspec.Meta(description="PiAPI's envelope, or plain text")] = "json"
    done: Annotated[bool, msgspec.Meta(description="whether the request takes effect all the same")] | None = None

    def replace_response(self, world: World, call: ApiRequest) -> Response | None:
        """Refuse, where the request takes no effect."""
        return None if self._is_done else self._answer()

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Hide the answer, where it took effect."""
        return self._answer()

    @property
    def _is_done(self) -> bool:
        return self.status >= 500 if self.done is None else self.done

    def _answer(self) -> Response:
        message = self.message or MESSAGES.get(self.status, "request failed")
        wait = () if self.retry_after is None else ((b"retry-after", b"%d" % self.retry_after),)
        if self.body == "text":
            return Response(self.status, message.encode(), TEXT + wait)
        return Response(self.status, encode(ErrorEnvelope(self.status, message)), JSON + wait)
