"""One run of one scenario, from its begin to its verdict."""

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from fakeseed.errors import FakeseedError
from fakeseed.model.times import SECOND, as_span, parse_instant
from fakeseed.scenario.matching import differences
from fakeseed.scenario.schema_types import Expected, Requests, Scenario, Setup
from fakeseed.scenario.validate import names_of
from fakeseed.scenario_runner.steps import ScenarioClient
from fakeseed.scenario_runner.webhook_receiver import Receiver
from fakeseed.testing.harness import LocalEmulator, TestWorld, local_emulator
from fakeseed.world.clock import SystemTime


class Result(msgspec.Struct):
    """What came of a run. ``problems`` is empty when all was as expected; ``seconds`` are real."""

    name: str
    title: str
    steps: int
    seconds: float
    problems: list[str]
    fired: dict[str, int] = {}
    journal: bytes = b""

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return not self.problems


class EmulatorUnderScenario(msgspec.Struct, frozen=True):
    """An emulator with its receiver of webhooks."""

    emulator: LocalEmulator
    receiver: Receiver


@contextmanager
def emulator_under_scenario() -> Iterator[EmulatorUnderScenario]:
    """An emulator for as long as the context lasts. Raises StartError when it does not start."""
    receiver = Receiver()
    with local_emulator("scenario", webhook_transport=receiver.transport) as emulator:
        yield EmulatorUnderScenario(emulator, receiver)


def play(stage: EmulatorUnderScenario, name: str, scenario: Scenario, system_time: SystemTime) -> Result:
    """Run one scenario in a world of its own, made anew. Raises ControlError when it cannot be set up."""
    began = system_time()
    problems, journal = _played(stage, f"scenario-{name}", scenario)
    seconds = (system_time() - began) / SECOND
    return Result(
        name, scenario.title, len(scenario.steps), seconds, problems, dict(_fired(_entries(journal))), journal
    )


def _played(stage: EmulatorUnderScenario, key: str, scenario: Scenario) -> tuple[list[str], bytes]:
    stage.receiver.begin(scenario.receiver.answers)
    world = TestWorld(stage.emulator, key)
    world.load(Setup(scenario.world, scenario.faults, scenario.timeline), "frozen")
    begin = parse_instant(world.control.clock()["now"])
    problems = []
    with closing(ScenarioClient(world, _presets(world, scenario))) as client:
        for number, step in enumerate(scenario.steps, 1):
            stage.receiver.step = number
            try:
                problems += [f"step {number}: {problem}" for problem in client.take(step)]
            except FakeseedError as problem:
                problems.append(f"step {number}: {problem.args[0]}")
            world.control.advance(0)  # returns when what the step set going is done
        journal = world.journal_bytes()
        try:
            problems += _end(stage, client, scenario.expect, _entries(journal), begin)
        except FakeseedError as problem:
            problems.append(problem.args[0])
    return problems, journal


def _presets(world: TestWorld, scenario: Scenario) -> dict[str, str]:
    """The ids of the assets that are there from the start, by name; they are the first that the journal tells of."""
    names = [name for asset in scenario.world.assets for name in names_of(asset.name_as, asset.count)]
    entries = world.control.journal(kind="event", limit=10_000)["entries"]
    asset_ids = [entry["asset"] for entry in entries if entry.get("trigger") == "upload"]
    return dict(zip(names, asset_ids, strict=True))


def _entries(journal: bytes) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = msgspec.json.decode(journal)["entries"]
    return entries


def _fired(entries: list[dict[str, Any]]) -> Counter[str]:
    return Counter(fault.partition(" (")[0] for entry in entries for fault in entry.get("faults", ()))


# -- the end ----------------------------------------------------------------------------------------------------------


def _end(
    stage: EmulatorUnderScenario, client: ScenarioClient, expect: Expected, entries: list[dict[str, Any]], begin: int
) -> Iterator[str]:
    """What is not as it must be at the end."""
    for fault, expected in expect.faults.items():
        yield from differences(expected, _fired(entries)[fault], f"faults.{fault}")
    for requests in expect.requests:
        count = sum(_is_like(requests, entry) for entry in entries)
        yield from differences(requests.count, count, f"requests {requests.method} {requests.path}")
    yield from _money(client, expect)
    yield from _hooks(stage, client, expect, entries, begin)
    client.world.control.disarm()  # so that what is looked at now is the state, not an answer
    for kind in ("tasks", "assets"):
        for name, expected in getattr(expect, kind).items():
            yield from differences(client.expected(expected), _record(client, kind, name), f"{kind}.{name}")


def _is_like(expected: Requests, entry: dict[str, Any]) -> bool:
    return (
        entry["kind"] == "request"
        and fnmatchcase(entry["method"], expected.method)
        and fnmatchcase(entry["path"], expected.path)
        and expected.status in (None, entry["status"])
        and (not expected.fault or any(fault.startswith(f"{expected.fault} (") for fault in entry.get("faults", ())))
    )


def _money(client: ScenarioClient, expect: Expected) -> Iterator[str]:
    control = client.world.control
    ledger = control.ledger(limit=10_000)
    yield from differences(client.expected(expect.points), ledger["balances"], "points")
    charges = sum(movement["kind"] == "consume" for movement in ledger["movements"])
    yield from differences(expect.charges, charges, "charges")
    if expect.twins is not msgspec.UNSET:
        yield from differences(expect.twins, control.twins()["total"], "twins")


def _hooks(
    stage: EmulatorUnderScenario, client: ScenarioClient, expect: Expected, entries: list[dict[str, Any]], begin: int
) -> Iterator[str]:
    if expect.webhooks is None:
        return
    came = stage.receiver.messages
    deliveries = [
        delivery
        for delivery in entries
        if delivery["kind"] == "delivery" and delivery["cause"] != "kept back by a fault"
    ]
    if len(came) != len(expect.webhooks):
        yield f"webhooks: expected {len(expect.webhooks)}, got {len(came)}"
    for index, (expected, message, entry) in enumerate(zip(expect.webhooks, came, deliveries, strict=False)):
        where, data = f"webhooks[{index}]", message.body["data"]
        if expected.task:
            yield from differences(client.id_of(expected.task), data["task_id"], f"{where}.task")
        yield from differences(expected.status, data["status"], f"{where}.status")
        yield from differences(expected.secret, message.secret, f"{where}.secret")
        if expected.during is not None:
            yield from differences(expected.during, message.during, f"{where}.during")
        if expected.after is not None:
            passed = (parse_instant(entry["at"]) - begin) / SECOND
            yield from differences(as_span(expected.after) / SECOND, passed, f"{where}.after")


def _record(client: ScenarioClient, kind: str, name: str) -> Any:
    """A record as a get shows it, None when there is none."""
    answer = client.http.get(f"/api/v1/{kind[:-1]}/{client.id_of(name)}")
    if answer.status_code == 404:
        return None
    return answer.json()["data"] if kind == "tasks" else answer.json()
