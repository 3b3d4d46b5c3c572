"""Requests on their way in: JSON bodies as checked types, and query values as numbers."""

import re
from typing import TypeVar

import msgspec

from fakeseed.model.behaviours import implements

T = TypeVar("T")

MAX_DIGITS = 30
"""Digits of a number in a query."""

_LARGEST = 10**12
"""A larger number in a query counts as this: a page beyond all pages, an instant beyond all tasks."""
_NUMBER = re.compile(rf"\d{{1,{MAX_DIGITS}}}", re.ASCII)
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)(?:\\\\)*"
    rb"(?:\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})|"
    rb"(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2})"
)
"""Half of a character that JSON escapes as two; what decodes JSON says of it that the input was truncated."""
_DECODERS: dict[object, msgspec.json.Decoder[object]] = {}


class BodyError(ValueError):
    """A body is not what the endpoint takes. The message is fit for the client."""


@implements("wire.unknown-fields", "wire.null-is-absent", "wire.content-type", "auto-upload.only-inside-input")
def read_body(body: bytes, shape: type[T]) -> T:
    """A JSON body as a checked type, whatever its content type says.

    Raises BodyError with the place and reason.
    """
    decoder = _DECODERS.get(shape)
    if decoder is None:
        decoder = _DECODERS[shape] = msgspec.json.Decoder(shape)
    try:
        return decoder.decode(body)  # type: ignore[return-value]
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise BodyError(reason(problem, body)) from None


def as_shape(value: object, shape: type[T]) -> T:
    """A decoded value as a checked type; ``at $.input...`` in the reason. Raises BodyError."""
    try:
        return msgspec.convert(value, shape)
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        raise BodyError(str(problem).replace("`$.", "`$.input.")) from None


def reason(problem: Exception, body: bytes) -> str:
    """Why a body was not taken, in a short sentence."""
    if not body.strip():
        return "the body is empty"
    if isinstance(problem, RecursionError):
        return "the body is nested too deeply"
    if isinstance(problem, UnicodeDecodeError):
        return "the body is not UTF-8"
    if _LONE_SURROGATE.search(body):
        return "a text holds half of a character: an escape from \\ud800 to \\udfff without its other half"
    return str(problem)[:300]


def whole_number(text: str | None, default: int, least: int = 1) -> int | None:
    """A query value as a number, the default when it is absent, None when it is no such number."""
    if text is None or text == "":
        return default
    if not _NUMBER.fullmatch(text):
        return None
    value = int(text)
    return min(value, _LARGEST) if value >= least else None
