"""API keys that judged programs use: which ones came, and how every key leads into one world."""

from collections import Counter
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from fakeseed.server.app import CONTROL, App
from fakeseed.world.journal import KEY_HEADER

_KEY = KEY_HEADER.encode()
FILES = "/ephemeral/"
SHOWN = 4
"""Characters that are shown of a key at its beginning."""
SHORT = 12
"""Keys up to this length are shown whole: no real key is as short."""


class KeyCountingApp(App):
    """The emulator, counting the vendor's requests by key."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.requests_by_key: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """As ``App``."""
        if scope["type"] == "http" and not scope["path"].startswith((CONTROL, FILES)):  # files need no key
            self.requests_by_key[_key_of(scope)] += 1
        await super().__call__(scope, receive, send)


def _key_of(scope: Scope) -> str:
    key: bytes = next((value for name, value in scope["headers"] if name == _KEY), b"")
    return key.decode("latin-1").strip()


def any_key_as(app: ASGIApp, key: str) -> ASGIApp:
    """The application for one judged program: whatever key a request carries, it is taken for ``key``."""

    async def rewritten(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = [(name, key.encode() if name == _KEY else value) for name, value in scope["headers"]]
            scope = {**scope, "headers": headers}
        await app(scope, receive, send)

    return rewritten


def masked(key: str) -> str:
    """A key as reports may show it: a real one would be a secret in a log."""
    if not key:
        return "no key"
    return repr(key) if len(key) <= SHORT else repr(f"{key[:SHOWN]}...")
