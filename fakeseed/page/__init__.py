"""The page for people: static files, which speak to the control API and to nothing else."""

import gzip
from functools import cache
from hashlib import blake2b
from pathlib import Path

import msgspec
from starlette.types import Receive, Scope, Send

from fakeseed.model.hosts import VENDOR_HOSTS

HOME = "/"
ROOT = "/_fakeseed/ui"
"""Where the page and its files are; at ``HOME`` the page is shown to browsers alone."""

TYPES = {
    ".html": "text/html",
    ".css": "text/css",
    ".js": "text/javascript",
    ".txt": "text/plain",
    ".svg": "image/svg+xml",
}
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob:",
        "media-src blob:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    ]
)
"""What the page may do: its own scripts and styles, no markup made from text, no other host."""


class File(msgspec.Struct, frozen=True):
    """One file as it is served: plain and compressed."""

    content_type: bytes
    plain: bytes
    small: bytes
    etag: bytes


@cache
def file(name: str) -> File | None:
    """A file of the page by its path below ``ROOT``; None when there is none."""
    parts = name.split("/")
    suffix = f".{name.rpartition('.')[2]}"
    if suffix not in TYPES or any(part.startswith(".") or not part for part in parts):
        return None
    path = Path(__file__).parent.joinpath(*parts)
    if not path.is_file():
        return None
    plain = path.read_bytes()
    etag = b'"' + blake2b(plain, digest_size=12).hexdigest().encode() + b'"'
    return File(f"{TYPES[suffix]}; charset=utf-8".encode(), plain, gzip.compress(plain, 9, mtime=0), etag)


def is_navigation(scope: Scope) -> bool:
    """Whether a browser asks for a page. A program, or a client of the vendor's hosts, gets the vendor's answer."""
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").partition(":")[0].lower()
    asks_for_page = scope["method"] in ("GET", "HEAD") and b"text/html" in headers.get(b"accept", b"")
    return asks_for_page and b"x-api-key" not in headers and host not in VENDOR_HOSTS


async def serve(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for the page or one of its files."""
    name = scope["path"].removeprefix(ROOT).strip("/") or "index.html"
    found = file(name) if scope["method"] in ("GET", "HEAD") else None
    headers = dict(scope["headers"])
    status, body, more = 404, b"no such file of the page\n", [(b"content-type", b"text/plain; charset=utf-8")]
    if found is not None:
        fresh = headers.get(b"if-none-match") == found.etag
        packed = b"gzip" in headers.get(b"accept-encoding", b"")
        status, body = (304, b"") if fresh else (200, found.small if packed else found.plain)
        more = [(b"content-type", found.content_type), (b"etag", found.etag), (b"cache-control", b"no-cache")]
        more += [(b"content-encoding", b"gzip")] if packed and not fresh else []
    more += [(b"content-length", str(len(body)).encode()), *_SAFE]
    await send({"type": "http.response.start", "status": status, "headers": more})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})


_SAFE = [
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"vary", b"accept, accept-encoding"),
]
