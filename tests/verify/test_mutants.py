"""The contract suites bite: each mutant of the emulator is caught by them alone.

The normal run tries a few. All of them, with the table of kills: ``MUTANTS=all pytest tests/verify/test_mutants.py``;
what the state machine catches without the other suites: ``MUTANTS=machine pytest tests/verify/test_mutants.py``.
"""

import ast
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from fakeseed.catalogue import folder, load, split
from tests.support.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
CHOICE = os.environ.get("MUTANTS", "few")
FEW = (
    "ttl-ends-late",
    "quota-counts-failed",
    "list-shows-ephemerals",
    "foreign-asset",
    "refund-forgotten",
    "webhook-before-state",
    "output-too-long",
    "wrong-content-type",
)
CHOSEN = FEW if CHOICE == "few" else ("none", *MUTANTS)
SUITES = (
    ("contracts/checks/test_machine.py",)
    if CHOICE == "machine"
    else ("contracts", "--ignore=contracts/checks/test_schema.py")
)
PROFILE = "ci" if CHOICE == "machine" else "quick"
IDLE = ("schemathesis", "benchmark", "faker", "anyio", "cacheprovider")
"""Plugins that these runs have no use for, some of which take a second to import."""
AT_A_TIME = 2


class Kill(NamedTuple):
    """How a run of the suites against a mutant ended: pytest's exit code, the check that failed, what it said."""

    mutant: str
    code: int
    check: str
    description: str
    seconds: float


def suites(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the contract suites in a process of their own."""
    plugins = ["-n", "0", *(option for name in IDLE for option in ("-p", f"no:{name}"))]
    command = [sys.executable, "-m", "pytest", *plugins, "-p", "tests.support.mutants", *SUITES, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def run(mutant: str, folder: Path) -> Kill:
    """Let the suites judge a mutant until the first check that fails."""
    report, began = folder / f"{mutant}.json", time.perf_counter()
    ended = suites(
        *("--mutant", mutant, "--exitfirst", "--quiet", "--contract-first", "--contract-profile", PROFILE),
        *("--hypothesis-seed", "1", "--contract-report", str(report)),
    )
    seconds = time.perf_counter() - began
    entries = json.loads(report.read_text())["behaviours"] if report.exists() else {}
    broken = {name: entry["checks"] for name, entry in entries.items() if entry["status"] == "broken"}
    check = next((entry["test"] for checks in broken.values() for entry in checks if entry["outcome"] == "broken"), "")
    outcome = ", ".join(broken) if check else ended.stdout[-2000:] + ended.stderr[-2000:]
    return Kill(mutant, ended.returncode, check.removeprefix("contracts/checks/"), outcome, seconds)


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[dict[str, Kill]]:
    """Every chosen mutant's run, two at a time; the table is printed at the end."""
    folder = tmp_path_factory.mktemp("mutants")
    with ThreadPoolExecutor(AT_A_TIME) as pool:
        results = list(pool.map(lambda name: run(name, folder), CHOSEN))
    yield {kill.mutant: kill for kill in results}
    capture = request.config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled():
        print(*_table(results), sep="\n")


def _table(results: list[Kill]) -> Iterator[str]:
    mutants = [kill for kill in results if kill.mutant != "none"]
    yield f"\n{sum(kill.code == 1 for kill in mutants)} of {len(mutants)} mutants killed"
    for kill in mutants:
        end = {0: "SURVIVED", 1: "killed"}.get(kill.code, f"ERROR {kill.code}")
        yield f"{end:8} {kill.seconds:5.1f} s  {kill.mutant:22} {MUTANTS[kill.mutant].description:44} {kill.check}"


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", CHOSEN)
def test_the_suites_catch_it(kills: dict[str, Kill], name: str) -> None:
    kill = kills[name]
    if name == "none":
        assert kill.code == 0, f"the emulator itself does not hold: {kill.description}"
        return
    if CHOICE == "machine" and kill.code == 0:
        pytest.skip("beyond the model of the state machine")
    assert kill.code == 1, f"{MUTANTS[name].description}: {kill.description}"
    assert kill.check, "a check failed, not the run"


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 25
    assert set(FEW) <= MUTANTS.keys()


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_behaviour_has_a_check_or_a_reason(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    ended = suites("--collect-only", "--quiet", "--contract-report", str(report))
    assert ended.returncode == 0, ended.stdout + ended.stderr
    contents = json.loads(report.read_text())
    unchecked = {name for name, entry in contents["behaviours"].items() if not entry["known_checks"]}
    assert unchecked == set(contents["without_check"]), "checks against contracts/unchecked.toml"
    emulated, outside = split(load())
    assert contents["behaviours"].keys() == emulated.keys()
    assert contents["outside"].keys() == outside.keys()


def test_only_the_module_that_starts_the_emulator_imports_it() -> None:
    for path in folder().rglob("*.py"):
        names = [
            name
            for node in ast.walk(ast.parse(path.read_text()))
            for name in (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and not node.level
                else []
            )
        ]
        inside = [name for name in names if name.split(".")[0] == "fakeseed"]
        assert not inside or path.name == "emulator_in_process.py", f"{path} imports {inside}"
