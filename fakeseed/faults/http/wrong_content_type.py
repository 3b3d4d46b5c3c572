"""A Content-Type that is not the type of the body."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Fault, with_header
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class WrongContentType(Fault, frozen=True):
    """The answer says that it is something else than it is."""

    client_sees: ClassVar[ClientSees] = "unclear"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Reads a JSON body whose type says text/plain; refuses a video whose type says HTML."
    type: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.+/; =-]{1,100}\Z", description="what it says")] = (
        "text/html"
    )

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Change the header, where there is a body for it to speak of."""
        if not response.body:
            return response
        return with_header(response, b"content-type", self.type.encode())
