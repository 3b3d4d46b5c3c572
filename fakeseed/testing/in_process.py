"""The server of a test session: started at the first test that needs it, in a thread of its own."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx

from fakeseed.model.times import parse_instant
from fakeseed.scenario.apply import load
from fakeseed.scenario.schema_types import Setup
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.clock import system_time
from fakeseed.world.settings import Settings

T = TypeVar("T")

BEGIN = "2026-06-07T15:41:23Z"
"""Where the worlds of tests begin, so that a test sees the same today and next year."""


class Session:
    """A running server, and the way onto its event loop from a test's thread."""

    def __init__(self, app: App, url: str) -> None:
        self.app = app
        self.url = url

    def do(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Do something on the server's own loop, and wait for it."""
        loop = self.app.loop
        assert loop is not None, "the server runs"
        return asyncio.run_coroutine_threadsafe(coroutine, loop).result()

    def set_up(self, key: str, setup: Setup, clock: str) -> None:
        """Make a key's world anew. Raises UsageError for a setup that cannot be."""
        self.do(load(self.app.engine, self.app.engine.enter(key), setup, system_time, on_socket=True, clock=clock))

    def transport(self) -> "InProcess":
        """An httpx transport, sync and async, that reaches the server without a socket."""
        return InProcess(self)


@contextmanager
def session(seed: str) -> Iterator[Session]:
    """A server for as long as the context lasts. Raises StartError when it does not start."""
    app = App(Settings(seed=seed, freeze_at=parse_instant(BEGIN)))
    with in_thread(app) as url:
        yield Session(app, url)


class InProcess(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Requests handed to the application on the server's loop. Faults of the socket cannot be shown this way."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._inner = httpx.ASGITransport(app=session.app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from a sync client."""
        return self._session.do(self._handed(request, request.read()))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """One request, from an async client on any loop."""
        body = await request.aread()
        loop = self._session.app.loop
        assert loop is not None, "the server runs"
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._handed(request, body), loop))

    async def _handed(self, request: httpx.Request, body: bytes) -> httpx.Response:
        whole = httpx.Request(request.method, request.url, headers=request.headers, content=body)
        answer = await self._inner.handle_async_request(whole)
        return httpx.Response(answer.status_code, headers=answer.headers, content=await answer.aread())
