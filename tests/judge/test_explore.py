"""``explore``: what is tried at a client's own requests, what is found, and that a finding can be kept and proved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakeseed.faults.registry import known_faults
from fakeseed.judge.client_run import CALM, ClientRun
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import judge
from fakeseed.judge.explore.api import explore as explore_function
from fakeseed.judge.explore.clients import function
from fakeseed.judge.explore.finding import as_scenario, finding_text, write_findings
from fakeseed.judge.explore.prove import Proof, Side
from fakeseed.judge.explore.report import exploration_report, exploration_view
from fakeseed.judge.explore.search import Attempt, Budget, Exploration, explore
from fakeseed.judge.explore.trials import Trial, fault_trials, moments_of, trials_of
from fakeseed.judge.history import History
from fakeseed.scenario.find import read_file
from fakeseed.scenario.schema_types import Setup
from tests.zoo import broken
from tests.zoo.correct import CorrectClient, Sleep


def client_of(kind: type[CorrectClient]) -> Callable[[str, str, Sleep], object]:
    """A client of the zoo as a function that makes one video."""

    def make(url: str, key: str, sleep: Sleep) -> bytes:
        client = kind(url, key, sleep)
        try:
            return client.video("a corgi")
        finally:
            client.close()

    return make


@pytest.fixture(scope="module")
def calm() -> History:
    """The journal of the correct client where nothing goes wrong."""
    with function(client_of(CorrectClient)) as attempt:
        return attempt(Trial(CALM, Setup(), CALM)).judgement.history


# -- what is tried ----------------------------------------------------------------------------------------------------


def test_moments_are_the_first_request_of_each_state_a_middle_one_and_the_last(calm: History) -> None:
    moments = moments_of(calm)
    assert {"POST task", "GET task", "GET output"} <= {moment.on for moment in moments}
    polls = [moment for moment in moments if moment.on == "GET task"]
    states = [request.state for request in calm.on("get task")]
    assert {polls[0].nth, polls[-1].nth} == {1, len(states)}
    assert {moment.state for moment in polls} == set(states)


def test_every_fault_that_can_strike_a_request_is_tried_there(calm: History) -> None:
    tried = {(trial.on, trial.fault) for trial in trials_of(calm)}
    for on in ("POST task", "GET task", "GET output"):
        can_strike = {name for name, fault in known_faults().items() if on in fault.routes and not fault.hidden}
        assert {fault for route, fault in tried if route == on} == can_strike


def test_every_trial_has_a_name_and_a_world_of_its_own(calm: History) -> None:
    trials = trials_of(calm)
    assert len({trial.name for trial in trials}) == len(trials)
    setups = [trial.setup for trial in trials]
    assert all(setup not in setups[:index] for index, setup in enumerate(setups))


def test_the_first_trials_differ_by_route_and_by_what_the_client_sees(calm: History) -> None:
    with_faults = [trial for trial in trials_of(calm) if trial.fault]
    kinds = [(trial.on, known_faults()[trial.fault].client_sees) for trial in with_faults]
    count = len(set(kinds))
    assert len(set(kinds[:count])) == count
    assert "accept-then-drop" in {trial.fault for trial in with_faults[:count]}


def test_worlds_are_short_of_what_the_clean_run_needed(calm: History) -> None:
    names = {trial.name for trial in trials_of(calm) if not trial.fault}
    assert {"no points", "points for one task", "points for all but one"} <= names
    assert not any("library" in name for name in names), "it uploads nothing"


# -- the search, with clients that are made up ------------------------------------------------------------------------


def made_up(calm: History, *, dies_of: str = "") -> tuple[Attempt, list[str]]:
    """A client that does the same in every world, and is killed by one fault; and the trials that it saw."""
    seen: list[str] = []

    def attempt(trial: Trial) -> ClientRun:
        seen.append(trial.name)
        ending = Ending("killed", None, signal="SIGSEGV") if dies_of and trial.fault == dies_of else Ending()
        return ClientRun(trial.name, trial.name, ending, judge(History(calm.entries, ending)))

    return attempt, seen


def test_a_client_that_fails_where_nothing_goes_wrong_is_not_explored(calm: History) -> None:
    tried: list[str] = []

    def attempt(trial: Trial) -> ClientRun:
        tried.append(trial.name)
        return ClientRun(CALM, CALM, Ending("exited", 1), judge(calm))

    exploration = explore(attempt)
    assert tried == [CALM]
    assert not exploration.held
    assert "not explored" in exploration_report(exploration)


def test_what_kills_a_client_is_found_once_and_told_with_what_shows_the_same(calm: History) -> None:
    attempt, _ = made_up(calm, dies_of="close")
    exploration = explore(attempt)
    (finding,) = exploration.findings
    assert finding.trial.fault == "close"
    assert finding.problems == ("it crashed: killed by SIGSEGV",)
    assert "also: close at" in exploration_report(exploration, width=200)
    assert exploration_view(exploration)["findings"][0]["fault"] == "close"


def test_longer_troubles_are_left_out_where_the_client_asks_no_more(calm: History) -> None:
    attempt, seen = made_up(calm)
    exploration = explore(attempt)
    creates = [name for name in seen if name.startswith("close at POST task")]
    assert creates == ["close at POST task 1 of 1 (pending)"]
    assert exploration.pruned > 0
    assert len(seen) - 1 + exploration.pruned == len(trials_of(calm))


def test_a_budget_of_trials_is_kept_and_what_is_left_is_counted(calm: History) -> None:
    attempt, seen = made_up(calm)
    exploration = explore(attempt, Budget(trials=10))
    assert len(seen) - 1 <= 10
    assert exploration.left + exploration.pruned + len(exploration.attempts) == len(trials_of(calm))


def test_a_budget_of_time_stops_the_search(calm: History) -> None:
    attempt, _ = made_up(calm)
    instants = iter(range(10_000))
    exploration = explore(attempt, Budget(seconds=5), elapsed=lambda: float(next(instants)))
    assert 0 < len(exploration.attempts) <= 10
    assert exploration.left > 0


def test_each_result_is_told_as_it_comes(calm: History) -> None:
    attempt, _ = made_up(calm)
    told: list[str] = []
    exploration = explore(attempt, Budget(trials=5), tell=lambda _, attempted: told.append(attempted.trial.name))
    assert told == [attempted.trial.name for attempted in exploration.attempts]


# -- clients of the zoo -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "rule"),
    [
        (broken.Resubmits, "money/no-ambiguous-resubmit"),
        (broken.GivesUpOnLoss, "errors/lost-answer-survived"),
        (broken.HalfIsEnough, "output/size-checked"),
    ],
)
def test_a_broken_client_is_caught_by_its_own_requests_alone(kind: type[CorrectClient], rule: str) -> None:
    exploration = explore_function(client_of(kind), trials=60)
    assert any(rule in finding.rules for finding in exploration.findings)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_correct_client_is_accused_of_nothing() -> None:
    exploration = explore_function(client_of(CorrectClient))
    assert len(exploration.attempts) > 200
    assert exploration.findings == []


# -- findings as files ------------------------------------------------------------------------------------------------


def found(calm: History) -> Exploration:
    attempt, _ = made_up(calm, dies_of="close")
    return explore(attempt)


def test_a_finding_is_a_scenario_that_brings_its_world_back(calm: History, tmp_path: Path) -> None:
    findings = found(calm).findings
    (path,) = write_findings(findings, tmp_path / "findings")
    assert path.name.startswith("01-close-at-")
    scenario = read_file(path)
    trial = findings[0].trial
    assert (scenario.world, scenario.faults, scenario.timeline) == (
        trial.setup.world,
        trial.setup.faults,
        trial.setup.timeline,
    )
    assert "it crashed" in scenario.about


def test_a_finding_names_the_rule_that_broke_and_what_a_correct_client_does() -> None:
    exploration = explore_function(client_of(broken.Resubmits), trials=30)
    finding = next(finding for finding in exploration.findings if "money/no-ambiguous-resubmit" in finding.rules)
    text = finding_text(finding, "kept.yaml")
    assert "money/no-ambiguous-resubmit" in text
    assert "fakeseed judge --scenario kept.yaml" in text


# -- proof ------------------------------------------------------------------------------------------------------------


def side(calm: History, result: str, *, struck: bool = True, calm_holds: bool = True) -> Side:
    """A version of a client that held, or that was killed, in the world of a finding."""
    endings: dict[str, Any] = {"held": Ending(), "broken": Ending("killed", None, signal="SIGSEGV")}
    judgement = judge(calm)
    run = ClientRun("finding", "finding", endings[result], judgement, struck=struck)
    return Side(("client",), run, ClientRun(CALM, CALM, endings["held" if calm_holds else "broken"], judgement))


RECORDED = frozenset({"money/no-ambiguous-resubmit"})


def test_a_flip_is_a_proof(calm: History) -> None:
    proof = Proof(Path("kept.yaml"), "digest", RECORDED, side(calm, "broken"), side(calm, "held"))
    assert proof.proven
    assert proof.receipt()["proven"] is True
    assert proof.sentence().startswith("**Proven fixed**")


@pytest.mark.parametrize(
    ("before", "after", "objection"),
    [
        ("held", {"result": "held"}, "the client before is not broken by it"),
        ("broken", {"result": "broken"}, "the client after does not hold: it crashed"),
        ("broken", {"result": "held", "struck": False}, "the trouble never struck the client after"),
        ("broken", {"result": "held", "calm_holds": False}, "does not hold where nothing goes wrong"),
    ],
)
def test_anything_but_a_flip_is_none(calm: History, before: str, after: dict[str, Any], objection: str) -> None:
    proof = Proof(Path("kept.yaml"), "digest", RECORDED, side(calm, before), side(calm, **after))
    assert any(objection in text for text in proof.objections)
    assert proof.sentence().startswith("**Not proven**")


def test_a_trial_as_a_scenario_keeps_its_faults(calm: History) -> None:
    trial = next(fault_trials(moments_of(calm)[0]))
    assert as_scenario(trial).faults == trial.setup.faults
