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
    line = WorldClient(stage.url, f"scenario-{name}")
    try:
        problems, journal = _played(stage, line, scenario)
    finally:
        line.close()
    took = (system_time() - began) / SECOND
    return Result(name, scenario.title, len(scenario.steps), took, problems, dict(_fired(_entries(journal))), journal)


def _played(stage: EmulatorUnderScenario, line: WorldClient, scenario: Scenario) -> tuple[list[str], bytes]:
    stage.receiver.begin(scenario.receiver.answers)
    setup = msgspec.to_builtins(Setup(scenario.world, scenario.faults, scenario.timeline))
    line.control("POST", "scenario", {"setup": setup, "clock": "frozen"})
    begin = parse_instant(line.control("GET", "clock")["now"])
    client = Client(line, _presets(line, scenario))
    problems = []
    for number, step in enumerate(scenario.steps, 1):
        stage.receiver.step = number
        try:
            problems += [f"step {number}: {problem}" for problem in client.take(step)]
        except UsageError as problem:
            problems.append(f"step {number}: {problem}")
        line.control("POST", "clock/advance", {"by": 0})  # returns when what the step set going is done
    journal = line.journal()
    problems += _end(stage, client, scenario.expect, _entries(journal), begin)
    return problems, journal


def _presets(line: WorldClient, scenario: Scenario) -> dict[str, str]:
    """The ids of the assets that are there from the start, by name; they are the first that the journal tells of."""
    names = [name for asset in scenario.world.assets for name in names_of(asset.name_as, asset.count)]
    entries = line.control("GET", "journal?kind=event&limit=10000")["entries"]
    made = [entry["asset"] for entry in entries if entry.get("trigger") == "upload"]
    return dict(zip(names, made, strict=True))


def _entries(journal: bytes) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = msgspec.json.decode(journal)["entries"]
    return entries


def _fired(entries: list[dict[str, Any]]) -> Counter[str]:
    return Counter(told.partition(" (")[0] for entry in entries for told in entry.get("faults", ()))


# -- the end ----------------------------------------------------------------------------------------------------------


def _end(
    stage: EmulatorUnderScenario, client: Client, expect: Expected, entries: list[dict[str, Any]], begin: int
) -> Iterator[str]:
    """What is not as it must be at the end."""
    for fault, wanted in expect.faults.items():
        yield from differences(wanted, _fired(entries)[fault], f"faults.{fault}")
    for asked in expect.requests:
        count = sum(_is_like(asked, entry) for entry in entries)
        yield from differences(asked.count, count, f"requests {asked.method} {asked.path}")
    yield from _money(client.line, expect)
    yield from _hooks(stage, client, expect, entries, begin)
    client.line.control("DELETE", "faults")  # so that what is looked at now is the state, not an answer
    for kind in ("tasks", "assets"):
        for name, wanted in getattr(expect, kind).items():
            yield from differences(client.filled(wanted), _record(client, kind, name), f"{kind}.{name}")


def _is_like(asked: Requests, entry: dict[str, Any]) -> bool:
    return (
        entry["kind"] == "request"
        and fnmatchcase(entry["method"], asked.method)
        and fnmatchcase(entry["path"], asked.path)
        and asked.status in (None, entry["status"])
        and (not asked.fault or any(told.startswith(f"{asked.fault} (") for told in entry.get("faults", ())))
    )


def _money(line: WorldClient, expect: Expected) -> Iterator[str]:
    ledger = line.control("GET", "ledger?limit=10000")
    yield from differences(expect.points, ledger["balances"], "points")
    charges = sum(movement["kind"] == "consume" for movement in ledger["movements"])
    yield from differences(expect.charges, charges, "charges")
    if expect.twins is not msgspec.UNSET:
        yield from differences(expect.twins, line.control("GET", "twins")["total"], "twins")


def _hooks(
    stage: EmulatorUnderScenario, client: Client, expect: Expected, entries: list[dict[str, Any]], begin: int
) -> Iterator[str]:
    if expect.webhooks is None:
        return
    came = stage.receiver.messages
    told = [one for one in entries if one["kind"] == "delivery" and one["cause"] != "kept back by a fault"]
    if len(came) != len(expect.webhooks):
        yield f"webhooks: expected {len(expect.webhooks)}, got {len(came)}"
    for place, (wanted, message, entry) in enumerate(zip(expect.webhooks, came, told, strict=False)):
        where, data = f"webhooks[{place}]", message.body["data"]
        if wanted.task:
            yield from differences(client.id_of(wanted.task), data["task_id"], f"{where}.task")
        yield from differences(wanted.status, data["status"], f"{where}.status")
        yield from differences(wanted.secret, message.secret, f"{where}.secret")
        if wanted.during is not None:
            yield from differences(wanted.during, message.during, f"{where}.during")
        if wanted.after is not None:
            after = (parse_instant(entry["at"]) - begin) / SECOND
            yield from differences(as_span(wanted.after) / SECOND, after, f"{where}.after")


def _record(client: Client, kind: str, name: str) -> Any:
    """A record as a get shows it, None when there is none."""
    answer = client.line.http.get(f"/api/v1/{kind[:-1]}/{client.id_of(name)}")
    if answer.status_code == 404:
        return None
    return answer.json()["data"] if kind == "tasks" else answer.json()
