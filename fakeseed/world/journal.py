"""What a world has seen: requests with their answers, transitions, webhook deliveries. Bounded by bytes.

Credentials never enter: the same registry says what is accepted as one and what is blotted out.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

KEY_HEADER = "x-api-key"
"""The header that carries the API key."""
TOKEN_HEADER = "x-fakeseed-token"  # noqa: S105 - a header's name
"""The header that carries the control token."""
SECRET_HEADER = "x-webhook-secret"  # noqa: S105
"""The header that carries a webhook's secret."""

CREDENTIAL_HEADERS = frozenset(
    {KEY_HEADER, TOKEN_HEADER, SECRET_HEADER, "authorization", "proxy-authorization", "cookie", "set-cookie"}
)
SECRET_FIELDS = frozenset(
    {"secret", "api_key", "apikey", "token", "password", "access_token", "refresh_token", "id_token", "client_secret"}
)
"""Names of body fields whose values are blotted out."""
_SECRET_WORDS = (
    *("token", "secret", "password", "passwd", "signature", "credential", "api[_-]?key", "sig"),
    *("accesstoken", "authtoken", "refreshtoken", "idtoken", "clientsecret"),
)
"""The value of a query key is blotted out if its last word is one of these: ``access_token``, ``X-Amz-Signature``."""

BLOT = "[redacted]"
MAX_BODY = 64 * 1024
"""Bytes of a body that an entry keeps."""
_ENTRY_OVERHEAD = 400


class RequestEntry(msgspec.Struct, tag="request", frozen=True, gc=False):
    """A request and its answer. ``at`` is an instant; bodies are cut at 64 KiB; ``refused_by`` names a behaviour,
    ``faults`` what went wrong on purpose with this request; ``next_step_headers`` are the answer's headers that say
    what to do next.
    """

    seq: int
    at: int
    method: str
    path: str
    query: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes
    status: int
    answer: bytes
    refused_by: str = msgspec.field(default="", name="refused")
    notes: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    next_step_headers: tuple[tuple[bytes, bytes], ...] = msgspec.field(default=(), name="told")

    @property
    def size(self) -> int:
        """Bytes that this entry counts for."""
        headers = sum([len(name) + len(value) for name, value in self.headers])
        return _ENTRY_OVERHEAD + len(self.body) + len(self.answer) + len(self.path) + len(self.query) + headers


class EventEntry(msgspec.Struct, tag="event", frozen=True, gc=False):
    """A transition: which record went from where to where, by which trigger and behaviour."""

    seq: int
    at: int
    subject: str
    ref: str
    source: str
    trigger: str
    target: str
    behaviour: str

    size = _ENTRY_OVERHEAD


class DeliveryEntry(msgspec.Struct, tag="delivery", frozen=True, gc=False):
    """A webhook attempt and what came of it: a status, or 0 and a cause. ``headers`` and ``body`` are what was sent;
    ``redelivery``: somebody asked for it by hand.
    """

    seq: int
    at: int
    ref: str
    attempt: int
    url: str
    status: int
    cause: str
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""
    redelivery: bool = False

    @property
    def size(self) -> int:
        """Bytes that this entry counts for."""
        return _ENTRY_OVERHEAD + len(self.url) + len(self.cause) + len(self.body)


Entry = RequestEntry | EventEntry | DeliveryEntry


class Journal(Protocol):
    """Where entries are kept, oldest dropped first."""

    dropped: int

    def append(self, entry: Entry) -> None:
        """Keep an entry; drop the oldest while over the limit of bytes."""

    def since(self, seq: int) -> list[Entry]:
        """Entries after a number, oldest first, at a cost that grows with how many there are."""

    def page(self, after: int, limit: int) -> list[Entry]:
        """The first so many entries after a number, oldest first, at a cost that grows with how many there are."""

    def page_before(self, before: int, limit: int) -> list[Entry]:
        """The last so many entries before a number, oldest first, at a cost that grows with how many there are."""

    def __iter__(self) -> Iterator[Entry]: ...

    def __len__(self) -> int: ...


NEXT_STEP_HEADERS = frozenset({b"retry-after", b"content-range", b"etag", b"location"})
"""Headers of an answer that an entry keeps: without them nobody can say what the client was told to do."""


def without_credentials(headers: Iterable[tuple[bytes, bytes]]) -> tuple[tuple[bytes, bytes], ...]:
    """Headers with every credential's value blotted out. Names come in lower case, as ASGI gives them."""
    return tuple([(name, _BLOT_BYTES if name in _CREDENTIALS else value) for name, value in headers])


_BLOT_BYTES = BLOT.encode()
_CREDENTIALS = frozenset(name.encode() for name in CREDENTIAL_HEADERS)
_NAMES = "|".join(sorted(SECRET_FIELDS))
# Quick signs that a body may hold a secret. JSON escapes can hide a name ("secr\\u0065t"), so they are a sign too.
_SIGNS = (
    b"token",
    b"secret",
    b"passw",
    b"signature",
    b"credential",
    b"apikey",
    b"api_key",
    b"api-key",
    b"sig=",
    b"\\u00",
)
_NO_SECRET = b'"secret":""'


def may_contain_secret(body: bytes) -> bool:
    """Whether a body could have something to blot out; False is certain."""
    lowered = body.lower().replace(_NO_SECRET, b"")
    for sign in _SIGNS:
        if sign in lowered:
            return True
    return b"@" in body and _USER_IN_BODY.search(body) is not None


# Possessive throughout: what was read is not read again another way, so no body takes more than one pass.
_STRING = rb"""("(?:[^"\\]|\\.)++["\\]?|'(?:[^'\\]|\\.)++['\\]?"""
# In JSON: the pairs that a parser does not show, since a later pair of the same name hides them.
_PAIR = re.compile(rb'("(?:' + _NAMES.encode() + rb')"\s*+:\s*+)' + _STRING + rb")", re.IGNORECASE | re.DOTALL)
# In what is no JSON: whatever looks like a name with its value, quoted or not, or with what begins to hold values.
_LOOSE_PAIR = re.compile(
    rb"((?:"
    + _NAMES.encode()
    + rb""")(?:["'][\s:=]*+|\s*+[:=]++)\s*+(?:[\[{]\s*+|"[^"\\]*+"\s*+:\s*+){0,8}+)"""
    + _STRING
    + rb"""|[^\s,;&}\]"']++)""",
    re.IGNORECASE | re.DOTALL,
)
_ESCAPE = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_QUERY_PAIR = re.compile(
    r"((?:^|[?&;])(?:[\w.-]*[._-])?(?:" + "|".join(_SECRET_WORDS) + r")=)[^&;\s\"]*", re.IGNORECASE
)
_USER = r"(\b[a-z][a-z0-9+.-]{0,20}+://)[^/?#\s\"@]*+(?=@)"
_USER_IN_URL = re.compile(_USER, re.IGNORECASE)
_USER_IN_BODY = re.compile(rb":\\?/\\?/[^/?#\s\"@]*+@")


def without_secrets(body: bytes) -> bytes:
    """A body with the values of secret fields blotted out; cut at 64 KiB."""
    if not body or not may_contain_secret(body):
        return body[:MAX_BODY]
    try:
        parsed = msgspec.json.decode(body)
        blotted = _blot(parsed)
        return (msgspec.json.encode(blotted) if blotted != parsed else _blot_text(body, _PAIR))[:MAX_BODY]
    except (msgspec.MsgspecError, ValueError, RecursionError):
        text = _blot_text(body[:MAX_BODY], _LOOSE_PAIR).decode("latin-1")
        return without_url_secrets(text).encode("latin-1")[:MAX_BODY]


def _blot_text(body: bytes, pairs: re.Pattern[bytes]) -> bytes:
    """A body with the values of these pairs blotted out, whatever escapes their names are written with."""
    plain = _ESCAPE.sub(_letter, body)
    blotted = pairs.sub(rb'\1"' + _BLOT_BYTES + b'"', plain)
    return body if blotted == plain else blotted


def _letter(match: re.Match[bytes]) -> bytes:
    letter = bytes.fromhex(match[1].decode())
    return letter if letter.isalnum() or letter in b"_-" else match[0]


def blotted_json(body: bytes) -> bytes:
    """JSON with the values of secret fields blotted out, at its full length."""
    parsed = msgspec.json.decode(body)
    blotted = _blot(parsed)
    return body if blotted == parsed else msgspec.json.encode(blotted)


def _blot(value: object) -> object:
    if isinstance(value, dict):
        return {key: BLOT if inner and key.lower() in SECRET_FIELDS else _blot(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_blot(inner) for inner in value]
    return without_url_secrets(value) if isinstance(value, str) else value


def without_url_secrets(text: str) -> str:
    """A query string, or a text with URLs, with the values of secret keys and the users of URLs blotted out."""
    if "@" in text and "://" in text:
        text = _USER_IN_URL.sub(rf"\1{BLOT}", text)
    return _QUERY_PAIR.sub(rf"\1{BLOT}", text) if "=" in text else text
