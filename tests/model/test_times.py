"""Reading and writing instants and spans."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.model.times import DAY, HOUR, SECOND, digits, parse_instant, parse_span, whole_seconds, with_nanoseconds

INSTANTS = st.integers(0, 4_000_000_000 * SECOND)


@given(INSTANTS)
def test_instants_survive_being_written(at: int) -> None:
    assert parse_instant(with_nanoseconds(at)) == at
    assert parse_instant(whole_seconds(at)) == at - at % SECOND


@pytest.mark.parametrize(
    ("text", "span"),
    [("90", 90 * SECOND), ("3d2h", 3 * DAY + 2 * HOUR), ("1.5s", 1_500_000_000), ("250ms", 250_000_000), ("0", 0)],
)
def test_spans(text: str, span: int) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "-1", "3x", "d", "1h2", "ten", "1e400", "nan", "１s", "9" * 400 + "d"])
def test_what_is_no_span(text: str) -> None:
    if text == "9" * 400 + "d":
        with pytest.raises(ValueError, match="not a span"):
            parse_span(text)
        return
    with pytest.raises(ValueError, match="is not a span of time"):
        parse_span(text)


@pytest.mark.parametrize(
    "text", ["", "now", "2026-06-07", "2026-13-01T00:00:00Z", "2026-06-07T15:41:23", "1960-01-01T00:00:00Z"]
)
def test_what_is_no_instant(text: str) -> None:
    with pytest.raises(ValueError, match=r"is not a time|before 1970"):
        parse_instant(text)


def test_zones_and_fractions() -> None:
    assert parse_instant("2026-06-07T17:41:23.5+02:00") == parse_instant("2026-06-07T15:41:23.500Z")
    assert with_nanoseconds(parse_instant("2026-02-27T13:33:26.10346684Z")) == "2026-02-27T13:33:26.10346684Z"
    assert digits(parse_instant("2026-06-07T15:41:23Z")) == "20260607154123"
