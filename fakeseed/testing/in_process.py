"""One request and its answer, handed to an ASGI application without a socket."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

from starlette.types import ASGIApp, Message

__tracebackhide__ = True  # a failing test shows its own lines

T = TypeVar("T")
Headers = Iterable[tuple[bytes, bytes]]


class InProcessResponse(NamedTuple):
    """An answer as the application gave it."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def exchange(
    app: ASGIApp, method: str, target: bytes, headers: Headers, body: bytes, **scope: object
) -> InProcessResponse:
    """Hand one request to an application and gather the whole answer. ``scope`` adds to the request's scope.

    What the application raises is raised here. Faults of the socket cannot be shown this way.
    """
    raw_path, _, query = target.partition(b"?")
    request = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(raw_path.decode("ascii")),
        "raw_path": raw_path,
        "query_string": query,
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in headers],
        "client": ("127.0.0.1", 0),
        "server": ("127.0.0.1", 80),
        **scope,
    }
    unread = [body]
    answered = asyncio.Event()
    start: Message = {}
    chunks: list[bytes] = []

    async def receive() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
            return
        if method != "HEAD":
            chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            answered.set()

    await app(request, receive, send)
    return InProcessResponse(start["status"], list(start.get("headers", ())), b"".join(chunks))


def wait_for(coroutine: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop) -> T:
    """Run something on a loop of another thread, and wait for it. Who is interrupted while waiting ends it there."""
    future = asyncio.run_coroutine_threadsafe(coroutine, loop)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        raise
