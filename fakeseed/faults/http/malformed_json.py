"""A body that is no JSON."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, Share, is_json
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class MalformedJson(Fault, frozen=True):
    """The JSON of the answer breaks off; status, Content-Length and Content-Type are in order."""

    correct: ClassVar[str] = "Treats it as a lost answer; does not crash."
    keep: Share = 0.6

    def transform_response(self, world: World, call: ApiRequest, json_response: Response) -> Response:
        """Cut the body, at least by its last byte; what is no JSON stays whole."""
        if not is_json(json_response):
            return json_response
        cut = min(int(len(json_response.body) * self.keep), max(len(json_response.body) - 1, 0))
        return replace(json_response, body=json_response.body[:cut])
