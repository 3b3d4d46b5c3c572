"""What a run says about each behaviour: held, broken (expected, got), or not reachable."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from .assertions import SHOWN, Broken
from .catalogue import behaviours, outside, without_check

PROPERTY = "contract"
"""Name of the user property that carries a check's verdict on pytest's own reports, and so into JUnit files."""

STATUSES = ("broken", "held", "not reachable", "not run", "no check")


class Verdict(NamedTuple):
    """What one check says about the behaviours it holds."""

    behaviours: list[str]
    outcome: str
    expected: str = ""
    got: str = ""
    reason: str = ""
    source: str = ""


OUTCOMES = {"passed": "held", "failed": "broken", "skipped": "not reachable"}


def verdict_of(ids: Iterable[str], call: pytest.CallInfo[Any], outcome: str) -> Verdict | None:
    """What a phase of a check says; None when it says nothing (its set-up went well)."""
    ids = list(ids)
    if not ids or (call.when != "call" and outcome == "passed"):
        return None
    problem = call.excinfo.value if call.excinfo else None
    if outcome == "skipped":
        return Verdict(ids, "not reachable", reason=str(problem).removeprefix("not reachable: "))
    if isinstance(problem, Broken):
        return Verdict(list(problem.behaviours) or ids, "broken", problem.expected, problem.got, problem.about)
    if problem is not None:
        return Verdict(ids, "broken", "the check to hold", _sentence(problem))
    return Verdict(ids, OUTCOMES[outcome])


def _sentence(problem: BaseException) -> str:
    text = re.sub(r"\x1b\[[0-9;]*m", "", f"{type(problem).__name__}: {problem}")
    return " ".join(text.split())[:SHOWN]


class Report:
    """Gathers verdicts; a plugin of pytest."""

    def __init__(self, config: pytest.Config, head: dict[str, object]) -> None:
        self._config = config
        self.head = head
        self.checks: dict[str, list[str]] = {}
        self.idle_checks: list[str] = []
        self.verdicts: list[tuple[str, Verdict]] = []
        self.tables: dict[str, list[str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep a phase's verdict."""
        for name, value in report.user_properties:
            if name == PROPERTY and isinstance(value, dict) and value["when"] == report.when:
                verdict = {key: item for key, item in value.items() if key != "when"}
                self.verdicts.append((report.nodeid, Verdict(**verdict)))

    def table(self, title: str, rows: list[str]) -> None:
        """Add a table that a check has to show."""
        self.tables[title] = rows

    def as_json(self) -> dict[str, object]:
        """The whole report."""
        entries = {name: self._entry(name) for name in behaviours()}
        counts = {status: sum(entry["status"] == status for entry in entries.values()) for status in STATUSES}
        reasons = {"without_check": without_check(), "outside": outside()}
        summary = {"counts": counts, "behaviours": entries, **reasons, "tables": self.tables}
        return {**self.head, **summary, "idle_checks": self.idle_checks}

    def _entry(self, name: str) -> dict[str, Any]:
        verdicts = [(test, verdict) for test, verdict in self.verdicts if name in verdict.behaviours]
        outcomes = {verdict.outcome for _, verdict in verdicts}
        status = next((status for status in STATUSES if status in outcomes), None)
        checks = [
            {"test": test, **{k: v for k, v in verdict._asdict().items() if v and k != "behaviours"}}
            for test, verdict in verdicts
        ]
        checks_of_behaviour = self.checks.get(name, [])
        return {
            "status": status or ("not run" if checks_of_behaviour else "no check"),
            "checks": checks,
            "known_checks": checks_of_behaviour,
        }

    def pytest_sessionfinish(self) -> None:
        """Write the report where it was asked for."""
        path = self._config.getoption("--contract-report")
        if path:
            Path(path).write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", "utf-8")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say how the behaviours stand, broken ones in words."""
        if not self.verdicts:
            return
        entries = {name: self._entry(name) for name in behaviours()}
        for title, rows in self.tables.items():
            terminalreporter.section(title)
            for row in rows:
                terminalreporter.write_line(row)
        terminalreporter.section("behaviours")
        for name, entry in entries.items():
            broken = [check for check in entry["checks"] if check["outcome"] == "broken"]
            for check in broken[:1]:
                expected, got = check.get("expected", ""), check.get("got", "")
                remainder = f" and {len(broken) - 1} more" if len(broken) > 1 else ""
                terminalreporter.write_line(
                    f"broken  {name}: expected {expected}, got {got} ({check['test']}{remainder})"
                )
        counts = [f"{sum(e['status'] == status for e in entries.values())} {status}" for status in STATUSES]
        terminalreporter.write_line(" · ".join(counts))


def head(target: str, profile: str, seed: int) -> dict[str, object]:
    """What the report begins with."""
    now = datetime.now(UTC).isoformat(timespec="seconds")  # noqa: TID251 - the day of the run, not a world's time
    return {"target": target, "profile": profile, "seed": seed, "date": now}


REPORT = pytest.StashKey[Report]()
SEED = pytest.StashKey[int]()
"""Where a run's configuration keeps its report and its seed."""
