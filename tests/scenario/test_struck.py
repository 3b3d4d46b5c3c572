"""Whether a scenario's trouble struck: every scenario has an answer, right for its own client and for the zoo's."""

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from fakeseed.client import Control
from fakeseed.errors import UsageError
from fakeseed.faults.registry import known_faults
from fakeseed.model.times import parse_instant
from fakeseed.scenario.find import known_scenarios, read_named
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import EntryPattern
from fakeseed.scenario.struck import Struck, is_like, signs_of, struck
from fakeseed.scenario_runner.play import EmulatorUnderScenario, emulator_under_scenario, play
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.clock import system_time
from fakeseed.world.settings import Settings
from tests.conftest import START
from tests.support.scenarios import scenario
from tests.zoo import missions
from tests.zoo.correct import CorrectClient
from tests.zoo.harness import ended
from tests.zoo.hooked import HookedClient

NAMES = list(known_scenarios())


@pytest.fixture(scope="module")
def stage() -> Iterator[EmulatorUnderScenario]:
    """One server for all runs with the scenario's own steps."""
    with emulator_under_scenario() as running:
        yield running


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """One server for all worlds of the zoo's clients."""
    with in_thread(App(Settings(seed="struck", freeze_at=parse_instant(START)))) as running:
        yield running


def entries_of(control: Control) -> list[dict[str, Any]]:
    """The whole journal of a world."""
    return [dict(entry) for entry in control.entries()]


def client_run(url: str, kind: type[CorrectClient], mission: Any, scenario_name: str) -> list[dict[str, Any]]:
    """The journal of a world in which a client of the zoo did its work."""
    key = f"struck-{kind.__name__}"
    with Control(url, key=key) as control:
        control.load_scenario(scenario_name, "frozen")
        client = kind(url, key, lambda seconds: control.advance(by=seconds) if seconds > 0 else None)
        try:
            ended(lambda: mission(client))
        finally:
            client.close()
        return entries_of(control)


# -- the scenarios ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", NAMES)
def test_the_trouble_of_every_scenario_strikes_its_own_client(stage: EmulatorUnderScenario, name: str) -> None:
    parsed = read_named(name)
    journal = msgspec.json.decode(play(stage, name, parsed, system_time).journal)["entries"]
    result = struck(parsed, journal)
    assert result
    assert result.missing == ()
    setup_alone = [entry for entry in journal if entry["kind"] == "event" and entry.get("trigger") == "upload"]
    assert not struck(parsed, setup_alone), "what the scenario set up is not the client's"
    assert not struck(parsed, [])


NEVER = {
    *("auto-upload/data-uri", "auto-upload/flag-in-the-wrong-place", "auto-upload/retention-over"),
    *("auto-upload/strict-type", "auto-upload/url-fails", "billing/points-come-back"),
    *("lifecycle/asset-used-too-early", "lifecycle/cancelled-ends-as-failed", "lifecycle/upstream-503-retried"),
    *("moderation/asset-on-a-strict-type", "moderation/copyright-less-restriction-is-final"),
    *("moderation/face-as-an-asset", "moderation/face-on-a-strict-type", "moderation/refused-once-then-made"),
    *("network/wrong-path-and-missing-key", "quota/batch-meets-the-limit", "quota/concurrency-reached-and-freed"),
    *("quota/downgraded-midway", "ttl/idle-asset-gone", "ttl/plan-without-assets", "ttl/video-gone-after-a-day"),
    *("clients/webhook-with-polling-behind", "webhook/late", "webhook/of-a-failed-task"),
    "webhook/retried-until-taken",
}
"""Scenarios whose trouble no mission leads into: the client would have to make the mistake, to ask for such a task, or
to stay longer than it does."""
MISSIONS = {
    "auto-upload/cap-reached-and-freed": missions.crowd,
    "billing/insufficient-points": missions.crowd,
    "clients/ephemeral-only": missions.guest,
    "clients/raw-only": missions.text,
    "lifecycle/asset-failed": missions.failing_person,
    "lifecycle/asset-revoked": missions.library,
    "lifecycle/error-only-in-logs": missions.refused,
    "lifecycle/released-by-the-timeline": missions.text,
    "moderation/copyright-strict-tries-twice": missions.refused,
    "output/corrupt-tail": missions.batch,
    "output/etag-changed": missions.batch,
    "quota/another-program-was-quicker": missions.cast,
    "quota/failed-assets-are-free": missions.cast,
    "quota/full-and-freed-by-delete": missions.cast,
    "ttl/downgrade-shortens-life": missions.library,
    "ttl/failed-asset-not-refreshed": missions.library,
    "ttl/kept-alive-by-touching": missions.library,
}
"""The mission of the correct client that leads into the trouble; a person for all others, a webhook for webhooks."""


@pytest.mark.parametrize("name", NAMES)
def test_the_correct_client_is_struck_where_its_mission_leads_into_the_trouble(url: str, name: str) -> None:
    kind = HookedClient if name.startswith("webhook/") else CorrectClient
    mission = missions.hooked if kind is HookedClient else MISSIONS.get(name, missions.person)
    result = struck(read_named(name), client_run(url, kind, mission, name))
    assert bool(result) == (name not in NEVER), result


def test_a_client_without_webhooks_is_struck_by_no_webhook_fault(url: str) -> None:
    for name in (name for name in NAMES if name.startswith("webhook/")):
        assert not struck(read_named(name), client_run(url, CorrectClient, missions.text, name))


# -- what follows from a setup ----------------------------------------------------------------------------------------


def request(number: int, **changes: Any) -> dict[str, Any]:
    """A journal entry of a request."""
    entry = {"kind": "request", "seq": number, "method": "GET", "path": "/api/v1/task/x", "status": 200, "headers": []}
    return {**entry, **changes}


def event(number: int, **changes: Any) -> dict[str, Any]:
    """A journal entry of a transition."""
    return {"kind": "event", "seq": number, "task": "x", "from": None, "trigger": "create", "to": "pending", **changes}


def test_the_calm_world_has_no_trouble_that_could_strike() -> None:
    assert signs_of(read_setup({})) == []
    assert struck(read_setup({}), [request(1)]) == Struck((), ())
    assert not struck(read_setup({}), [request(1)])


def test_each_armed_fault_is_a_sign_of_its_own_and_one_is_enough() -> None:
    setup = read_setup({"faults": [{"fault": "status"}, {"fault": "edge-page", "nth": 2}]})
    result = struck(setup, [request(1, status=503, faults=["status (fault-1)"])])
    assert result
    assert (result.present, result.missing) == (("fault status",), ("fault edge-page",))


def test_two_orders_of_one_fault_are_told_apart() -> None:
    setup = read_setup({"faults": [{"fault": "drip", "on": "GET task"}, {"fault": "drip", "on": "GET account"}]})
    result = struck(setup, [request(1, faults=["drip (fault-2)"])])
    assert (len(result.present), len(result.missing)) == (1, 1)


def test_a_fault_that_fired_and_changed_nothing_did_not_strike() -> None:
    setup = read_setup({"faults": [{"fault": "unknown-status", "on": "GET task"}]})
    met = ["unknown-status (fault-1)"]
    assert not struck(setup, [request(1, faults=met, answer={"data": {"status": "completed"}})])
    assert struck(setup, [request(1, faults=met, answer={"data": {"status": "staged"}})])


def test_what_lies_ahead_of_a_task_strikes_when_it_happens_and_the_client_is_still_there() -> None:
    setup = read_setup({"faults": [{"fault": "fails-at-the-end"}]})
    create = request(2, method="POST", path="/api/v1/task", faults=["fails-at-the-end (fault-1)"])
    failed = event(3, **{"from": "processing", "trigger": "fail", "to": "failed"})
    assert not struck(setup, [create])
    assert not struck(setup, [create, failed]), "the client had left"
    assert struck(setup, [create, failed, request(4)])


def test_a_moment_of_the_timeline_strikes_who_is_there_after_it() -> None:
    setup = read_setup({"timeline": [{"at": "1s", "hold": "task 1"}, {"at": "2s", "set": {"plan": "free"}}]})
    held = {"kind": "event", "seq": 2, "scenario": "hold task 1", "from": None, "trigger": "happens", "to": None}
    impossible = {**held, "trigger": "impossible: there is no task 1"}
    assert not struck(setup, [request(1), held])
    assert not struck(setup, [request(1), impossible, request(3)])
    assert struck(setup, [request(1), held, request(3)]).present == ("hold task 1 at 1s",)
    assert struck(setup, [{**held, "scenario": "set"}, request(3)]).present == ("set at 2s",)


def test_a_refusal_that_the_steps_expect_is_the_sign_where_nothing_is_armed() -> None:
    step = {"create": {}, "expect": {"status": 429, "refused_by": "task.concurrency"}}
    parsed = scenario(steps=[step, step], timeline=[{"at": 5, "set": {"points": 1}}])
    assert [sign.title for sign in signs_of(parsed)] == ["refused by task.concurrency"]
    assert struck(parsed, [request(1, status=429, refused_by="task.concurrency")])
    assert not struck(parsed, [request(1, status=429, refused_by="asset.quota-full")])


def test_the_files_own_word_goes_before_all_others() -> None:
    own = [{"kind": "delivery", "attempt": ">=2"}, {"path": "/api/v1/task/*", "method": "DELETE"}]
    parsed = scenario(faults=[{"fault": "status"}], struck_when=own)
    delivery = {"kind": "delivery", "seq": 1, "task": "x", "attempt": 2, "status": 200, "cause": ""}
    assert not struck(parsed, [request(2, method="DELETE"), delivery])
    assert struck(parsed, [delivery, request(2, method="DELETE")])
    assert [sign.title for sign in signs_of(parsed)] == [
        "delivery attempt >=2, then request method DELETE path /api/v1/task/*"
    ]


@pytest.mark.parametrize("name", known_faults())
def test_the_evidence_of_every_fault_is_made_of_entry_patterns(name: str) -> None:
    first, *later = known_faults()[name].evidence
    for pattern in (first, *later):
        msgspec.convert(pattern, EntryPattern)
    assert first.get("kind", "request") == "request"
    assert not is_like({**first, "fault": name}, request(1)), "nothing strikes that did not fire"


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [
        ({"pth": "/x"}, r"struck_when\[0\].pth: there is no key 'pth' here; did you mean 'path'"),
        ({"fault": "statsu"}, r"struck_when\[0\].fault: unknown fault 'statsu'; did you mean 'status'"),
        (
            {"refused_by": "task.concurency"},
            r"unknown refusing behaviour .*; did you mean 'task.concurrency'",
        ),
        ({"answer": "~("}, r"struck_when\[0\]: '~\(' is no pattern"),
        ({"kind": "transition"}, r"struck_when\[0\].kind: invalid enum value 'transition'"),
    ],
)
def test_a_mistake_in_a_pattern_is_told_where_it_stands(pattern: dict[str, Any], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        scenario(struck_when=[pattern])
