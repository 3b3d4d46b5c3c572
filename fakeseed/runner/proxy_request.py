"""What a client asks of a proxy: the head of its first request."""

from base64 import b64decode
from urllib.parse import urlsplit

import msgspec

MAX_HEAD = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"
OURS = ("proxy-authorization", "proxy-connection", "connection")
"""Headers that speak to the proxy, not to the server."""
PORTS = {"http": 80, "https": 443}


class ProxyRequest(msgspec.Struct, frozen=True):
    """Where a client wants to go.

    ``tunnel`` says that it wants the bare connection; otherwise ``head`` is its request as the server wants it.
    ``credential`` is the ``user:password`` that came along.
    """

    host: str
    port: int
    credential: str
    tunnel: bool
    tls: bool = False
    head: bytes = b""


def read_proxy_request(head: bytes) -> ProxyRequest:
    """Read a head, its empty line included. Raises ValueError for what is not a request to a proxy."""
    first, *lines = head.removesuffix(END_OF_HEAD).decode("latin-1").split("\r\n")
    method, target, version = first.split(" ")
    if not version.startswith("HTTP/1."):
        raise ValueError(f"{version} is not spoken here")
    headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    given = next((value for name, value in headers if name.lower() == OURS[0]), "")
    if method == "CONNECT":
        return _place(f"//{target}", given, tunnel=True)
    parts = urlsplit(target)
    origin = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    kept = [f"{name}: {value}" for name, value in headers if name.lower() not in OURS]
    # One request a connection: clients use one connection to a proxy for many hosts, and only the first is read here.
    shown = "\r\n".join(
        [f"{method} {origin if origin[0] == '/' else '/' + origin} {version}", *kept, "Connection: close"]
    )
    return _place(target, given, tunnel=False, head=shown.encode("latin-1") + END_OF_HEAD)


def _place(url: str, authorization: str, *, tunnel: bool, head: bytes = b"") -> ProxyRequest:
    parts = urlsplit(url)
    port = parts.port or PORTS.get(parts.scheme)
    if not parts.hostname or not port:
        raise ValueError("it names no host and port")
    return ProxyRequest(
        parts.hostname.rstrip("."), port, _credential(authorization), tunnel, parts.scheme == "https", head
    )


def _credential(authorization: str) -> str:
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return b64decode(value.strip()).decode("latin-1")
    except ValueError:
        return ""
