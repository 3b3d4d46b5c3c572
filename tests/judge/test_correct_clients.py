"""Correct clients of different make, as programs: the judge accuses none of them, whatever goes wrong."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
CLIENTS = ROOT / "tests" / "zoo" / "clients"
PYTHON = (
    *("sync_httpx", "async_httpx", "with_requests", "with_aiohttp", "gives_up_early", "webhook_receiver"),
    "sdk_queue",
)
NODE = ("fetch", "undici_agent", "with_axios")
PACKAGES = ("undici@6", "axios@1")
"""What the Node clients need of npm."""
NODE_FOLDER = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fakeseed-tests" / "node"
FEW = (
    "calm",
    "billing/accept-then-drop",
    "network/storm-of-503",
    "output/torn-and-resumed",
    "lifecycle/stuck-for-ever",
)
REAL_SECONDS = 900


@cache
def node_packages() -> Path:
    """The folder with the packages of the Node clients; they are fetched once."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    if not all((NODE_FOLDER / "node_modules" / name.partition("@")[0]).is_dir() for name in PACKAGES):
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("npm is not installed, and the Node clients need undici and axios")
        NODE_FOLDER.mkdir(parents=True, exist_ok=True)
        options = ("--prefix", str(NODE_FOLDER), "--no-audit", "--no-fund")
        installed = subprocess.run([npm, "install", *options, *PACKAGES], capture_output=True, text=True, check=False)
        if installed.returncode:
            pytest.skip(f"npm is not reachable, and the Node clients need undici and axios: {installed.stderr[-200:]}")
    return NODE_FOLDER


def command(name: str) -> tuple[list[str], dict[str, str]]:
    """How a client is started, and the variables that it needs besides."""
    if name in NODE:
        packages = node_packages()
        return [shutil.which("node") or "node", str(CLIENTS / f"{name}.mjs")], {"ZOO_NODE_MODULES": str(packages)}
    return [sys.executable, "-m", f"tests.zoo.clients.{name}"], {"PYTHONPATH": str(ROOT)}


def judged(name: str, *options: str) -> list[dict[str, Any]]:
    """What the judge says of a client."""
    program, variables = command(name)
    finished = subprocess.run(
        [sys.executable, "-m", "fakeseed", "judge", "--json", *options, "--", *program],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=REAL_SECONDS,
        check=False,
    )
    assert finished.stdout, finished.stderr
    runs: list[dict[str, Any]] = json.loads(finished.stdout)
    return runs


def accusations(runs: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What a correct client is accused of, by scenario."""
    by_scenario: dict[str, list[str]] = {}
    for run in runs:
        broken = [verdict["rule"] for verdict in run["verdicts"] if verdict["outcome"] == "broken"]
        against = [*broken, *run["complaints"], *([run["reason"]] if run["reason"] else [])]
        if against:
            by_scenario[run["scenario"]] = against
    return by_scenario


@pytest.mark.parametrize("name", [*PYTHON, *NODE])
def test_a_correct_client_of_any_make_is_accused_of_nothing(name: str) -> None:
    options = [option for scenario in FEW for option in ("--scenario", scenario)]
    runs = judged(name, *options)
    assert not accusations(runs)
    assert [run["clock"] for run in runs] == ["virtual"] * len(FEW)


@pytest.mark.slow
@pytest.mark.parametrize("name", [*PYTHON, *NODE])
def test_a_correct_client_of_any_make_is_clean_in_every_scenario(name: str) -> None:
    assert not accusations(judged(name, "--all"))
