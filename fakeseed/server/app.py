"""The application: every part made once and put together."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from fakeseed import page
from fakeseed.control.access import AccessGuard
from fakeseed.control.routes import control_app
from fakeseed.errors import StateError
from fakeseed.faults.matching import FaultMatcher
from fakeseed.faults.raw_connection import ANSWERING, CONNECTION
from fakeseed.media.render import RenderCache
from fakeseed.outbound.sources import Sources
from fakeseed.outbound.webhooks import Deliverer
from fakeseed.piapi.dispatch import Dispatcher, Prepare
from fakeseed.piapi.files_api import Files
from fakeseed.piapi.responses import send_response, state_unavailable_response
from fakeseed.piapi.routes import VendorRouter
from fakeseed.piapi.wire import webhook_body
from fakeseed.server.bodies import BodyBudget
from fakeseed.server.straight import RAISED
from fakeseed.store.memory import MemoryStore
from fakeseed.world import clock as clocks
from fakeseed.world.engine import EffectHandlers, Engine
from fakeseed.world.journal import KEY_HEADER
from fakeseed.world.keys import Keys
from fakeseed.world.rng import name_of, tag_in
from fakeseed.world.settings import Settings
from fakeseed.world.tables import Store

if TYPE_CHECKING:
    import httpx

    from fakeseed.control.judgement import Judge
    from fakeseed.media.ingest import Ingestor
    from fakeseed.scenario.default_scenarios import DefaultScenarios

CONTROL = "/_fakeseed/"
DOCUMENT = "/openapi.json"
_KEY = KEY_HEADER.encode()
_LOOK_SECONDS = 0.5
"""Real seconds between looks at the files of default scenarios."""


async def openapi(_: Request) -> Response:
    """``GET /openapi.json``: what is served here, as a document; ours, not the vendor's, so it asks for no key."""
    from fakeseed.openapi import as_json  # made when it is first asked for

    return Response(as_json(), media_type="application/json")


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What the process is started with beside the defaults of worlds.

    ``allow_private_sources`` lets fetch mode reach loopback and private addresses; ``source_seconds`` limits one
    fetch; ``video_cache_bytes`` limits the stub videos that are kept.
    """

    control_token: str | None = None
    allow_private_sources: bool = False
    source_seconds: float = 30.0
    video_cache_bytes: int = 256 * 1024 * 1024


class App:
    """The ASGI application, with its parts in reach."""

    def __init__(
        self,
        settings: Settings,
        keys: Keys | None = None,
        options: Options | None = None,
        *,
        store: Store | None = None,
        system_time: clocks.SystemTime = clocks.system_time,
        webhook_transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
        default_scenarios: "DefaultScenarios | None" = None,
        judge: "Judge | None" = None,
    ) -> None:
        self.options = options or Options()
        self._ingestor: Ingestor | None = None
        self.deliverer = Deliverer(webhook_body, webhook_transport)
        sources = Sources(self.ingestor)
        self.engine = Engine(
            store or MemoryStore(settings.journal_bytes, settings.max_worlds),
            settings,
            keys or Keys(),
            EffectHandlers(self.deliverer.send, sources.take),
            system_time,
            default_scenarios.begin if default_scenarios else None,
        )
        self._default_scenarios = default_scenarios
        self.bodies = BodyBudget()
        self.dropped = 0
        self.loop: asyncio.AbstractEventLoop | None = None  # the server's, once it runs
        sources.engine = self.engine
        self.dispatcher = Dispatcher(self.engine, FaultMatcher(self.engine))
        self.videos = RenderCache(self.options.video_cache_bytes)
        prepare: dict[str, Prepare] = {"upload file": sources.probe}
        if settings.ingest == "fetch":
            prepare["create task"] = sources.measure
        guard = AccessGuard(self.options.control_token, settings.public_url)
        video_of = Files(self.dispatcher, self.videos).video
        self._control = control_app(self.engine, guard, system_time, video_of, judge)
        self._vendor = VendorRouter(self.dispatcher, self.videos, prepare)
        self._own = Router([Route(DOCUMENT, openapi)], default=self._vendor, lifespan=self._lifespan)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The page for browsers, the control API below its prefix, the document at its path, the vendor's surface
        everywhere else.
        """
        if RAISED in scope:
            raise scope[RAISED]
        with suppress(ClientDisconnect), self.bodies.counting(receive) as counted:  # who has gone gets no answer
            try:
                await self._part(scope)(scope, counted, send)
            except StateError as away:
                await send_response(send, state_unavailable_response(away))

    def _part(self, scope: Scope) -> ASGIApp:
        """What answers a request."""
        if scope["type"] != "http" or scope["path"] == DOCUMENT:
            return self._own
        path: str = scope["path"]
        if path.startswith(CONTROL):
            return page.serve if path.startswith(page.ROOT) else self._control
        if path == page.HOME and page.is_navigation(scope):
            return page.serve
        return self._answer if self.engine.sleepers else self._vendor

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer for the vendor; the clock that its world's programs move stands until the answer has left."""
        sleepers = self.engine.sleepers
        name = await self._world_of(scope)
        async with sleepers.answering(name, scope.get(CONNECTION)) as answering:
            scope[ANSWERING] = answering
            await self._vendor(scope, receive, send)

    async def _world_of(self, scope: Scope) -> str | None:
        """The name of the world that a request is about: its key's, or that of the file that it downloads."""
        key = next((value for name, value in scope["headers"] if name == _KEY), b"")
        if key:
            return name_of(key.decode("latin-1").strip())
        return await self.engine.world_of_file(tag_in(scope["path"].rpartition("/")[2].partition(".")[0]))

    def gauges(self) -> dict[str, tuple[str, str, float]]:
        """Figures of worlds and their state: name -> type, help, value."""
        engine = self.engine
        figures: dict[str, tuple[str, str, float]] = {
            "units_total": ("counter", "Units of work that were kept.", engine.units),
            "effects_under_way": ("gauge", "Webhooks, fetches and wake-ups under way.", engine.under_way),
            "webhook_attempts_total": ("counter", "Webhook attempts that were made.", self.deliverer.attempts),
            "webhook_failures_total": ("counter", "Webhook attempts without a 2xx answer.", self.deliverer.failures),
            "waiting": ("gauge", "Clients that wait for something to happen.", len(engine.subscriptions)),
        }
        return {**figures, **engine.store.figures()}

    def ingestor(self) -> "Ingestor":
        """What fetches and probes; made at the first fetch."""
        if self._ingestor is None:
            from fakeseed.media.ingest import AddressPolicy, Ingestor

            policy = AddressPolicy(allow_private=self.options.allow_private_sources)
            self._ingestor = Ingestor(policy, seconds=self.options.source_seconds)
        return self._ingestor

    def running(self) -> AbstractAsyncContextManager[None]:
        """The application opened on this loop, and closed at the end of the context; a server does it by lifespan."""
        return self._lifespan(self)

    @asynccontextmanager
    async def _lifespan(self, _: object) -> AsyncIterator[None]:
        self.loop = asyncio.get_running_loop()
        await self.engine.open()
        watching = asyncio.ensure_future(self._watch(self._default_scenarios)) if self._default_scenarios else None
        yield
        if watching is not None:
            watching.cancel()
        await self.close()

    async def _watch(self, scenarios: "DefaultScenarios") -> None:
        """Read scenarios again when their files change, and say so."""
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            changed, report = scenarios.read_again()
            if report:
                sys.stderr.write(f"{report}\n")
            if changed:
                for name in await self.engine.store.names():
                    await self.engine.reset(name)

    async def close(self) -> None:
        """Stop what is under way, count what is lost by it, and let go of what is open."""
        self.dropped = 0 if self.engine.store.lasting else self.engine.under_way
        await self.engine.close()
        await self.deliverer.aclose()
        if self._ingestor is not None:
            await self._ingestor.aclose()
