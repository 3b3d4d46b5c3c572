"""Conditional and partial answers for bytes in memory (RFC 9110, sections 13 and 14)."""

import re
from collections.abc import Mapping

from fakeseed.piapi.responses import Headers, Response

_RANGE = re.compile(rb"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.ASCII)


def ranged(body: bytes, headers: Headers, request_headers: Mapping[bytes, bytes]) -> Response:
    """The whole body, one range of it (206), 304 when the client has it, 416 when the range lies outside.

    A header that asks for several ranges, or that cannot be read, is ignored, as RFC 9110 allows.
    """
    validators = dict(headers)
    etag, changed = validators[b"etag"], validators[b"last-modified"]
    if _matches(request_headers.get(b"if-none-match"), etag):
        return Response(304, headers=headers)
    requested = request_headers.get(b"range")
    if requested is None or request_headers.get(b"if-range", etag) not in (etag, changed):
        return Response(200, body, headers)
    match = _RANGE.fullmatch(requested)
    if match is None or match.groups() == (b"", b""):
        return Response(200, body, headers)
    first, last = _bounds(match[1], match[2], len(body))
    if first > last:
        backwards = match[1] and match[2] and int(match[1]) > int(match[2])
        if backwards:
            return Response(200, body, headers)
        return Response(416, b"", (*headers, (b"content-range", b"bytes */%d" % len(body))))
    span = b"bytes %d-%d/%d" % (first, last, len(body))
    return Response(206, body[first : last + 1], (*headers, (b"content-range", span)))


def _matches(header: bytes | None, etag: bytes) -> bool:
    if header is None:
        return False
    return header.strip() == b"*" or etag in [tag.strip().removeprefix(b"W/") for tag in header.split(b",")]


def _bounds(first: bytes, last: bytes, size: int) -> tuple[int, int]:
    """First and last byte of a range, both included; a suffix range counts from the end."""
    if not first:
        return max(size - int(last), 0), size - 1 if int(last) else -1
    return int(first), min(int(last) if last else size - 1, size - 1)
