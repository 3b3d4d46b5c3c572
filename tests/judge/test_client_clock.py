"""By whose clock a judged program waits, and at what rate."""

import pytest

from fakeseed.judge.client_clock import ClockChoice


def test_a_program_that_does_not_join_falls_back_to_libfaketime_where_it_is() -> None:
    choice = ClockChoice(80, faketime=True)
    assert (choice.clock, choice.restarts, choice.rate) == ("virtual", True, 1.0)
    choice.fall_back()
    assert (choice.clock, choice.restarts) == ("faketime", False)


def test_without_libfaketime_it_runs_on_in_real_time() -> None:
    choice = ClockChoice(80, faketime=False)
    assert not choice.restarts
    choice.fall_back()
    assert (choice.clock, choice.rate) == ("real", 1.0)


@pytest.mark.parametrize(("slowest", "rate"), [(0.0, 10.0), (0.1, 5.0), (0.25, 2.0), (3.0, 1.0)])
def test_ten_of_the_slowest_answers_fit_into_five_seconds_of_the_program(slowest: float, rate: float) -> None:
    choice = ClockChoice(80, faketime=True)
    choice.fall_back()
    choice.answered_within(slowest)
    assert choice.rate == rate


def test_the_rate_is_never_higher_than_asked_for() -> None:
    choice = ClockChoice(4, faketime=True)
    choice.fall_back()
    assert choice.rate == 4
