"""uvicorn's HTTP protocol with bounds, over a transport that sends an answer in one piece.

This is the only module that leans on parts of uvicorn that it does not document: the callbacks and fields of
``HttpToolsProtocol`` and ``Server.on_tick``. The suite was run against uvicorn 0.54; the floor stands in
``pyproject.toml``.

What a connection may cost is bounded in size (``MAX_HEAD``), in time (``REQUEST_SECONDS``, ``KEEP_ALIVE_SECONDS``) and
in number (``connection_limit``). An upgrade to another protocol is ignored, as RFC 9110, section 7.8 allows.
"""

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Any, Protocol

import httptools
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import get_client_addr, get_path_with_query_string

from fakeseed.faults.raw_connection import CONNECTION
from fakeseed.world.clock import seconds_passed

MAX_HEAD = 64 * 1024
"""Bytes of a request's line and headers."""
REQUEST_SECONDS = 60.0
"""Real seconds from a request's first byte, or from the opening of its connection, to its last."""
KEEP_ALIVE_SECONDS = 75.0
"""Real seconds for which a connection stays open between two requests: longer than clients wait between polls."""
MAX_CONNECTIONS = 8192
_SPARE_DESCRIPTORS = 128
"""Descriptors that are not for connections: files, databases, webhooks."""


def connection_limit() -> int:
    """Connections at once: as many as there are file descriptors for, and no more than ``MAX_CONNECTIONS``."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return MAX_CONNECTIONS
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return MAX_CONNECTIONS
    return max(16, min(MAX_CONNECTIONS, soft - _SPARE_DESCRIPTORS))


class GatheringTransport:
    """A transport that gathers writes until the event loop's next turn.

    uvicorn writes head and body apart, which is two system calls for each answer; together they are a fifth of a small
    request's cost.
    """

    __slots__ = ("_gathered", "_loop", "_transport", "lost", "sleeper")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._gathered: list[bytes] = []
        self.lost: list[Callable[[], None]] = []
        self.sleeper: Any = None
        """The program that joined by this connection, if one did: it stays open however long the program is silent."""

    def write(self, data: bytes) -> None:
        """Send with what else is written in this turn."""
        if not self._gathered:
            self._loop.call_soon(self.flush)
        self._gathered.append(data)

    def flush(self) -> None:
        """Send what was gathered."""
        if self._gathered:
            data = b"".join(self._gathered)
            self._gathered.clear()
            if not self._transport.is_closing():  # the client may have gone meanwhile
                self._transport.write(data)

    def close(self) -> None:
        """Close when everything has left."""
        self.flush()
        self._transport.close()

    def pause_reading(self) -> None:
        """Read no more for now; a connection that has ended reads nothing anyway."""
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on, unless the connection has ended."""
        if not self._transport.is_closing():
            self._transport.resume_reading()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class Straight(Protocol):
    """Answers some requests without the application; ``fakeseed.server.straight`` has it."""

    def takes(self, scope: dict[str, Any]) -> bool:
        """Whether a request may be answered this way, as far as its head says."""

    def respond(self, scope: dict[str, Any], body: bytes) -> bytes | None:
        """The whole answer as bytes, None where the application has to answer."""


class Connection(HttpToolsProtocol):
    """One connection. ``straight``, if given, is tried first."""

    def __init__(
        self, *args: Any, straight: Straight | None = None, limit: int = MAX_CONNECTIONS, **keywords: Any
    ) -> None:
        super().__init__(*args, **keywords)
        self._straight = straight
        self._limit = limit
        self._begun = 0
        self._head_bytes = 0  # received beyond the chunk in which the head began; -1: no head
        self._skipped = False  # the request asks for another protocol, and is read anew
        self._reading = True
        self._since = seconds_passed()
        self._too_large = False
        self._body: list[bytes] | None = None  # of a request that may go straight

    # -- begin and end ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, over a gathering transport, unless too many connections are open and none of them is idle."""
        if len(self.connections) >= self._limit and not self._close_longest_idle():
            super().connection_made(GatheringTransport(transport, self.loop))  # type: ignore[arg-type]
            self._refuse(503, "too many connections are open")
            return
        super().connection_made(GatheringTransport(transport, self.loop))  # type: ignore[arg-type]

    def _close_longest_idle(self) -> bool:
        idle = [other for other in self.connections if isinstance(other, Connection) and other.idle]
        if not idle:
            return False
        oldest = min(idle, key=lambda connection: connection._since)
        oldest.transport.abort()
        self.connections.discard(oldest)
        return True

    @property
    def idle(self) -> bool:
        """Whether it stands between two requests."""
        return not self._reading and not self._answering

    @property
    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    @property
    def joined(self) -> bool:
        """Whether a program takes part by this connection: it stays open however long the program is silent."""
        return self.transport.sleeper is not None  # type: ignore[attr-defined]

    def expire(self, now: float) -> None:
        """End the connection when its request, or the pause between two, has lasted too long."""
        if self.transport.is_closing():
            return
        if self._reading:
            if now - self._since <= REQUEST_SECONDS:
                return
            if self._head_bytes >= 0 or self._body is not None:
                self._refuse(408, f"the request did not arrive within {REQUEST_SECONDS:.0f} s")
            else:  # the application has it, or has answered without its body
                self.transport.abort()
        elif self.idle and not self.joined and now - self._since > KEEP_ALIVE_SECONDS:
            if self.transport.get_write_buffer_size():  # the client has stopped to read
                self.transport.abort()
            else:
                self.transport.close()

    def _refuse(self, status: int, reason: str) -> None:
        """Answer and close: what arrived cannot be served."""
        text = reason.encode()
        head = b"content-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(text)
        self.transport.write(STATUS_LINE[status] + head + text)
        self.transport.close()

    # -- reading ------------------------------------------------------------------------------------------------------

    def data_received(self, data: bytes) -> None:
        """Parse what arrived. A head that grows too large ends the connection before it is kept."""
        if self.transport.is_closing():
            return
        begun, in_head = self._begun, self._head_bytes >= 0
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._ignore_upgrade(data[upgrade.args[0] :])
            return
        except httptools.HttpParserError:
            if self._too_large:
                self._refuse(431, f"the request's line and headers exceed {MAX_HEAD} bytes")
            else:
                self.logger.warning("Invalid HTTP request received.")
                self.send_400_response("Invalid HTTP request received.")
            return
        if in_head and self._begun == begun and self._head_bytes >= 0:  # the same head goes on
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self._refuse(431, f"the request's line and headers exceed {MAX_HEAD} bytes")

    def _ignore_upgrade(self, remainder: bytes) -> None:
        """Read the request anew, without the header that asks for another protocol, and then what follows it."""
        if self.scope["method"] == "CONNECT":  # the parser reads nothing more, and no tunnel is made
            self.cycle.keep_alive = False
            return
        lines = [b"%s %s HTTP/1.1" % (self.scope["method"].encode(), self.url)]
        lines += [name + b": " + value for name, value in self.headers if name != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join([*lines, b"", remainder]))

    def on_message_begin(self) -> None:
        """Begin a request, with its connection in reach of faults that show themselves on the wire."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope[CONNECTION] = self.transport
        self._begun += 1
        self._head_bytes = 0
        self._reading, self._since = True, seconds_passed()

    def on_headers_complete(self) -> None:
        """Begin the answer, or wait for the whole request where it may be answered straight."""
        self._head_bytes = -1
        if len(self.url) + sum([len(name) + len(value) for name, value in self.headers]) > MAX_HEAD:
            self._too_large = True
            raise ValueError("the head is too large")  # ends the parsing
        self.scope["method"] = self.parser.get_method().decode("ascii")
        self._skipped = self.parser.should_upgrade() and self.scope["method"] != "CONNECT"
        if self._skipped:
            return
        self._body = [] if self._may_go_straight() else None
        if self._body is None:
            super().on_headers_complete()

    def _may_go_straight(self) -> bool:
        straight = self._straight
        if straight is None or self.expect_100_continue or self.pipeline or self.flow.write_paused:
            return False
        if self._answering:
            return False
        if self.parser.get_http_version() != "1.1" or not self.parser.should_keep_alive():
            return False
        path, _, query = self.url.partition(b"?")
        if b"%" in path or b"#" in self.url or not path.isascii():
            return False
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["path"], scope["raw_path"], scope["query_string"] = path.decode("ascii"), path, query
        return straight.takes(scope)

    def on_body(self, body: bytes) -> None:
        """Take a part of the body."""
        if self._skipped:
            return
        if self._body is None:
            super().on_body(body)
            return
        self._body.append(body)
        if sum(map(len, self._body)) > MAX_HEAD:
            self._leave_straight()

    def on_message_complete(self) -> None:
        """The request has arrived whole."""
        if self._skipped:
            return
        if self._body is not None:
            answer = self._answer_straight(b"".join(self._body))
            if answer is not None:
                self._body = None
                self.server_state.total_requests += 1
                self.transport.write(answer)
                self._reading, self._since = False, seconds_passed()
                return
            self._leave_straight()
        super().on_message_complete()
        self._reading = False

    def _answer_straight(self, body: bytes) -> bytes | None:
        assert self._straight is not None
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        answer = self._straight.respond(scope, body)
        if answer is not None and self.access_log:
            log_request(self.access_logger, scope, int(answer[9:12]))
        return answer

    def _leave_straight(self) -> None:
        """Let the application answer what was meant to be answered straight."""
        chunks, self._body = self._body or [], None
        super().on_headers_complete()
        for chunk in chunks:
            super().on_body(chunk)

    def on_response_complete(self) -> None:
        """Go on with the next request; ``expire`` ends a connection on which none comes."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self._since = seconds_passed()
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())

    def connection_lost(self, exc: Exception | None) -> None:
        """End; requests that were waiting behind another are not begun."""
        self.pipeline.clear()
        lost, self.transport.lost = self.transport.lost, []  # type: ignore[attr-defined]
        for tell in lost:
            tell()
        super().connection_lost(exc)


def log_request(logger: logging.Logger, scope: dict[str, Any], status: int) -> None:
    """A line of the access log, as uvicorn writes it."""
    logger.info(
        '%s - "%s %s HTTP/%s" %d',
        get_client_addr(scope),  # type: ignore[arg-type]
        scope["method"],
        get_path_with_query_string(scope),  # type: ignore[arg-type]
        scope["http_version"],
        status,
    )


def expire_connections(connections: "set[Any]", now: float) -> None:
    """End the connections that have lasted too long in one state."""
    for connection in list(connections):
        connection.expire(now)


def connection_class(straight: Straight | None) -> Callable[..., Connection]:
    """What uvicorn makes a connection with."""
    return functools.partial(Connection, straight=straight, limit=connection_limit())
