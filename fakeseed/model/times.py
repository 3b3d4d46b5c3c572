"""Instants and spans: how a world counts time, reads it and writes it down.

An instant is an integer: nanoseconds since the Unix epoch, UTC. Nanoseconds because the vendor shows them
(``2026-02-27T13:33:26.10346684Z``), integers because a TTL must end exactly when it ends.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ZERO_TIME = "0001-01-01T00:00:00Z"
"""What the vendor shows for a time that has not come yet."""

_EPOCH = datetime(1970, 1, 1)  # naive on purpose: all arithmetic here is UTC
_FIRST = (datetime.min - _EPOCH) // timedelta(seconds=1)
_LAST = (datetime.max - _EPOCH) // timedelta(seconds=1)
LONGEST_SPAN = 10_000 * 365 * DAY
"""No span that a client or a person names is longer: far beyond any use, and small enough for all arithmetic."""
_UNITS = {"d": DAY, "h": HOUR, "m": MINUTE, "s": SECOND, "ms": 1_000_000}
_SPAN = re.compile(r"(?:\d+(?:\.\d+)?(?:d|h|ms|m|s))+", re.ASCII)
_SPAN_PART = re.compile(r"(\d+(?:\.\d+)?)(d|h|ms|m|s)", re.ASCII)
_INSTANT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)",
    re.ASCII,
)


def seconds(value: float) -> int:
    """A number of seconds as a span in nanoseconds."""
    return round(value * SECOND)


def unix_seconds(at: int) -> int:
    """An instant in whole seconds, for a date that is written out; beyond the years 1 to 9999 their begin or end."""
    return max(_FIRST, min(at // SECOND, _LAST))


def whole_seconds(at: int) -> str:
    """An instant as RFC 3339 in whole seconds, cut off, as assets and task ends show it."""
    return _second(unix_seconds(at))


@lru_cache(maxsize=4096)
def _second(second: int) -> str:
    return (_EPOCH + timedelta(seconds=second)).isoformat() + "Z"


def with_nanoseconds(at: int) -> str:
    """An instant as RFC 3339 with a fraction, trailing zeros dropped, as ``created_at`` of a task shows it."""
    fraction = at % SECOND
    if not fraction:
        return whole_seconds(at)
    return f"{whole_seconds(at)[:-1]}.{fraction:09d}".rstrip("0") + "Z"


def parse_span(text: str) -> int:
    """Read a span such as ``90s``, ``3d2h`` or ``1.5h``; a bare number counts seconds.

    Raises ValueError with a sentence for people when the text is not a span.
    """
    text = text.strip().lower()
    try:
        span = _span(text)
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text[:60]!r} is not a span of time; write seconds (90) or units (3d2h, 15m, 1.5s)"
        ) from None
    if span > LONGEST_SPAN:
        raise ValueError(f"{text[:60]!r} is too long a span of time; the limit is {LONGEST_SPAN // DAY} days")
    return span


def as_span(value: float | str) -> int:
    """A span given as seconds or as text, in nanoseconds. Raises ValueError with a sentence for people."""
    try:
        span = parse_span(value) if isinstance(value, str) else seconds(value)
    except OverflowError:  # a number that no clock can hold
        span = LONGEST_SPAN + 1
    if span < 0:
        raise ValueError(f"a span of {value} is negative; time only goes forward")
    if span > LONGEST_SPAN:
        raise ValueError(f"a span of {value} seconds is too long; the limit is {LONGEST_SPAN // DAY} days")
    return span


def _span(text: str) -> int:
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return seconds(float(text))
    if not _SPAN.fullmatch(text):
        raise ValueError
    return sum(round(float(number) * _UNITS[unit]) for number, unit in _SPAN_PART.findall(text))


def parse_instant(text: str) -> int:
    """Read an RFC 3339 time with its zone, up to nanoseconds.

    Raises ValueError with a sentence for people when the text is not such a time.
    """
    match = _INSTANT.fullmatch(text.strip())
    try:
        if not match:
            raise ValueError
        stamp = datetime(*(int(part) for part in match.groups()[:6]))  # type: ignore[arg-type]
        whole = int((stamp - _EPOCH) / timedelta(seconds=1)) - _zone_offset(match[8])
    except ValueError:
        raise ValueError(f"{text[:60]!r} is not a time; write RFC 3339 with a zone (2026-06-07T15:41:23Z)") from None
    if whole < 0:
        raise ValueError(f"{text[:60]!r} lies before 1970, where no world's clock can stand")
    return whole * SECOND + int((match[7] or "").ljust(9, "0"))


def _zone_offset(zone: str) -> int:
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError
    return (hours * 3600 + minutes * 60) * (-1 if zone[0] == "-" else 1)


def digits(at: int) -> str:
    """The 14 digits ``YYYYMMDDhhmmss`` of an instant in UTC, as asset ids carry them."""
    return datetime.fromtimestamp(unix_seconds(at), tz=UTC).strftime("%Y%m%d%H%M%S")
