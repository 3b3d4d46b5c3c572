"""The in-process transport for httpx, for sync and async clients alike."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import httpx
from starlette.types import ASGIApp

from fakeseed.testing.in_process import InProcessResponse, exchange, wait_for

T = TypeVar("T")


class InProcessTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Requests handed to an application without a socket. Faults of the socket cannot be shown this way.

    ``loop`` is where the application runs. Without one it runs where the request is made: on the loop of an async
    client, and for a sync client on a loop of its own that moves only while a request is under way.
    """

    def __init__(self, app: ASGIApp, loop: asyncio.AbstractEventLoop | None = None) -> None:
        self._app = app
        self._loop = loop
        self._runner: asyncio.Runner | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from a sync client."""
        coroutine = self._exchange(request, request.read())
        if self._loop is not None:
            return _as_httpx(wait_for(coroutine, self._loop))
        return _as_httpx(self.run(coroutine))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from an async client on any loop."""
        coroutine = self._exchange(request, await request.aread())
        if self._loop is None or self._loop is asyncio.get_running_loop():
            return _as_httpx(await coroutine)
        return _as_httpx(await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop)))

    def _exchange(self, request: httpx.Request, body: bytes) -> Coroutine[Any, Any, InProcessResponse]:
        return exchange(self._app, request.method, request.url.raw_path, request.headers.raw, body)

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something on the loop of the sync client, for instance the application's end."""
        if self._runner is None:
            self._runner = asyncio.Runner()
        return self._runner.get_loop().run_until_complete(coroutine)

    def close(self) -> None:
        """End the loop of its own, if there is one."""
        if self._runner is not None:
            self._runner.close()
            self._runner = None


def _as_httpx(response: InProcessResponse) -> httpx.Response:
    return httpx.Response(response.status, headers=response.headers, stream=httpx.ByteStream(response.body))
