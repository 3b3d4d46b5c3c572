"""``Control`` and ``AsyncControl``: the control API's calls, sent over httpx."""

import os
from collections.abc import AsyncIterator, Awaitable, Iterator
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, Unpack

from fakeseed.client.calls import WAIT_SECONDS, Calls, ControlError, Filters, Json, Outgoing, decode_response

if TYPE_CHECKING:
    import httpx

__tracebackhide__ = True  # a failing test shows its own lines

DEFAULT_URL = "http://127.0.0.1:8787"
DEFAULT_KEY = "fakeseed"
PAGE = 1000
"""Entries that an iteration over the journal takes at once."""


class _Address:
    """Where calls go and as whom: as told, else the environment's FAKESEED_URL, FAKESEED_API_KEY (or FAKESEED_KEY) and
    FAKESEED_CONTROL_TOKEN, else a local emulator."""

    def __init__(
        self, url: str | None, key: str | None, token: str | None, world: str | None, client: Any, timeout: float
    ) -> None:
        base_url = str(client.base_url) if client is not None else ""
        self.url = (url or base_url or os.environ.get("FAKESEED_URL") or DEFAULT_URL).rstrip("/")
        own_key = client.headers.get("X-API-Key") if client is not None else None
        key = key or own_key or os.environ.get("FAKESEED_API_KEY") or os.environ.get("FAKESEED_KEY") or DEFAULT_KEY
        token = token or os.environ.get("FAKESEED_CONTROL_TOKEN")
        self.headers = {"X-API-Key": key} if world is None else {"X-Fakeseed-World": world}
        self.headers |= {"X-Fakeseed-Token": token} if token else {}
        self._timeout = timeout

    @property
    def encrypted(self) -> bool:
        """Whether certificates have to be read, which takes 30 ms, and plain HTTP needs none."""
        return not self.url.startswith("http://")

    def request(self, call: Outgoing) -> dict[str, Any]:
        """A call as httpx takes it."""
        import httpx  # takes 60 ms, and who speaks in-process needs none of it

        seconds = self._timeout + (WAIT_SECONDS if call.patient else 0)
        return {
            "method": call.method,
            "url": self.url + call.target,
            "headers": self.headers | ({"Content-Type": "application/json"} if call.body else {}),
            "content": call.body,
            "timeout": httpx.Timeout(self._timeout, read=seconds),
        }

    def failure(self, problem: Exception) -> Exception:
        """What to raise for what an httpx client raised: a ControlError where no answer came."""
        import httpx

        if not isinstance(problem, httpx.HTTPError | httpx.InvalidURL | httpx.CookieConflict | UnicodeError):
            return problem
        cause = "it took too long" if isinstance(problem, httpx.TimeoutException) else str(problem) or "no connection"
        return ControlError(f"no answer from {self.url}: {cause}", "start the emulator with `fakeseed serve`")


class Control(Calls[Json]):
    """The control API of one key's world.

    ``world`` names a world (``worlds`` lists them) in place of a key. ``client`` is an httpx client of your own, which
    stays open; ``transport`` replaces the network, for instance by an application in the same process. ``timeout`` in
    seconds is for all calls but waits, which have their own.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        token: str | None = None,
        world: str | None = None,
        client: "httpx.Client | None" = None,
        transport: "httpx.BaseTransport | None" = None,
        timeout: float = 30.0,
    ) -> None:
        import httpx

        self._address = _Address(url, key, token, world, client, timeout)
        self._client = client or httpx.Client(transport=transport, trust_env=False, verify=self._address.encrypted)
        self._owned = client is None

    @property
    def url(self) -> str:
        """Where the emulator is."""
        return self._address.url

    @property
    def headers(self) -> dict[str, str]:
        """What every call carries: the key or the world's name, and the control token."""
        return dict(self._address.headers)

    def failure(self, problem: Exception) -> Exception:
        """What is raised for a problem of the HTTP client."""
        return self._address.failure(problem)

    def _send(self, call: Outgoing) -> Json:
        return decode_response(*self._exchange(call))

    def _exchange(self, call: Outgoing) -> tuple[int, bytes]:
        try:
            response = self._client.request(**self._address.request(call))
        except Exception as problem:
            raise self._address.failure(problem) from None
        return response.status_code, response.content

    def entries(self, *, after: int = 0, **filters: Unpack[Filters]) -> Iterator[Json]:
        """Every entry of the journal that passes the filters, page by page."""
        while page := self.journal(after=after, limit=PAGE, **filters)["entries"]:
            yield from page
            after = page[-1]["seq"]

    def close(self) -> None:
        """Let go of connections that are this client's own."""
        if self._owned:
            self._client.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()


class AsyncControl(Calls[Awaitable[Json]]):
    """As ``Control``; every call is awaited."""

    def __init__(
        self,
        url: str | None = None,
        *,
        key: str | None = None,
        token: str | None = None,
        world: str | None = None,
        client: "httpx.AsyncClient | None" = None,
        transport: "httpx.AsyncBaseTransport | None" = None,
        timeout: float = 30.0,
    ) -> None:
        import httpx

        self._address = _Address(url, key, token, world, client, timeout)
        self._client = client or httpx.AsyncClient(transport=transport, trust_env=False, verify=self._address.encrypted)
        self._owned = client is None

    @property
    def url(self) -> str:
        """Where the emulator is."""
        return self._address.url

    async def _send(self, call: Outgoing) -> Json:
        return decode_response(*await self._exchange(call))

    async def _exchange(self, call: Outgoing) -> tuple[int, bytes]:
        try:
            response = await self._client.request(**self._address.request(call))
        except Exception as problem:
            raise self._address.failure(problem) from None
        return response.status_code, response.content

    async def entries(self, *, after: int = 0, **filters: Unpack[Filters]) -> AsyncIterator[Json]:
        """Every entry of the journal that passes the filters, page by page."""
        while page := (await self.journal(after=after, limit=PAGE, **filters))["entries"]:
            for entry in page:
                yield entry
            after = page[-1]["seq"]

    async def aclose(self) -> None:
        """Let go of connections that are this client's own."""
        if self._owned:
            await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        await self.aclose()
