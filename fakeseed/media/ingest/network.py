"""Connections to approved addresses only. Imports httpcore, so it is imported at the first fetch."""

import asyncio
import socket
from collections.abc import Iterable
from contextlib import suppress

import httpcore

from fakeseed.media.ingest.addresses import AddressPolicy
from fakeseed.media.ingest.outcome import Refused

# More addresses of one name are not tried, so that each has a fair share of the time.
_TRIES = 4


async def resolve(host: str, port: int) -> list[str]:
    """All addresses of a host name, or of an address in any spelling that the system takes (127.1, 0x7f000001)."""
    addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in addresses))


class CheckedBackend(httpcore.AsyncNetworkBackend):
    """Resolves a name once, and connects to the very address that was checked.

    A name that answers differently the second time (DNS rebinding) is thereby never asked a second time.
    """

    def __init__(self, policy: AddressPolicy) -> None:
        self._policy = policy
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of the base class
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        approved = [address for address in await resolve(host, port) if self._policy.allows(address)]
        if not approved:
            raise Refused("DownloadFailed", cause="the address may not be contacted")
        *earlier, last = approved[:_TRIES]
        share = None if timeout is None else timeout / (len(earlier) + 1)
        for address in earlier:
            with suppress(httpcore.ConnectError, httpcore.ConnectTimeout):
                return await self._inner.connect_tcp(address, port, share, local_address, socket_options)
        return await self._inner.connect_tcp(last, port, share, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature of the base class
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        raise Refused("DownloadFailed", cause="the address may not be contacted")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
