"""Content-Type lies."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import Fault, with_header
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class WrongContentType(Fault, frozen=True):
    """The answer says that it is something else than it is."""

    correct: ClassVar[str] = "Reads a JSON body whose type says text/plain; refuses a video whose type says HTML."
    type: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.+/; =-]{1,100}\Z", description="what it says")] = (
        "text/html"
    )

    def transform_response(self, world: World, call: ApiRequest, json_response: Response) -> Response:
        """Change the header, where there is a body for it to speak of."""
        if not json_response.body:
            return json_response
        return with_header(json_response, b"content-type", self.type.encode())
