"""Every shipped scenario passes, twice alike; a scenario with a wrong expectation fails with a readable sentence."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from fakeseed.scenario.docs import GROUPS, scenarios_page
from fakeseed.scenario.find import known_scenarios, read_named
from fakeseed.scenario.matching import differences
from fakeseed.scenario.schema import schema_text
from fakeseed.scenario_runner.play import EmulatorUnderScenario, Result, emulator_under_scenario, play
from fakeseed.world.clock import system_time
from tests.support.scenarios import HEAD, SCENARIOS, scenario, text_of

NAMES = list(known_scenarios())


@pytest.fixture(scope="session")
def stage() -> Iterator[EmulatorUnderScenario]:
    """One server for all runs."""
    with emulator_under_scenario() as emulator:
        yield emulator


# -- the files --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_a_scenario_passes_and_gives_the_same_journal_twice(stage: EmulatorUnderScenario, name: str) -> None:
    first, second = (play(stage, name, read_named(name), system_time) for _ in range(2))
    assert first.problems == []
    assert second.problems == []
    assert first.passed
    assert first.journal == second.journal
    assert first.fired == second.fired


@pytest.mark.parametrize("name", NAMES)
def test_a_file_says_what_it_must(name: str) -> None:
    parsed = read_named(name)
    assert text_of(name).startswith("# yaml-language-server: $schema=../schema.json\n")
    assert name.partition("/")[0] in GROUPS
    assert parsed.about.count(".") >= 2, "what happens, and where it comes from"
    assert len(parsed.client) > 30
    assert parsed.source.startswith("https://")
    assert parsed.title
    assert not parsed.title.endswith(".")
    assert parsed.steps
    assert parsed.expect != type(parsed.expect)(), "something must hold at the end, or nothing is pinned down"


def test_all_groups_are_there() -> None:
    counts = Counter(name.partition("/")[0] for name in NAMES)
    assert set(counts) == set(GROUPS)
    assert min(counts.values()) >= 2
    assert len(NAMES) >= 36
    titles = [read_named(name).title for name in NAMES]
    assert len(set(titles)) == len(titles)


def test_the_page_and_the_schema_are_fresh() -> None:
    assert (SCENARIOS / "README.md").read_text() == scenarios_page(), "write it anew from fakeseed.scenario.docs.page()"
    assert (SCENARIOS / "schema.json").read_text() == schema_text(), "write it anew from schema.schema_text()"


# -- what the runner says when something is not as expected -----------------------------------------------------------

CREATE = {"create": {"input": {"prompt": "a corgi fs-takes-10s", "resolution": "480p"}}, "as": "clip"}
HOOKED = {
    "create": {
        "input": {"prompt": "a corgi fs-takes-10s"},
        "config": {"webhook_config": {"endpoint": "${webhook}", "secret": "s3cret"}},
    },
    "as": "clip",
}
INSTANT = {"plan": "creator", "pace": "instant"}


def played(stage: EmulatorUnderScenario, steps: list[Any], **changes: Any) -> Result:
    """A run of these steps."""
    return play(stage, "own", scenario(**{"world": INSTANT, "steps": steps, **changes}), system_time)


@pytest.mark.parametrize(
    ("expect", "sentence"),
    [
        ({"status": 404}, "step 1: expected status 404, got 200: success"),
        ({"status": [404, 429]}, "step 1: expected status 404 or 429, got 200: success"),
        ({"lost": "closed"}, "step 1: expected the answer to be lost (closed), got 200"),
        ({"headers": {"content-type": "text/html"}}, 'step 1: headers.content-type: expected "text/html", got "appl'),
        ({"headers": {"retry-after": "*"}}, 'step 1: headers.retry-after: expected "*", got null'),
        ({"body": {"data": {"status": "done"}}}, 'step 1: body.data.status: expected "done", got "pending"'),
        ({"body": {"data": {"logs": ["*"]}}}, 'step 1: body.data.logs: expected ["*"], got []'),
        ({"body": {"data": {"error": {"code": ">0"}}}}, 'step 1: body.data.error.code: expected ">0", got 0'),
        ({"body": "~teapot"}, 'step 1: body: expected "~teapot", got {'),
        ({"bytes": 1}, "step 1: bytes: expected 1, got "),
        ({"refused_by": "task.concurrency"}, 'step 1: refused_by: expected "task.concurrency", got null'),
    ],
)
def test_a_wrong_answer_is_told(stage: EmulatorUnderScenario, expect: dict[str, Any], sentence: str) -> None:
    (problem,) = played(stage, [{**CREATE, "expect": expect}]).problems
    assert problem.startswith(sentence)


def test_a_lost_answer_is_told(stage: EmulatorUnderScenario) -> None:
    faults = [{"fault": "close", "on": "POST task", "times": 2}]
    first, second = played(stage, [CREATE, {**CREATE, "expect": {"lost": "reset"}}], faults=faults).problems
    assert first.startswith("step 1: the answer was lost (closed: ")
    assert first.endswith("), expected an answer")
    assert second.endswith("), expected reset")


def test_a_refusal_where_a_success_is_expected_is_told(stage: EmulatorUnderScenario) -> None:
    (problem,) = played(stage, [{"create": {"task_type": "seedance-3"}}]).problems
    assert problem.startswith("step 1: expected a success, got 400: unknown task_type 'seedance-3'; did you mean")


def test_a_wait_that_never_ends_is_told(stage: EmulatorUnderScenario) -> None:
    steps = [CREATE, {"wait": {"task": "clip", "until": ["done", "failed"], "within": "1m"}}]
    assert played(stage, steps).problems == ["step 2: clip was completed after 1m, expected done or failed"]
    steps = [CREATE, {"wait": {"task": "clip", "until": "completed", "within": "1m", "gives_up": True}}]
    (problem,) = played(stage, steps).problems
    assert problem == "step 2: clip was completed within 1m, expected that the client gives up"


@pytest.mark.parametrize(
    ("expect", "sentence"),
    [
        ({"tasks": {"clip": {"status": "failed"}}}, 'tasks.clip.status: expected "failed", got "completed"'),
        ({"tasks": {"clip": None}}, "tasks.clip: expected null, got {"),
        ({"tasks": {"task 2": {"status": "completed"}}}, 'tasks.task 2: expected {"status":"completed"}, got null'),
        ({"assets": {"hero": {"status": "Failed"}}}, 'assets.hero.status: expected "Failed", got "Active"'),
        ({"assets": {"hero": None}}, "assets.hero: expected null, got {"),
        ({"points": {"frozen": 1}}, "points.frozen: expected 1, got 0"),
        ({"charges": 2}, "charges: expected 2, got 1"),
        ({"twins": 1}, "twins: expected 1, got 0"),
        ({"faults": {"latency": 1}}, "faults.latency: expected 1, got 0"),
        ({"faults": {"clock-skew": ">1"}}, 'faults.clock-skew: expected ">1", got 1'),
        ({"requests": [{"method": "POST", "count": 2}]}, "requests POST *: expected 2, got 1"),
        ({"requests": [{"fault": "clock-skew", "count": 0}]}, "requests * *: expected 0, got 1"),
        ({"requests": [{"status": 500, "count": ">=1"}]}, 'requests * *: expected ">=1", got 0'),
        ({"webhooks": []}, "webhooks: expected 0, got 1"),
        ({"webhooks": [{}, {}]}, "webhooks: expected 2, got 1"),
        ({"webhooks": [{"status": "failed"}]}, 'webhooks[0].status: expected "failed", got "completed"'),
        ({"webhooks": [{"secret": "guessed"}]}, 'webhooks[0].secret: expected "guessed", got "s3cret"'),
        ({"webhooks": [{"secret": None}]}, 'webhooks[0].secret: expected null, got "s3cret"'),
        ({"webhooks": [{"during": 1}]}, "webhooks[0].during: expected 1, got 2"),
        ({"webhooks": [{"after": "9s"}]}, "webhooks[0].after: expected 9.0, got 10.0"),
        ({"webhooks": [{"task": "task 2"}]}, 'webhooks[0].task: expected "no-task-2", got "'),
    ],
)
def test_a_wrong_end_is_told(stage: EmulatorUnderScenario, expect: dict[str, Any], sentence: str) -> None:
    world = {**INSTANT, "assets": [{"as": "hero"}]}
    faults = [{"fault": "clock-skew"}]
    (problem,) = played(stage, [HOOKED, {"advance": "1m"}], world=world, faults=faults, expect=expect).problems
    assert problem.startswith(sentence)


def test_what_goes_wrong_in_a_step_does_not_stop_the_run(stage: EmulatorUnderScenario) -> None:
    faults = [{"fault": "edge-page", "on": "GET task"}, {"fault": "hang", "on": "GET task", "nth": 2}]
    steps = [CREATE, {"download": "clip", "expect": {"status": 404}}, {"download": "clip", "expect": {"status": 404}}]
    assert played(stage, steps, faults=faults).problems == []
    problems = played(stage, [{"get": "task 1"}, {"download": "task 7"}, {"cancel": "task 1"}, CREATE]).problems
    assert [problem.partition(",")[0] for problem in problems] == [f"step {n}: expected a success" for n in (1, 2, 3)]


def test_a_step_can_arm_and_disarm(stage: EmulatorUnderScenario) -> None:
    steps = [
        {"arm": {"fault": "status", "status": 500, "done": False, "always": True}},
        {**CREATE, "times": 3, "expect": {"status": 500}},
        {"disarm": True},
        CREATE,
        {"advance": "next"},
        {"advance": 0},
        {"get": "clip", "expect": {"body": {"data": {"status": "completed"}}}},
    ]
    result = played(stage, steps, expect={"charges": 1, "faults": {"status": 3}})
    assert result.problems == []
    assert result.fired == {"status": 3}
    assert (result.name, result.title, result.steps) == ("own", HEAD["title"], 7)


def test_a_poll_compares_exactly_only_when_asked(stage: EmulatorUnderScenario) -> None:
    for exact, status, gives_up in ((True, "completed", False), (True, "Completed", True), (False, "Completed", False)):
        wait = {"task": "clip", "until": status, "within": "30s", "exact": exact, "gives_up": gives_up}
        assert played(stage, [CREATE, {"wait": wait}]).problems == []


def test_differences_are_told_by_place() -> None:
    assert list(differences({"a": [1, {"b": "*"}]}, {"a": [1, {"b": 2}], "c": 3}, "body")) == []
    assert list(differences({"a": [1]}, {"a": [1, 2]}, "body")) == ["body.a: expected [1], got [1,2]"]
    assert list(differences({"a": "~^x"}, {"a": "ax"}, "body")) == ['body.a: expected "~^x", got "ax"']
    assert list(differences("<5", 4.9, "n")) == []
    assert list(differences("<5", "4", "n")) == ['n: expected "<5", got "4"']
    assert list(differences(["a"], None, "n")) == ['n: expected ["a"], got null']
    assert next(differences("x", "y" * 400, "n")).endswith("…")
