"""The end of the file is not what it should be."""

import re
from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import MOST_BYTES, Fault
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World

_RANGE = re.compile(rb"bytes \d+-(\d+)/(\d+)")


class CorruptTail(Fault, frozen=True):
    """The last bytes of the file are zero; length and ETag are in order."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    correct: ClassVar[str] = "Opens or probes the video before it calls it done."
    bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_BYTES, description="bytes that are lost")] = 2048

    def transform_response(self, world: World, call: ApiRequest, json_response: Response) -> Response:
        """Blank the tail."""
        if json_response.status not in (200, 206):
            return json_response
        end, size = _place(json_response)
        sound = max(len(json_response.body) - max(self.bytes - (size - end), 0), 0)
        return replace(json_response, body=json_response.body[:sound] + bytes(len(json_response.body) - sound))


def _place(json_response: Response) -> tuple[int, int]:
    """Where the body ends in the file, and the size of the file."""
    match = _RANGE.fullmatch(dict(json_response.headers).get(b"content-range", b""))
    return (int(match[1]) + 1, int(match[2])) if match else (len(json_response.body), len(json_response.body))
