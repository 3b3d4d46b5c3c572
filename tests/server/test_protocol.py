"""What one connection may cost, upgrades, keep-alive, and clients that leave in the middle."""

import asyncio
import contextlib
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from fakeseed.server.app import App
from fakeseed.server.protocol import (
    KEEP_ALIVE_SECONDS,
    MAX_HEAD,
    REQUEST_SECONDS,
    Connection,
    connection_limit,
    expire_connections,
)
from fakeseed.server.run import Server, bind
from fakeseed.server.straight import StraightWay
from fakeseed.world.clock import seconds_passed
from fakeseed.world.settings import Settings

pytestmark = pytest.mark.anyio
HEAD = "Host: a\r\nX-API-Key: k\r\n"
BODY = '{"model":"seedance","task_type":"seedance-2","input":{"prompt":"x"}}'
CREATE = f"POST /api/v1/task HTTP/1.1\r\n{HEAD}Content-Length: {len(BODY)}\r\n"
GET = f"GET /api/v1/asset/list HTTP/1.1\r\n{HEAD}\r\n"


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop turn until a condition holds."""
    while not condition():  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0)


class Running:
    """A server on the test's own loop."""

    def __init__(self, server: Server, port: int) -> None:
        self.server = server
        self.port = port
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def connections(self) -> set[Any]:
        """The open ones."""
        return self.server.server_state.connections

    async def open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection, and wait until the server has it."""
        before_opening = set(self.connections)
        streams = await self.connect()
        await until(lambda: bool(self.connections - before_opening))
        return streams

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Open a connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self._writers.append(writer)
        return reader, writer

    async def leave(self) -> None:
        """Close what the test opened."""
        for writer in self._writers:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def pass_seconds(self, seconds: float) -> None:
        """What the server does when so many seconds have passed."""
        expire_connections(self.connections, seconds_passed() + seconds)


@pytest.fixture(params=[True, False], ids=["straight", "application"])
async def running(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    app = App(Settings(seed="s"))
    listener = bind("127.0.0.1", 0)
    ready = asyncio.Event()
    server = Server(app, ready.set, straight=StraightWay(app) if request.param else None)
    serving = asyncio.create_task(server.serve([listener]))
    await ready.wait()
    running = Running(server, listener.getsockname()[1])
    yield running
    await running.leave()
    server.should_exit = True
    await serving


async def read_response(reader: asyncio.StreamReader) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of one response."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    status_line, *rows = head.split("\r\n")[:-2]
    headers = dict(row.split(": ", 1) for row in rows)
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return int(status_line.split()[1]), headers, body


@pytest.mark.parametrize("upgrade", ["h2c", "websocket", "TLS/1.0, h2c"])
@pytest.mark.parametrize("split", [True, False])
async def test_upgrade_beside_a_body_is_ignored_and_answered(
    running: Running, caplog: pytest.LogCaptureFixture, upgrade: str, split: bool
) -> None:
    reader, writer = await running.open()
    head = f"{CREATE}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: {upgrade}\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"
    with caplog.at_level(logging.WARNING):
        writer.write(head.encode())
        if split:
            await writer.drain()
            await asyncio.sleep(0.01)
        writer.write(BODY.encode() + GET.encode())
        assert (await read_response(reader))[0] == 200
        assert (await read_response(reader))[0] == 200  # the connection serves the next request
    assert not caplog.records


async def test_head_beyond_the_limit_is_refused_and_not_kept(running: Running) -> None:
    reader, writer = await running.open()
    writer.write(f"GET /account/info HTTP/1.1\r\n{HEAD}X-Large: ".encode())
    with contextlib.suppress(OSError):
        for _ in range(400):
            writer.write(b"a" * 10_000)
            await writer.drain()
    with contextlib.suppress(ConnectionError):
        assert (await read_response(reader))[0] == 431
    await until(lambda: not running.connections)


@pytest.mark.parametrize(
    ("size", "status"), [(MAX_HEAD - 200, 200), (MAX_HEAD + 1, 431)], ids=["within the limit", "beyond the limit"]
)
async def test_head_up_to_the_limit_is_served(running: Running, size: int, status: int) -> None:
    reader, writer = await running.open()
    writer.write(f"GET /account/info HTTP/1.1\r\n{HEAD}X-Large: {'a' * size}\r\n\r\n".encode())
    assert (await read_response(reader))[0] == status


async def test_large_body_is_no_large_head(running: Running) -> None:
    reader, writer = await running.open()
    body = BODY.replace('"x"', f'"{"x" * 300_000}"')
    for _ in range(2):
        writer.write(f"POST /api/v1/task HTTP/1.1\r\n{HEAD}Content-Length: {len(body)}\r\n\r\n{body}{GET}".encode())
        assert (await read_response(reader))[0] == 400  # the prompt is too long
        assert (await read_response(reader))[0] == 200


@pytest.mark.parametrize("part", ["", "GET /account/info HTTP/1.1\r\nHost:", f"{CREATE}\r\n{BODY[:9]}"])
async def test_request_that_drips_is_ended_after_its_time(running: Running, part: str) -> None:
    reader, writer = await running.open()
    writer.write(part.encode())
    await writer.drain()
    await asyncio.sleep(0.05)  # the bytes cross loopback; however few have arrived, the outcome is the same
    running.pass_seconds(REQUEST_SECONDS - 1)
    assert running.connections
    running.pass_seconds(REQUEST_SECONDS + 1)
    answer = await reader.read()
    assert answer == b"" or answer.startswith(b"HTTP/1.1 408 ")


async def test_connection_stays_for_the_commonest_poll_intervals_and_is_closed_later(running: Running) -> None:
    reader, writer = await running.open()
    for _ in range(2):
        writer.write(GET.encode())
        assert (await read_response(reader))[0] == 200
        await until(lambda: next(iter(running.connections)).idle)
        running.pass_seconds(KEEP_ALIVE_SECONDS - 1)
        assert not reader.at_eof()
    running.pass_seconds(KEEP_ALIVE_SECONDS + 1)
    assert await reader.read() == b""


async def test_idle_connection_is_closed_in_order_at_shutdown(running: Running) -> None:
    reader, writer = await running.open()
    writer.write(GET.encode())
    assert (await read_response(reader))[0] == 200
    running.server.should_exit = True
    assert await reader.read() == b""  # FIN, no reset


async def test_pipelined_requests_and_a_reset_leave_no_trace(
    running: Running, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(10):
            client = socket.create_connection(("127.0.0.1", running.port))
            client.sendall((GET * 3 + f"GET /account/info HTTP/1.1\r\n{HEAD}\r\n" * 9).encode())
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
        reader, writer = await running.open()
        writer.write(GET.encode())
        assert (await read_response(reader))[0] == 200
        writer.close()
        await until(lambda: not running.connections)
    assert not caplog.records
    assert capfd.readouterr().err == ""


async def test_beyond_the_limit_of_connections_the_longest_idle_one_goes(running: Running) -> None:
    limited = [await running.open() for _ in range(3)]
    for reader, writer in limited[1:]:
        writer.write(GET.encode())
        assert (await read_response(reader))[0] == 200
    for connection in running.connections:
        connection._limit = 3
    original = running.server.config.http_protocol_class
    running.server.config.http_protocol_class = lambda **keywords: Connection(limit=3, **keywords)  # type: ignore[assignment]
    try:
        reader, writer = await running.connect()
        writer.write(GET.encode())
        assert (await read_response(reader))[0] == 200
        with contextlib.suppress(ConnectionError):
            assert await limited[1][0].read() == b""  # idle for longest
        busy = [await running.connect() for _ in range(3)]
        replies = [await stream.read() for stream, _ in busy[2:]]
        assert replies[0].startswith(b"HTTP/1.1 503 ")  # all others wait for their request, none is idle
    finally:
        running.server.config.http_protocol_class = original


def test_limit_of_connections_leaves_descriptors_for_the_rest() -> None:
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with restored(resource, limits):
        resource.setrlimit(resource.RLIMIT_NOFILE, (1024, limits[1]))
        assert connection_limit() == 1024 - 128
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(200_000, limits[1]), limits[1]))
        assert connection_limit() <= 8192


@contextlib.contextmanager
def restored(resource: Any, limits: tuple[int, int]) -> Iterator[None]:
    """The limits as they were, at the end."""
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)
