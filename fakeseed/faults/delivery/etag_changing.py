"""A video whose ETag differs from request to request."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import ClientSees, Fault, Samples, with_header
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World


class EtagChanging(Fault, frozen=True):
    """The file's ETag is another at each request, and If-Range is not heeded: parts that do not belong together."""

    routes: ClassVar[tuple[str, ...]] = ("GET output",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"always": True},)
    correct: ClassVar[str] = "Compares the ETags of the parts, and begins anew when they differ."

    def before_request(self, call: ApiRequest) -> ApiRequest:
        """The request without what compares ETags."""
        return replace(call, headers=[pair for pair in call.headers if pair[0] not in (b"if-range", b"if-none-match")])

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Another ETag than at any other request, where there is one."""
        if b"etag" not in dict(response.headers):
            return response
        tag = world.chance.letters(16, f"etag {world.account.journal_counter}")
        return with_header(response, b"etag", f'"{tag}"'.encode())
