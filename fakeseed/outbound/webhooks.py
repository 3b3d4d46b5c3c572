"""Sending one webhook attempt, within limits of time and address, without ever raising."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

from fakeseed import __version__
from fakeseed.media.ingest.outcome import Refused
from fakeseed.model.behaviours import implements
from fakeseed.model.profiles import Profile
from fakeseed.model.references import is_http_url
from fakeseed.model.task import Task
from fakeseed.outbound.receivers import Turns
from fakeseed.world.journal import SECRET_HEADER
from fakeseed.world.webhooks import TIMEOUT_SECONDS
from fakeseed.world.world import Deliver, Sent

if TYPE_CHECKING:
    import httpx

Body = Callable[[Task, Profile], bytes]
"""Makes a message's body from a task and its world's profile."""


class Deliverer:
    """Sends webhook attempts. ``body`` is called when an attempt goes out, so the message shows what a get shows."""

    def __init__(self, body: Body, transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None) -> None:
        self._body = body
        self._transport = transport
        self._client: httpx.AsyncClient | None = None
        self.turns = Turns()
        self.attempts = self.failures = 0

    async def send(self, effect: Deliver) -> Sent:
        """What became of an attempt, with the message as it went out."""
        sent = await self._send(effect)
        self.attempts += 1
        self.failures += not 200 <= sent.status < 300
        return sent

    async def _send(self, effect: Deliver) -> Sent:
        task = effect.task
        if not is_http_url(task.webhook_endpoint):
            return Sent(0, "the endpoint is not an http(s) URL")
        headers = {"content-type": "application/json", "user-agent": f"fakeseed/{__version__}"}
        if effect.secret:
            headers |= self._secret(effect.secret)
        body = self._body(task, effect.profile)
        pairs = tuple((name.encode(), value.encode()) for name, value in headers.items())
        return Sent(*await self._status(task.webhook_endpoint, body, headers), pairs, body)

    async def _status(self, url: str, body: bytes, headers: dict[str, str]) -> tuple[int, str]:
        """The receiver's status and no cause, or 0 and why there was no answer."""
        try:
            async with self.turns.turn(url), asyncio.timeout(TIMEOUT_SECONDS):
                return await self._post(url, body, headers), ""
        except TimeoutError:
            return 0, f"no answer within {TIMEOUT_SECONDS:.0f} s"
        except Refused as refused:
            return 0, str(refused.details["cause"])
        except Exception as problem:  # whatever a receiver or its URL makes the client raise, the attempt has failed
            return 0, f"{type(problem).__name__}: {problem}"[:200]

    @staticmethod
    @implements("webhook.secret-header")
    def _secret(secret: str) -> dict[str, str]:
        """The secret as a header, verbatim; characters that no header can carry are left out."""
        return {SECRET_HEADER: "".join(char for char in secret if " " <= char <= "~").strip()}

    async def _post(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        client = await self._open()
        async with client.stream("POST", url, content=body, headers=headers) as response:
            return response.status_code

    async def _open(self) -> "httpx.AsyncClient":
        """The client, made at the first webhook: its import and its certificates take 100 ms, off the event loop."""
        if self._client is None:
            transport = self._transport() if self._transport else await asyncio.to_thread(_checked_transport)
            import httpx

            if self._client is None:
                self._client = httpx.AsyncClient(transport=transport, timeout=TIMEOUT_SECONDS, trust_env=False)
        return self._client

    async def aclose(self) -> None:
        """Let go of open connections."""
        if self._client is not None:
            await self._client.aclose()


def _checked_transport() -> "httpx.AsyncBaseTransport":
    from fakeseed.outbound.checked_transport import CheckedTransport

    return CheckedTransport()
