"""One run of one scenario, from its begin to its verdict."""

from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.model.times import SECOND, as_span, parse_instant
from fakeseed.scenario.schema_types import Expected, Requests, Scenario, Setup
from fakeseed.scenario.validate import names_of
from fakeseed.scenario_runner.matching import differences
from fakeseed.scenario_runner.stage import EmulatorUnderScenario, WorldClient
from fakeseed.scenario_runner.steps import Client
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


def play(stage: EmulatorUnderScenario, name: str, scenario: Scenario, system_time: SystemTime) -> Result:
    """Run one scenario in a world of its own, made anew. Raises UsageError when it cannot be set up."""
    began = system_time()
    connection = WorldClient(stage.url, f"scenario-{name}")
    try:
        problems, journal = _played(stage, connection, scenario)
    finally:
        connection.close()
    seconds = (system_time() - began) / SECOND
    return Result(
        name, scenario.title, len(scenario.steps), seconds, problems, dict(_fired(_entries(journal))), journal
    )


def _played(stage: EmulatorUnderScenario, connection: WorldClient, scenario: Scenario) -> tuple[list[str], bytes]:
    stage.receiver.begin(scenario.receiver.answers)
    setup = msgspec.to_builtins(Setup(scenario.world, scenario.faults, scenario.timeline))
    connection.control("POST", "scenario", {"setup": setup, "clock": "frozen"})
    begin = parse_instant(connection.control("GET", "clock")["now"])
    client = Client(connection, _presets(connection, scenario))
    problems = []
    for number, step in enumerate(scenario.steps, 1):
        stage.receiver.step = number
        try:
            problems += [f"step {number}: {problem}" for problem in client.take(step)]
        except UsageError as problem:
            problems.append(f"step {number}: {problem}")
        connection.control("POST", "clock/advance", {"by": 0})  # returns when what the step set going is done
    journal = connection.journal()
    problems += _end(stage, client, scenario.expect, _entries(journal), begin)
    return problems, journal


def _presets(connection: WorldClient, scenario: Scenario) -> dict[str, str]:
    """The ids of the assets that are there from the start, by name; they are the first that the journal tells of."""
    names = [name for asset in scenario.world.assets for name in names_of(asset.name_as, asset.count)]
    entries = connection.control("GET", "journal?kind=event&limit=10000")["entries"]
    asset_ids = [entry["asset"] for entry in entries if entry.get("trigger") == "upload"]
    return dict(zip(names, asset_ids, strict=True))


def _entries(journal: bytes) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = msgspec.json.decode(journal)["entries"]
    return entries


def _fired(entries: list[dict[str, Any]]) -> Counter[str]:
    return Counter(fault.partition(" (")[0] for entry in entries for fault in entry.get("faults", ()))


# -- the end ----------------------------------------------------------------------------------------------------------


def _end(
    stage: EmulatorUnderScenario, client: Client, expect: Expected, entries: list[dict[str, Any]], begin: int
) -> Iterator[str]:
    """What is not as it must be at the end."""
    for fault, expected in expect.faults.items():
        yield from differences(expected, _fired(entries)[fault], f"faults.{fault}")
    for requests in expect.requests:
        count = sum(_is_like(requests, entry) for entry in entries)
        yield from differences(requests.count, count, f"requests {requests.method} {requests.path}")
    yield from _money(client.connection, expect)
    yield from _hooks(stage, client, expect, entries, begin)
    client.connection.control("DELETE", "faults")  # so that what is looked at now is the state, not an answer
    for kind in ("tasks", "assets"):
        for name, expected in getattr(expect, kind).items():
            yield from differences(client.filled(expected), _record(client, kind, name), f"{kind}.{name}")


def _is_like(expected: Requests, entry: dict[str, Any]) -> bool:
    return (
        entry["kind"] == "request"
        and fnmatchcase(entry["method"], expected.method)
        and fnmatchcase(entry["path"], expected.path)
        and expected.status in (None, entry["status"])
        and (not expected.fault or any(fault.startswith(f"{expected.fault} (") for fault in entry.get("faults", ())))
    )


def _money(connection: WorldClient, expect: Expected) -> Iterator[str]:
    ledger = connection.control("GET", "ledger?limit=10000")
    yield from differences(expect.points, ledger["balances"], "points")
    charges = sum(movement["kind"] == "consume" for movement in ledger["movements"])
    yield from differences(expect.charges, charges, "charges")
    if expect.twins is not msgspec.UNSET:
        yield from differences(expect.twins, connection.control("GET", "twins")["total"], "twins")


def _hooks(
    stage: EmulatorUnderScenario, client: Client, expect: Expected, entries: list[dict[str, Any]], begin: int
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


def _record(client: Client, kind: str, name: str) -> Any:
    """A record as a get shows it, None when there is none."""
    answer = client.connection.http.get(f"/api/v1/{kind[:-1]}/{client.id_of(name)}")
    if answer.status_code == 404:
        return None
    return answer.json()["data"] if kind == "tasks" else answer.json()
