"""A video whose last bytes are wrong."""

import re
from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import MOST_BYTES, ClientSees, Evidence, Fault
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World

_RANGE = re.compile(rb"bytes \d+-(\d+)/(\d+)")


class CorruptTail(Fault, frozen=True):
    """The last bytes of the file are zero; length and ETag are in order."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    hidden: ClassVar[bool] = True
    evidence: ClassVar[Evidence] = ({"status": "~^20[06]"},)
    correct: ClassVar[str] = "Opens or probes the video before it calls it done."
    bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_BYTES, description="bytes that are lost")] = 2048

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Blank the tail."""
        if response.status not in (200, 206):
            return response
        end, size = _place(response)
        sound = max(len(response.body) - max(self.bytes - (size - end), 0), 0)
        return replace(response, body=response.body[:sound] + bytes(len(response.body) - sound))


def _place(response: Response) -> tuple[int, int]:
    """Where the body ends in the file, and the size of the file."""
    match = _RANGE.fullmatch(dict(response.headers).get(b"content-range", b""))
    return (int(match[1]) + 1, int(match[2])) if match else (len(response.body), len(response.body))
