"""What a browser is told when a page of another origin calls the vendor's endpoints (CORS)."""

from starlette.types import Message, Scope, Send

from fakeseed.model.behaviours import implements
from fakeseed.model.routes import Methods
from fakeseed.piapi.responses import Headers, Response

ALLOWED: Headers = ((b"access-control-allow-origin", b"*"),)
CORS = "fakeseed.cors"
"""Key of a request's scope: headers of its answer that let a page read it."""


def asked_by_page(scope: Scope) -> bool:
    """Whether a page sends it: browsers name its origin."""
    return any(name == b"origin" for name, _ in scope["headers"])


@implements("wire.cors")
def preflight(scope: Scope, routes: Methods) -> Response | None:
    """The answer to the question whether a page may send a request; None for any other request."""
    headers = dict(scope["headers"])
    if scope["method"] != "OPTIONS" or b"access-control-request-method" not in headers:
        return None
    allowed: Headers = (
        *ALLOWED,
        (b"access-control-allow-methods", ", ".join(routes).encode()),
        (b"access-control-allow-headers", headers.get(b"access-control-request-headers", b"*")),
        (b"access-control-max-age", b"600"),
    )
    return Response(204, headers=allowed)


def readable(scope: Scope, send: Send) -> Send:
    """Let a page read the answer."""
    scope[CORS] = ALLOWED

    async def send_allowed(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *ALLOWED]
        await send(message)

    return send_allowed
