"""Starting the emulator for ``--target emulator``: the one place that knows it by more than its URL.

It runs in this process, without a socket: one event loop, driven by the requests themselves.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

BASE_URL = "http://fakeseed:8787"


class InProcess(httpx.BaseTransport):
    """Sends requests to an ASGI application in this thread; the loop runs only while a request is under way."""

    def __init__(self, app: Any) -> None:
        self._runner = asyncio.Runner()
        self._asgi = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request and its whole answer."""
        return self._runner.get_loop().run_until_complete(self._answer(request))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._asgi.handle_async_request(request)
        body = await response.aread()
        return httpx.Response(response.status_code, headers=response.headers.raw, stream=httpx.ByteStream(body))

    def finish(self, app: Any) -> None:
        """Close the application, then the loop."""
        self._runner.run(app.close())
        self._runner.close()


@contextmanager
def emulator(*, fetches: bool = False) -> Iterator[tuple[Any, httpx.BaseTransport]]:
    """An emulator for as long as the context lasts: the ASGI application and the transport that reaches it."""
    from fakeseed.server.app import App, Options
    from fakeseed.world.settings import Settings

    settings = Settings(ingest="fetch" if fetches else "simulate", seed="contracts")
    app = App(settings, None, Options(allow_private_sources=fetches))
    transport = InProcess(app)
    try:
        yield app, transport
    finally:
        transport.finish(app)
