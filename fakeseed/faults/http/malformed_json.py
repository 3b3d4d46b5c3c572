"""A JSON body that breaks off."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import ClientSees, Fault, Share, is_json
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class MalformedJson(Fault, frozen=True):
    """The JSON of the answer breaks off; status, Content-Length and Content-Type are in order."""

    client_sees: ClassVar[ClientSees] = "nothing"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Treats it as a lost answer; does not crash."
    keep: Share = 0.6

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Cut the body, at least by its last byte; what is no JSON stays whole."""
        if not is_json(response):
            return response
        cut = min(int(len(response.body) * self.keep), max(len(response.body) - 1, 0))
        return replace(response, body=response.body[:cut])
