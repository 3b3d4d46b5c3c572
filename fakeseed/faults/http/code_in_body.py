"""HTTP status 200 with an error code in the body."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Fault, Samples
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.piapi.wire import ErrorEnvelope, encode
from fakeseed.world.world import World


class CodeInBody(Fault, frozen=True):
    """The HTTP status is 200 and the body's ``code`` names the real one; the request takes no effect."""

    routes: ClassVar[tuple[str, ...]] = ("POST task", "GET task", "DELETE task", "POST upload", "GET account", "any")
    client_sees: ClassVar[ClientSees] = "unclear"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"code": 402, "message": "insufficient credits"}, {})
    correct: ClassVar[str] = "Looks at the body's code as well as at the HTTP status."
    code: Annotated[int, msgspec.Meta(ge=400, le=599, description="the body's code")] = 500
    message: Annotated[str, msgspec.Meta(max_length=500, description="the body's message")] = "internal server error"

    def replace_response(self, world: World, call: ApiRequest) -> Response | None:
        """The refusal under a 200."""
        return Response(200, encode(ErrorEnvelope(self.code, self.message)))
