"""One GET over plain httpcore: no cookies, no credentials, no proxies, no decoding. Imported at the first fetch.

httpcore rather than an httpx client, because what must not happen is then absent, not switched off.
"""

import asyncio
import ssl
from functools import cache

import httpcore
import httpx

from fakeseed import __version__
from fakeseed.media.ingest.addresses import AddressPolicy
from fakeseed.media.ingest.network import CheckedBackend
from fakeseed.media.ingest.outcome import Fetched, Refused

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

# A server may send its body in pieces of one byte, of which thousands arrive at once: between two that lie in memory
# already nothing waits. So the loop gets its turn, and the time limit its chance, every so many pieces.
_PIECES_PER_TURN = 64

# First match wins.
_CAUSES: tuple[tuple[type[Exception], str], ...] = (
    (httpcore.TimeoutException, "connection timed out"),
    (httpcore.ConnectError, "cannot connect"),
    (httpcore.NetworkError, "connection broken"),
    (httpcore.ProtocolError, "malformed response"),
    (ssl.SSLError, "TLS failed"),
    (OSError, "cannot connect"),  # a name that does not resolve, among others
    (UnicodeError, "malformed host name"),
)


async def transfer(url: str, *, policy: AddressPolicy, max_bytes: int, seconds: float) -> Fetched:
    """Download a URL, following redirects. Refused is the only exception, next to cancellation.

    `seconds` is shared out among the addresses of a host while connecting; the limit on the whole is the caller's.
    """
    target = _web_url(url)
    if target is None:
        raise Refused("InvalidParameter.URL")
    try:
        return await _follow(target, policy, max_bytes, seconds)
    except Refused:
        raise
    except Exception as error:  # what httpcore, h11, anyio, ssl and idna may raise is no closed list
        raise Refused("DownloadFailed", cause=_cause(error)) from error


def _web_url(url: str) -> httpx.URL | None:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, TypeError, ValueError):
        return None
    return parsed if parsed.scheme in ("http", "https") and parsed.raw_host else None


def _cause(error: Exception) -> str:
    return next((cause for kind, cause in _CAUSES if isinstance(error, kind)), type(error).__name__)


@cache
def _trusted() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


async def _follow(target: httpx.URL, policy: AddressPolicy, max_bytes: int, seconds: float) -> Fetched:
    trusted = await asyncio.to_thread(_trusted)  # reads some hundred certificates the first time
    limits = {"timeout": {"connect": seconds}}
    async with httpcore.AsyncConnectionPool(trusted, network_backend=CheckedBackend(policy)) as pool:
        for _ in range(MAX_REDIRECTS + 1):
            headers = _headers(target)
            async with pool.stream("GET", _wire_url(target), headers=headers, extensions=limits) as response:
                location = _header(response, b"location")
                if response.status not in _REDIRECTS or location is None:
                    return await _read(response, target, max_bytes)
            target = _redirected(target, location)
    raise Refused("DownloadFailed", cause="too many redirects")


def _wire_url(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _headers(url: httpx.URL) -> list[tuple[bytes, bytes]]:
    return [
        (b"Host", url.netloc),
        (b"User-Agent", f"fakeseed/{__version__}".encode()),
        (b"Accept", b"*/*"),
        (b"Accept-Encoding", b"identity"),  # nothing to unpack, so nothing that swells while unpacked
        (b"Connection", b"close"),
    ]


def _header(response: httpcore.Response, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), None)


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    try:
        target = _web_url(str(url.join(location)))
    except (httpx.InvalidURL, ValueError):
        target = None
    if target is None:
        raise Refused("DownloadFailed", cause="redirected to something that is no http(s) URL")
    return target


async def _read(response: httpcore.Response, url: httpx.URL, max_bytes: int) -> Fetched:
    if response.status != httpx.codes.OK:
        raise Refused("DownloadFailed", cause=f"status code: {response.status}")
    if (_header(response, b"content-encoding") or "identity").lower() != "identity":
        raise Refused("DownloadFailed", cause="the body is encoded, though identity was asked for")
    if int(_header(response, b"content-length") or 0) > max_bytes:
        raise Refused("FileSizeTooLarge", limit=max_bytes)
    body = bytearray()
    pieces = 0
    async for piece in response.aiter_stream():
        body += piece
        if len(body) > max_bytes:
            raise Refused("FileSizeTooLarge", limit=max_bytes)
        pieces += 1
        if pieces % _PIECES_PER_TURN == 0:
            await asyncio.sleep(0)
    return Fetched(bytes(body), _header(response, b"content-type"), str(url))
