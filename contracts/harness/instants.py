"""Instants and spans as whole nanoseconds, read from and written as the RFC 3339 times that answers show."""

import re
from datetime import UTC, datetime

SECOND = 10**9
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

ZERO = "0001-01-01T00:00:00Z"
"""What a task shows for a time that has not come."""

WHOLE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
FINE = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z")


def nanoseconds(text: str) -> int:
    """An instant as nanoseconds since the Unix epoch."""
    match = FINE.fullmatch(text)
    assert match, f"{text!r} is no RFC 3339 time in UTC"
    whole = int(datetime.fromisoformat(match[1]).replace(tzinfo=UTC).timestamp())
    return whole * SECOND + int((match[2] or "").ljust(9, "0") or 0)


def whole_seconds(at: int) -> str:
    """An instant as assets show it: whole seconds, cut off."""
    return datetime.fromtimestamp(at // SECOND, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def exact(at: int) -> str:
    """An instant with all its nanoseconds, for the control API."""
    return f"{whole_seconds(at)[:-1]}.{at % SECOND:09d}Z"


def later(text: str, span: int) -> str:
    """An instant some nanoseconds after another, with all its nanoseconds."""
    return exact(nanoseconds(text) + span)
