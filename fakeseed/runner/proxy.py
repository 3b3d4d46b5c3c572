"""A proxy on loopback that brings a child's requests to the vendor's hosts to the emulator.

    child ── CONNECT api.piapi.ai:443 ── proxy ══ door (TLS ends here) ── emulator
             CONNECT allowed host     ── proxy ── that host, untouched
             CONNECT any other host   ── 403, and one line

Clients that take no proxy from their environment are led to the door itself (``preload/``).
"""

import asyncio
import hmac
import ipaddress
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast
from urllib.parse import urlsplit

import msgspec

from fakeseed.errors import UsageError
from fakeseed.model.hosts import VENDOR_HOSTS
from fakeseed.runner.environment import child_environment
from fakeseed.runner.proxy_request import END_OF_HEAD, MAX_HEAD, ProxyRequest, read_proxy_request
from fakeseed.runner.tunnel import Connections, relay
from fakeseed.server.authority import Authority
from fakeseed.server.run import bind
from fakeseed.world.rng import fresh_secret

USER = "fakeseed"
HEAD_SECONDS = 30
END_SECONDS = 5
TURNS = 8
"""Turns of the event loop after which every byte that lay in its sockets is read, a new connection's included."""
PHRASES = {
    400: "Bad Request",
    403: "Forbidden",
    407: "Proxy Authentication Required",
    408: "Request Timeout",
    431: "Request Header Fields Too Large",
    502: "Bad Gateway",
}
WELCOME = b"HTTP/1.1 200 Connection established\r\n\r\n"

Place = tuple[str, int]


class Intercepted(msgspec.Struct, frozen=True):
    """What a child's environment needs (``env``), a line for each host that was refused, and what bytes come by."""

    env: dict[str, str]
    refused: list[str]
    proxy: "Proxy"


@contextmanager
def intercepting(
    emulator_url: str, *, allow: Collection[str] = (), tell: Callable[[str], object] = lambda _: None
) -> Iterator[Intercepted]:
    """Answer for the vendor's hosts as long as the context lasts; ``allow`` are hosts that may be reached besides.

    ``tell`` gets each line of ``refused`` as it comes, in another thread. Raises UsageError for a URL that does not
    lead to an emulator over plain HTTP, StartError when the proxy cannot start.
    """
    parts = urlsplit(emulator_url)
    if parts.scheme != "http" or not parts.hostname or not parts.port:
        raise UsageError(f"{emulator_url!r} is no emulator's address", "give http://host:port, without TLS")
    authority = Authority()
    proxy = Proxy((parts.hostname, parts.port), allow, fresh_secret(), tell)
    with TemporaryDirectory(prefix="fakeseed-") as place, proxy.running(authority):
        yield Intercepted(
            child_environment(
                Path(place), authority.certificate, proxy.url, proxy.doors, sorted(proxy.allowed), proxy.open_port
            ),
            proxy.refused,
            proxy,
        )


class Proxy:
    """The proxy and its door, on an event loop in a thread of their own."""

    def __init__(self, emulator: Place, allow: Collection[str], secret: str, tell: Callable[[str], object]) -> None:
        self.allowed = {host.lower() for host in allow}
        self.refused: list[str] = []
        self._tell = tell
        self._credential = f"{USER}:{secret}"
        self._emulator = emulator
        self._listener, self._open, self._door = (bind("127.0.0.1", 0) for _ in range(3))
        self._loop: asyncio.AbstractEventLoop | None = None
        self.connections = Connections()
        self.work: set[asyncio.Future[None]] = set()

    @property
    def url(self) -> str:
        """The proxy's address, with the credential that only the child knows."""
        return f"http://{self._credential}@127.0.0.1:{self._listener.getsockname()[1]}"

    @property
    def open_port(self) -> int:
        """Where a program that has no credential reaches the vendor's hosts, and no others."""
        return int(self._open.getsockname()[1])

    async def passed(self) -> int:
        """How often bytes came by, once all that lay in sockets was handed on. For another thread's loop."""
        assert self._loop is not None, "it runs"
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._drained(), self._loop))

    async def _drained(self) -> int:
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.connections.passed += self.connections.busy
        return self.connections.passed

    @property
    def doors(self) -> dict[int, Place]:
        """Port of a vendor's host -> where it is answered here."""
        return {443: ("127.0.0.1", self._door.getsockname()[1]), 80: self._emulator}

    @contextmanager
    def running(self, authority: Authority) -> Iterator[None]:
        """Serve as long as the context lasts."""
        self._loop = loop = asyncio.new_event_loop()
        stopping = asyncio.Event()
        serving = self._serve(authority, stopping)
        thread = threading.Thread(target=loop.run_until_complete, args=(serving,), name="fakeseed-proxy", daemon=True)
        thread.start()
        try:
            yield
        finally:
            loop.call_soon_threadsafe(stopping.set)
            thread.join()
            loop.close()

    async def _serve(self, authority: Authority, stopping: asyncio.Event) -> None:
        loop = asyncio.get_running_loop()
        context = authority.context(VENDOR_HOSTS)
        asking = await loop.create_server(lambda: Asking(self), sock=self._listener)
        asking_openly = await loop.create_server(lambda: Asking(self, openly=True), sock=self._open)
        door = await loop.create_server(lambda: Door(self), sock=self._door, ssl=context, ssl_shutdown_timeout=1)
        await stopping.wait()
        asking.close()
        asking_openly.close()
        door.close()
        await self._end()

    async def _end(self) -> None:
        """Let go of everything."""
        with suppress(TimeoutError):
            async with asyncio.timeout(END_SECONDS):
                while self.connections or self.work:
                    for transport in tuple(self.connections):
                        transport.abort()
                    for work in tuple(self.work):
                        work.cancel()
                    await asyncio.sleep(0.01)

    def knows(self, credential: str) -> bool:
        """Whether this is the child: other users of the machine can reach the port, too."""
        return hmac.compare_digest(credential.encode("latin-1"), self._credential.encode())

    def place(self, asked: ProxyRequest) -> Place | None:
        """Where a client is led to, None when nowhere."""
        host = asked.host.lower()
        if host in VENDOR_HOSTS:
            return self.doors.get(asked.port if asked.tunnel else 80)
        free = host in self.allowed or _is_this_machine(host)
        return (asked.host, asked.port) if free and not asked.tls else None

    def refuse(self, asked: ProxyRequest) -> str:
        """What to tell of a host that is not reached; told once."""
        line = f"{asked.host}:{asked.port} was not reached; --allow {asked.host} lets it through"
        if line not in self.refused:
            self.refused.append(line)
            self._tell(line)
        return line

    async def join(self, near: asyncio.Transport, place: Place, first: bytes = b"", welcome: bytes = b"") -> None:
        """Join a connection to a place, as far as both last."""
        try:
            await relay(near, place, first, welcome, self.connections)
        except OSError as problem:
            near.write(answer(502, f"{place[0]}:{place[1]} cannot be reached: {problem.strerror or problem}"))
            near.close()

    def begin(self, near: asyncio.Transport, place: Place, first: bytes = b"", welcome: bytes = b"") -> None:
        """Start joining."""
        near.pause_reading()
        work = asyncio.ensure_future(self.join(near, place, first, welcome))
        self.work.add(work)
        work.add_done_callback(self.work.discard)


class Asking(asyncio.Protocol):
    """A connection to the proxy whose client has yet to say where it wants to go."""

    def __init__(self, proxy: Proxy, *, openly: bool = False) -> None:
        self._proxy = proxy
        self._openly = openly
        self._heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, with patience for a while."""
        self._transport = cast(asyncio.Transport, transport)
        self._proxy.connections.add(self._transport)
        self._patience = asyncio.get_running_loop().call_later(
            HEAD_SECONDS, self._say, 408, f"no request came within {HEAD_SECONDS} s"
        )

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went."""
        self._patience.cancel()
        self._proxy.connections.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        """Read until the head is whole."""
        self._proxy.connections.passed += 1
        self._heard += data
        head, found, rest = self._heard.partition(END_OF_HEAD)
        if found:
            self._patience.cancel()
            self._answer(head + found, rest)
        elif len(self._heard) > MAX_HEAD:
            self._say(431, f"the head of a request may have {MAX_HEAD} bytes")

    def _answer(self, head: bytes, rest: bytes) -> None:
        try:
            asked = read_proxy_request(head)
        except ValueError as problem:
            return self._say(400, f"this is a proxy, and that is no request to one: {problem}")
        if not self._openly and not self._proxy.knows(asked.credential):
            return self._say(407, "user and password of this proxy are in the child's environment only")
        vendor = asked.host.lower() in VENDOR_HOSTS
        place = self._proxy.place(asked) if vendor or not self._openly else None
        if place is None:
            return self._say(403, self._proxy.refuse(asked))
        return self._proxy.begin(self._transport, place, asked.head + rest, WELCOME if asked.tunnel else b"")

    def _say(self, status: int, line: str) -> None:
        self._patience.cancel()
        self._transport.write(answer(status, line))
        self._transport.close()


class Door(asyncio.Protocol):
    """A connection that speaks to the vendor's hosts, its TLS done; all of it goes to the emulator."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Lead it on."""
        self._transport = cast(asyncio.Transport, transport)
        self._proxy.connections.add(self._transport)
        self._proxy.begin(self._transport, self._proxy.doors[80])

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went before it was led on."""
        self._proxy.connections.discard(self._transport)


def answer(status: int, line: str) -> bytes:
    """A whole answer of the proxy's own."""
    body = f"fakeseed: {line}\n".encode("latin-1", "replace")
    asks = 'Proxy-Authenticate: Basic realm="fakeseed"\r\n' if status == 407 else ""
    head = (
        f"HTTP/1.1 {status} {PHRASES[status]}\r\n{asks}Content-Type: text/plain\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + body


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
