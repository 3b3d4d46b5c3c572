"""Two parts of two files."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, with_header
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class EtagChanging(Fault, frozen=True):
    """The file's ETag is another at each request, and If-Range is not heeded: parts that do not belong together."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    correct: ClassVar[str] = "Compares the ETags of the parts, and begins anew when they differ."

    def before_request(self, call: ApiRequest) -> ApiRequest:
        """The request without what compares ETags."""
        return replace(call, headers=[pair for pair in call.headers if pair[0] not in (b"if-range", b"if-none-match")])

    def transform_response(self, world: World, call: ApiRequest, json_response: Response) -> Response:
        """Another ETag than at any other request, where there is one."""
        if b"etag" not in dict(json_response.headers):
            return json_response
        tag = world.chance.letters(16, f"etag {world.account.journal_counter}")
        return with_header(json_response, b"etag", f'"{tag}"'.encode())
