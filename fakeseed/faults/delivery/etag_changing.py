"""Two parts of two files."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, with_header
from fakeseed.piapi.dispatch import Call
from fakeseed.piapi.responses import Answer
from fakeseed.world.world import World


class EtagChanging(Fault, frozen=True):
    """The file's ETag is another at each request, and If-Range is not heeded: parts that do not belong together."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    correct: ClassVar[str] = "Compares the ETags of the parts, and begins anew when they differ."

    def ask(self, call: Call) -> Call:
        """The request without what compares ETags."""
        return replace(call, headers=[pair for pair in call.headers if pair[0] not in (b"if-range", b"if-none-match")])

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Another ETag than at any other request, where there is one."""
        if b"etag" not in dict(answer.headers):
            return answer
        tag = world.chance.letters(16, f"etag {world.account.journal_counter}")
        return with_header(answer, b"etag", f'"{tag}"'.encode())
