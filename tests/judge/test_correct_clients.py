"""Correct clients of different make, as programs: the judge accuses none of them, whatever goes wrong."""

from typing import Any

import pytest

from tests.zoo.programs import NODE, PYTHON, UnavailableError, accusations, judged

FEW = (
    "calm",
    "billing/accept-then-drop",
    "network/storm-of-503",
    "output/torn-and-resumed",
    "lifecycle/stuck-for-ever",
)
ITS_OWN = {"webhook_receiver": ("webhook/early",)}
"""Scenarios that are about one client's way of working: here a message comes while it waits for the create's answer."""


def runs_of(name: str, *options: str) -> list[dict[str, Any]]:
    """What the judge says of a client; the test is skipped where the client cannot be run."""
    try:
        return judged(name, *options)
    except UnavailableError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("name", [*PYTHON, *NODE])
def test_a_correct_client_of_any_make_is_accused_of_nothing(name: str) -> None:
    scenarios = [*FEW, *ITS_OWN.get(name, ())]
    runs = runs_of(name, *(option for scenario in scenarios for option in ("--scenario", scenario)))
    assert not accusations(runs)
    assert [run["clock"] for run in runs] == ["virtual"] * len(scenarios)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PYTHON, *NODE])
def test_a_correct_client_of_any_make_is_clean_in_every_scenario(name: str) -> None:
    assert not accusations(runs_of(name, "--all"))
