"""An emulator in this process, and one key's world of it.

The pytest fixture, the judge, the scenario runner and our own tests all use these two. They speak to a world through
the control API like anybody else; their calls go in-process, so that no proxy, mock, cassette or socket ban of a test
is in their way.
"""

import asyncio
import socket
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextlib import AsyncExitStack, contextmanager, suppress
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar

import msgspec

from fakeseed.client import AsyncControl, Control
from fakeseed.client.calls import PREFIX, Json, Outgoing
from fakeseed.client.environment import client_environment
from fakeseed.faults.raw_connection import SERVED
from fakeseed.model.times import parse_instant
from fakeseed.scenario.schema_types import Setup
from fakeseed.server.app import App
from fakeseed.testing.in_process import InProcessResponse, exchange, wait_for
from fakeseed.world.settings import Settings

if TYPE_CHECKING:
    import httpx

    from fakeseed.testing.transport import InProcessTransport

__tracebackhide__ = True  # a failing test shows its own lines

T = TypeVar("T")

START = "2026-06-07T15:41:23Z"
"""Where worlds begin unless a setup says otherwise, so that a run sees the same today and next year."""
START_SECONDS = 30
PAGE = 5000
"""Journal entries that are read at once."""

ClockMode = Literal["frozen", "auto", "real"]


def new_event_loop() -> asyncio.AbstractEventLoop:
    """A loop, the quick one where it exists; also in a test whose sockets are banned."""
    make: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop
    with suppress(ModuleNotFoundError):
        make = import_module("uvloop").new_event_loop
    with standard_sockets():
        return make()


@contextmanager
def standard_sockets() -> Iterator[None]:
    """The standard library's own socket class for a moment, where a plugin has put one in its place that refuses."""
    replacement = socket.socket
    standard: Any = next(base for base in replacement.__mro__ if base.__module__ == "socket")
    socket.socket = standard  # type: ignore[misc]
    try:
        yield
    finally:
        socket.socket = replacement  # type: ignore[misc]


class LocalEmulator:
    """An emulator in this process, on an event loop of its own. It listens from the first use of ``url``."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._started: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, name="fakeseed", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop = self._started.result(START_SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_SECONDS)

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with AsyncExitStack() as self._resources:
            try:
                await self._resources.enter_async_context(self.app.running())
            except BaseException as problem:
                self._started.set_exception(problem)
                return
            self._started.set_result(asyncio.get_running_loop())
            await self._stop.wait()

    def run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something on the emulator's loop, and wait for it."""
        return wait_for(coroutine, self._loop)

    async def run_async(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run something on the emulator's loop, awaited on any other."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(coroutine, self._loop))

    @cached_property
    def url(self) -> str:
        """Where clients reach it over a socket. Raises StartError when no port can be had."""
        return self.run(self._listen())

    async def _listen(self) -> str:
        from fakeseed.server.run import listening  # brings uvicorn, which in-process clients need not load

        with standard_sockets():
            context = listening(self.app)
            return await self._resources.enter_async_context(context)

    @property
    def host(self) -> str:
        """The Host that control calls name, so that URLs in their answers lead here."""
        return self.url.partition("//")[2] if "url" in vars(self) else "fakeseed"

    def exchange(self, call: Outgoing, key: str) -> Coroutine[Any, Any, InProcessResponse]:
        """A control call. It may arm what needs a socket, for there is one."""
        headers = [(b"host", self.host.encode()), (b"x-api-key", key.encode()), (b"content-type", b"application/json")]
        return exchange(self.app, call.method, call.target.encode(), headers, call.body, **{SERVED: True})

    def transport(self) -> "InProcessTransport":
        """An httpx transport, for sync and async clients, that needs no socket."""
        from fakeseed.testing.transport import InProcessTransport  # brings httpx

        return InProcessTransport(self.app, self._loop)


@contextmanager
def local_emulator(
    seed: str,
    *,
    app: Callable[..., App] = App,
    webhook_transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
    **settings: Any,
) -> Iterator[LocalEmulator]:
    """An emulator for as long as the context lasts; its worlds stand at ``START``. Raises StartError."""
    chosen = Settings(**{"seed": seed, "freeze_at": parse_instant(START), **settings})
    with LocalEmulator(app(chosen, webhook_transport=webhook_transport)) as emulator:
        yield emulator


class WorldControl(Control):
    """The control API of one world of a local emulator."""

    def __init__(self, emulator: LocalEmulator, key: str) -> None:
        self._emulator = emulator
        self._key = key

    @property
    def url(self) -> str:
        """Where the emulator is."""
        return self._emulator.url

    def _exchange(self, call: Outgoing) -> tuple[int, bytes]:
        response = self._emulator.run(self._emulator.exchange(call, self._key))
        return response.status, response.body

    def close(self) -> None:
        """There is nothing to let go of."""


class AsyncWorldControl(AsyncControl):
    """As ``WorldControl``; every call is awaited, on any loop."""

    def __init__(self, emulator: LocalEmulator, key: str) -> None:
        self._emulator = emulator
        self._key = key

    @property
    def url(self) -> str:
        """Where the emulator is."""
        return self._emulator.url

    async def _exchange(self, call: Outgoing) -> tuple[int, bytes]:
        response = await self._emulator.run_async(self._emulator.exchange(call, self._key))
        return response.status, response.body

    async def aclose(self) -> None:
        """There is nothing to let go of."""


class TestWorld:
    """One key's world: ``base_url`` and ``api_key`` are what a client needs to be told."""

    __test__ = False  # pytest collects classes by their names

    def __init__(self, emulator: LocalEmulator, key: str) -> None:
        self.emulator = emulator
        self.api_key = key

    @property
    def base_url(self) -> str:
        """Where a client reaches the emulator."""
        return self.emulator.url

    @property
    def env(self) -> dict[str, str]:
        """What clients usually read from their environment."""
        return client_environment(self.base_url, self.api_key)

    @cached_property
    def control(self) -> Control:
        """The whole control API."""
        return WorldControl(self.emulator, self.api_key)

    def async_control(self) -> AsyncControl:
        """The control API for code that awaits."""
        return AsyncWorldControl(self.emulator, self.api_key)

    def transport(self) -> "InProcessTransport":
        """An httpx transport, for sync and async clients, that needs no socket."""
        return self.emulator.transport()

    def load(self, setup: Setup, clock: str | None = None) -> None:
        """Make the world anew as a setup says. ``clock`` is for one that names none. Raises ControlError."""
        plain = Setup(setup.world, setup.faults, setup.timeline)  # of a scenario's file, without its steps
        self.control.load_scenario(msgspec.to_builtins(plain), clock)

    def begin(self, setup: Setup, clock: ClockMode, *, rate: float = 1.0, step: float | str | None = None) -> None:
        """Make the world anew as a setup says, on this kind of clock whatever the setup names. Raises ControlError."""
        changes = {"clock": clock, "rate": rate} | ({} if step is None else {"step": step})
        self.load(msgspec.structs.replace(setup, world=msgspec.structs.replace(setup.world, **changes)))

    def sleep(self, seconds: float) -> None:
        """Let world time pass, for a client that takes its ``sleep`` from outside."""
        self.control.advance(by=seconds)

    def journal_bytes(self) -> bytes:
        """The journal as it is sent, up to 10,000 entries."""
        call = Outgoing("GET", f"{PREFIX}/journal", {"limit": 10_000})
        return self.emulator.run(self.emulator.exchange(call, self.api_key)).body

    def journal_at_rest(self) -> Json:
        """The whole journal, as ``GET journal`` gives it; the world stands still from now on."""
        self.control.freeze()
        entries: list[Json] = []
        dropped, after = 0, 0
        while page := (answer := self.control.journal(after=after, limit=PAGE))["entries"]:
            entries += page
            dropped, after = answer["dropped"], page[-1]["seq"]
        return {"entries": entries, "dropped": dropped}
