"""Turns of webhook attempts, so that a receiver that never answers costs nobody else.

Attempts to one receiver wait here, before the HTTP client: its pool looks at all that waits whenever a connection
changes, which a thousand attempts to a black hole turn into seconds.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

AT_ONCE = 32
"""Attempts that are under way to one receiver at the same time; the others wait in their order."""


class Turns:
    """Turns by receiver: scheme, host and port of an endpoint."""

    def __init__(self, at_once: int = AT_ONCE) -> None:
        self._at_once = at_once
        self._turns: dict[tuple[str, str], asyncio.Semaphore] = {}
        self._users: dict[tuple[str, str], int] = {}

    @asynccontextmanager
    async def turn(self, endpoint: str) -> AsyncIterator[None]:
        """Wait until fewer than so many attempts are under way to an endpoint's receiver."""
        parts = urlsplit(endpoint)
        receiver = parts.scheme.lower(), parts.netloc.rpartition("@")[2].lower()
        turns = self._turns.setdefault(receiver, asyncio.Semaphore(self._at_once))
        self._users[receiver] = self._users.get(receiver, 0) + 1
        try:
            async with turns:
                yield
        finally:
            self._users[receiver] -= 1
            if not self._users[receiver]:
                del self._users[receiver], self._turns[receiver]

    @property
    def waiting(self) -> int:
        """Attempts that are under way or wait."""
        return sum(self._users.values())
