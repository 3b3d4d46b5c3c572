"""An HTML page of the edge in place of an answer."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import BODYLESS, ClientSees, Fault, Samples
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World

PAGE = b"""<!DOCTYPE html>
<html lang="en"><head><title>Access denied | api.piapi.ai</title></head>
<body><h1>Error 1010</h1><p>Your browser's signature is not let in here.</p></body>
</html>
"""


class EdgePage(Fault, frozen=True):
    """The edge answers with an HTML page, as it does to clients that it takes for bots. The request never arrives."""

    client_sees: ClassVar[ClientSees] = "unclear"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({}, {"status": 200})
    correct: ClassVar[str] = (
        "Looks at status and Content-Type before it reads JSON, and shows the page's gist, not a traceback."
    )
    status: Annotated[int, msgspec.Meta(ge=200, le=599, description="the HTTP status, 403 or 200 as a rule")] = 403

    def __post_init__(self) -> None:
        if self.status in BODYLESS:
            raise ValueError(f"an answer with status {self.status} has no body, so it cannot be a page")

    def replace_response(self, world: World, call: ApiRequest) -> Response | None:
        """The page."""
        return Response(self.status, PAGE, ((b"content-type", b"text/html; charset=UTF-8"), (b"server", b"cloudflare")))
