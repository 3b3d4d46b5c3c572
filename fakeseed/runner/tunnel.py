"""Two connections as one: bytes as they come, and an end on one side as the same end on the other."""

import asyncio
import socket
import struct
from typing import cast

_ABORT = struct.pack("ii", 1, 0)  # SO_LINGER with no time: the kernel sends RST in place of FIN
SETTLE_SECONDS = 0.03
"""For bytes to cross loopback before a reset, which would overtake them."""


class Connections(set[asyncio.Transport]):
    """All that are open, and how often bytes came by any of them."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = 0

    @property
    def busy(self) -> bool:
        """Whether bytes wait to be written."""
        return any(transport.get_write_buffer_size() for transport in self if not transport.is_closing())


class Leg(asyncio.Protocol):
    """One of the two. What it hears, the other says; it reads no faster than the other can write."""

    def __init__(self, alive: Connections) -> None:
        self._alive = alive
        self.other: Leg | None = None
        self.transport: asyncio.Transport | None = None
        self._heard_all = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = cast(asyncio.Transport, transport)
        self._alive.add(self.transport)

    def data_received(self, data: bytes) -> None:
        """Hand on."""
        self._alive.passed += 1
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """This side says no more (FIN): tell the other one. True keeps the way back open, which TLS has not."""
        self._heard_all = True
        if self.other is not None:
            self.other.finish()
        return self.transport is not None and self.transport.can_write_eof() and not self._over

    @property
    def _over(self) -> bool:
        return self.other is None or (self._heard_all and self.other._heard_all)

    def finish(self) -> None:
        """Say no more: half of a connection ends where that can be said, else the whole."""
        if self.transport is None or self.transport.is_closing():
            return
        if self.transport.can_write_eof() and not self._over:
            self.transport.write_eof()
        else:
            self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """This side is gone: so be the other, in the same way."""
        if self.transport is not None:
            self._alive.discard(self.transport)
        other, self.other = self.other, None
        if other is None:
            return
        if isinstance(exc, ConnectionError):
            other.reset()
        elif other.transport is not None:
            other.transport.close()

    def reset(self) -> None:
        """Tear the connection down (RST), after what was written has arrived."""
        transport = self.transport
        if transport is None or transport.is_closing():
            return
        act = self.reset if transport.get_write_buffer_size() else self._abort
        asyncio.get_running_loop().call_later(SETTLE_SECONDS, act)

    def _abort(self) -> None:
        assert self.transport is not None
        line = self.transport.get_extra_info("socket")
        if line is not None and not self.transport.is_closing():
            line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
        self.transport.abort()

    def pause_writing(self) -> None:
        """This side is slow: the other one has to wait."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        """Go on."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.resume_reading()


async def relay(
    near: asyncio.Transport, place: tuple[str, int], first: bytes, welcome: bytes, alive: Connections
) -> None:
    """Join a connection, whose reading is paused, to another place, saying ``welcome`` once that is reached.

    ``first`` is what the near side has said already; ``alive`` gets every connection for as long as it lasts. Raises
    OSError when the place cannot be reached.
    """
    _, far = await asyncio.get_running_loop().create_connection(lambda: Leg(alive), *place)
    assert far.transport is not None
    if near.is_closing():
        far.transport.abort()
        return
    leg = Leg(alive)
    leg.connection_made(near)
    leg.other, far.other = far, leg
    near.set_protocol(leg)
    near.write(welcome)
    far.transport.write(first)
    near.resume_reading()
