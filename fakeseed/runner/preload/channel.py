"""The connection by which a program takes part: requests to the control API, without the modules that are replaced."""

from __future__ import annotations

import _socket
import json
from typing import Any

PREFIX = "/_fakeseed/clock/"
READ = 1 << 16


class ChannelError(Exception):
    """The emulator does not answer any more."""


class Channel:
    """One keep-alive connection to the control API of one world."""

    def __init__(self, host: str, port: int, key: str) -> None:
        family = _socket.AF_INET6 if ":" in host else _socket.AF_INET
        self._socket = _socket.socket(family, _socket.SOCK_STREAM)
        self._head = f"Host: {host}:{port}\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
        self._unread = b""
        try:
            self._socket.connect((host, port))
            self._socket.setsockopt(_socket.IPPROTO_TCP, _socket.TCP_NODELAY, 1)
        except OSError as error:
            self._socket.close()
            raise ChannelError(str(error)) from None

    def fileno(self) -> int:
        """The descriptor that becomes readable with a reply."""
        return self._socket.fileno()

    def send(self, call: str, order: dict[str, Any]) -> None:
        """Send a call; its reply is read by ``receive``. Raises ChannelError."""
        body = json.dumps(order).encode()
        head = f"POST {PREFIX}{call} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        try:
            self._socket.sendall(head.encode() + body)
        except OSError as error:
            raise ChannelError(str(error)) from None

    def receive(self) -> dict[str, Any]:
        """The reply to the call before. Raises ChannelError."""
        while b"\r\n\r\n" not in self._unread:
            self._read()
        head, _, self._unread = self._unread.partition(b"\r\n\r\n")
        status, *fields = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        length = int(headers.get("content-length", "0"))
        while len(self._unread) < length:
            self._read()
        body, self._unread = self._unread[:length], self._unread[length:]
        if status.split(" ")[1] != "200":
            raise ChannelError(f"{status}: {body.decode('utf-8', 'replace')}")
        reply: dict[str, Any] = json.loads(body)
        return reply

    def ask(self, call: str, order: dict[str, Any]) -> dict[str, Any]:
        """Send a call and wait for its reply. Raises ChannelError."""
        self.send(call, order)
        return self.receive()

    def _read(self) -> None:
        try:
            chunk = self._socket.recv(READ)
        except OSError as error:
            raise ChannelError(str(error)) from None
        if not chunk:
            raise ChannelError("the emulator closed the connection")
        self._unread += chunk

    def close(self) -> None:
        """Let go of the connection."""
        self._socket.close()
