"""The end of the file is not what it should be."""

import re
from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import MOST_BYTES, Fault
from fakeseed.piapi.dispatch import Call
from fakeseed.piapi.responses import Answer
from fakeseed.world.world import World

_RANGE = re.compile(rb"bytes \d+-(\d+)/(\d+)")


class CorruptTail(Fault, frozen=True):
    """The last bytes of the file are zero; length and ETag are in order."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    correct: ClassVar[str] = "Opens or probes the video before it calls it done."
    bytes: Annotated[int, msgspec.Meta(ge=1, le=MOST_BYTES, description="bytes that are lost")] = 2048

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Blank the tail."""
        if answer.status not in (200, 206):
            return answer
        end, size = _place(answer)
        sound = max(len(answer.body) - max(self.bytes - (size - end), 0), 0)
        return replace(answer, body=answer.body[:sound] + bytes(len(answer.body) - sound))


def _place(answer: Answer) -> tuple[int, int]:
    """Where the body ends in the file, and the size of the file."""
    match = _RANGE.fullmatch(dict(answer.headers).get(b"content-range", b""))
    return (int(match[1]) + 1, int(match[2])) if match else (len(answer.body), len(answer.body))
