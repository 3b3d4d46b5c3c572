"""The judge accuses each client of the zoo of exactly its fault, and the correct one of nothing, anywhere."""

from collections.abc import Iterator
from typing import Any

import pytest

from fakeseed.judge.court import Court, court, setup_of
from fakeseed.judge.registry import known_rules
from fakeseed.scenario.find import known_scenarios, read_file
from tests.benchmarks import judge_kills
from tests.zoo import missions as m
from tests.zoo.broken import CASES
from tests.zoo.correct import CorrectClient
from tests.zoo.harness import Mission, tried
from tests.zoo.hooked import HookedClient
from tests.zoo.table import Kill, killed, lines

KILLS: list[Kill] = []


@pytest.fixture(scope="module")
def server() -> Iterator[Court]:
    with court("zoo") as running:
        yield running
    print("", *lines(KILLS), sep="\n")


def test_every_rule_has_a_client_that_breaks_it() -> None:
    assert list(CASES) == sorted(CASES, key=list(CASES).index)
    assert set(CASES) == set(known_rules())
    assert len({kind for kind, _, _ in CASES.values()}) >= len(CASES) - 3


@pytest.mark.parametrize("rule", CASES)
def test_a_broken_client_is_accused_of_its_fault_and_the_correct_one_of_nothing(server: Court, rule: str) -> None:
    kill = killed(server, rule)
    KILLS.append(kill)
    assert kill.accused == [rule], f"{kill.client} is accused of {kill.accused}"
    assert kill.correct == []
    assert kill.exercised == (rule not in NOT_IN_ITS_CASE)


@pytest.mark.slow
@pytest.mark.parametrize("rule", CASES)
def test_the_same_as_processes(rule: str) -> None:
    kill = judge_kills.killed(rule)
    assert (kill.accused, kill.correct) == ([rule], [])


CALM: dict[str, Mission] = {
    mission.__name__: mission
    for mission in (m.text, m.person, m.twice, m.series, m.scenes, m.guest, m.crowd, m.failing_person, m.refused)
}
CALM |= {
    mission.__name__: mission for mission in (m.long, m.batch, m.cast, m.file, m.library, m.good_file, m.tidy, m.troupe)
}


@pytest.mark.parametrize("name", CALM)
@pytest.mark.parametrize("pace", ["instant", "fast", "realistic"])
def test_the_correct_client_is_clean_whatever_it_does(server: Court, name: str, pace: str) -> None:
    judgement = tried(server, CorrectClient, CALM[name], m.world(pace=pace), f"calm-{name}")
    assert not judgement.broken, judgement.text()


def test_the_correct_client_is_seen_to_hold_every_rule(server: Court) -> None:
    further: list[tuple[Mission, dict[str, Any]]] = [
        *((mission, m.world()) for mission in (m.good_file, m.tidy, m.troupe, m.batch)),
        (m.text, m.world(m.fault("stuck", "POST task"))),
    ]
    missing = NOT_IN_ITS_CASE
    for mission, setup in further:
        judgement = tried(server, CorrectClient, mission, setup, "more")
        assert not judgement.broken, judgement.text()
        missing = missing - {*judgement.outcome("held")}
    assert not missing


NOT_IN_ITS_CASE = {
    *("uploads/limits-known", "assets/kept-until-used", "references/once-as-raw", "polling/backoff"),
    "money/points-before-batch",
}
"""Rules that the correct client does not meet in the world where another breaks them."""

EVERYWHERE: dict[str, tuple[type[CorrectClient], Mission]] = {
    "person": (CorrectClient, m.person),
    "batch": (CorrectClient, m.batch),
    "guest": (CorrectClient, m.guest),
    "hooked": (HookedClient, m.hooked),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", known_scenarios())
def test_the_correct_client_is_clean_in_every_scenario(server: Court, name: str) -> None:
    setup = setup_of(read_file(known_scenarios()[name]))
    for mission, (kind, action) in EVERYWHERE.items():
        judgement = tried(server, kind, action, setup, f"everywhere-{mission}")
        assert not judgement.broken, f"{mission}: {judgement.text()}"
        ending = judgement.history.ending
        assert ending is not None
        assert "Traceback" not in ending.text
        assert ending.how == "exited"
