"""An HTTP transport that contacts loopback, private and public addresses, and no link-local or metadata ones.

Imports httpx, so it is imported at the first webhook.
"""

from collections.abc import AsyncIterator

import httpcore
import httpx

from fakeseed.media.ingest.addresses import AddressPolicy
from fakeseed.media.ingest.network import CheckedBackend


class _Body(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


class CheckedTransport(httpx.AsyncBaseTransport):
    """Connects to the very address that was checked; reads no proxy from the environment."""

    def __init__(self) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            httpx.create_ssl_context(trust_env=False),
            max_connections=None,
            max_keepalive_connections=20,
            network_backend=CheckedBackend(AddressPolicy(allow_private=True)),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request."""
        url = request.url
        target = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        sent = httpcore.Request(
            request.method, target, headers=request.headers.raw, content=request.content, extensions=request.extensions
        )
        response = await self._pool.handle_async_request(sent)
        return httpx.Response(
            response.status, headers=response.headers, stream=_Body(response), extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Let go of open connections."""
        await self._pool.aclose()
