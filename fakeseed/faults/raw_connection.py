"""One answer on its way to the wire, for faults that do more than change what it says."""

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import msgspec
from starlette.types import Receive, Scope

from fakeseed.model.times import unix_seconds
from fakeseed.piapi.cors import CORS
from fakeseed.piapi.responses import Response, dated
from fakeseed.world.sleepers import Answering

CONNECTION = "fakeseed.connection"
"""Key of a request's scope under which the server puts the connection's transport."""
ANSWERING = "fakeseed.answering"
"""Key of a request's scope under which stands what those who wait for its world are told of it."""

SERVED = "fakeseed.served"
"""Key of a request's scope that says of a request without a connection that others reach the server over one."""

_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER with no time: the kernel sends RST in place of FIN
_PHRASES = {status.value: status.phrase for status in HTTPStatus}
_DRAINED = 0.03
"""Real seconds for bytes to cross loopback before a reset, which would overtake them."""


def reaches_socket(scope: Scope) -> bool:
    """Whether whoever sends this request may arm faults that show themselves only on a socket."""
    return CONNECTION in scope or SERVED in scope


def instant_shown(response: Response, now: int) -> int | None:
    """The instant that an answer's Date shows; None where the answer names a date of its own."""
    return None if any(name == b"date" for name, _ in response.headers) else now


class RawConnection(msgspec.Struct):
    """An answer and the connection it goes out on.

    ``response`` is what the server meant to say at the instant ``now``; ``draw`` gives this firing's fractions by name;
    ``effects_done`` waits until every effect of the world so far (webhooks, fetches) is done.
    """

    answer: Response
    now: int
    scope: Scope
    receive: Receive
    draw: Callable[[str], float]
    effects_done: Callable[[], Awaitable[None]]

    def head(self, length: int | None = None) -> bytes:
        """Status line and headers as bytes. ``length`` is what Content-Length says, the body's by default."""
        status = self.answer.status
        phrase = _PHRASES.get(status, "")
        size = len(self.answer.body) if length is None else length
        headers = [*self.answer.headers, *self.scope.get(CORS, ()), (b"connection", b"close")]
        if status != 204 or length is not None:
            headers.append((b"content-length", b"%d" % size))
        at = instant_shown(self.answer, self.now)
        if at is not None:
            headers.append(dated(unix_seconds(at)))
        header_lines = [
            b"HTTP/1.1 %d %s" % (status, phrase.encode()),
            *(name + b": " + value for name, value in headers),
        ]
        return b"\r\n".join([*header_lines, b"", b""])

    @property
    def body(self) -> bytes:
        """The body, which an answer to HEAD has not."""
        return b"" if self.scope["method"] == "HEAD" else self.answer.body

    @property
    def _transport(self) -> Any:
        return self.scope[CONNECTION]

    def write(self, data: bytes) -> None:
        """Put bytes on the wire, now."""
        if not self._transport.is_closing():
            self._transport.write(data)
            self._transport.flush()

    @property
    def ended(self) -> bool:
        """Whether the connection is ending."""
        return bool(self._transport.is_closing())

    async def close(self) -> None:
        """End the connection in order (FIN)."""
        self._transport.close()
        await self.gone()

    async def reset(self) -> None:
        """Tear the connection down (RST), after what was written has arrived."""
        while self._transport.get_write_buffer_size() and not self.ended:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(_DRAINED)
        await asyncio.sleep(_DRAINED)
        connection = self._transport.get_extra_info("socket")
        if connection is not None and not self.ended:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self._transport.abort()
        await self.gone()

    async def rest(self, seconds: float | None = None) -> None:
        """Hold the answer for so long (None: for good), or until the connection has ended.

        The time is real, but where the client's waiting moves the world's clock: there it is the world's.
        """
        answering: Answering | None = self.scope.get(ANSWERING)
        if answering is not None:
            await answering.pause(seconds, self.gone())
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self.gone()

    async def settled(self) -> None:
        """Hold the answer until every effect of the world so far is done.

        A webhook may go to the very program that waits for this answer, so meanwhile it counts as held.
        """
        answering: Answering | None = self.scope.get(ANSWERING)
        if answering is None:
            await self.effects_done()
        else:
            await answering.pause(None, self.effects_done())

    async def gone(self) -> None:
        """Wait until the connection has ended, by whichever side."""
        while (await self.receive())["type"] != "http.disconnect":
            pass
