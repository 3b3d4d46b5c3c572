"""A video that is redirected to another URL."""

from typing import Annotated, ClassVar, Literal
from urllib.parse import quote

import msgspec

from fakeseed.faults.fault import ClientSees, Evidence, Fault
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class Redirect(Fault, frozen=True):
    """The answer leads to another URL, where the same file is."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"status": "~^30"},)
    correct: ClassVar[str] = "Follows a bounded number of redirects, and never sends its API key along."
    status: Annotated[Literal[301, 302, 303, 307, 308], msgspec.Meta(description="the HTTP status")] = 302

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Lead to the same path with a query that changes nothing; a refusal stays one."""
        if response.status not in (200, 206):
            return response
        target = f"{call.base_url}{quote(call.path)}?moved={world.account.journal_counter}"
        return Response(self.status, headers=((b"location", target.encode("latin-1", "replace")),))
