"""The correct clients as programs: how each is started, and what the judge says of it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

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
REAL_SECONDS = 900
INSTALL_SECONDS = 300
LONG_ENOUGH = ("--timeout", "240")
"""A server that looks twice a second for its end looks 12,000 times in 100 minutes: over 60 s beside other work."""


class UnavailableError(Exception):
    """This machine lacks what a client needs, and the message says what."""


@cache
def node_packages() -> Path:
    """The folder with the packages of the Node clients; they are fetched once. Raises UnavailableError."""
    if shutil.which("node") is None:
        raise UnavailableError("node is not installed")
    if all((NODE_FOLDER / "node_modules" / name.partition("@")[0]).is_dir() for name in PACKAGES):
        return NODE_FOLDER
    npm = shutil.which("npm")
    if npm is None:
        raise UnavailableError("npm is not installed, and the Node clients need undici and axios")
    NODE_FOLDER.mkdir(parents=True, exist_ok=True)
    install = [npm, "install", "--prefix", str(NODE_FOLDER), "--no-audit", "--no-fund", *PACKAGES]
    installed = subprocess.run(install, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False)
    if installed.returncode:
        raise UnavailableError(f"the Node clients need undici and axios: {installed.stderr[-200:]}")
    return NODE_FOLDER


def command(name: str) -> tuple[list[str], dict[str, str]]:
    """How a client is started, and the variables that it needs besides. Raises UnavailableError."""
    if name in NODE:
        packages = node_packages()
        return [shutil.which("node") or "node", str(CLIENTS / f"{name}.mjs")], {"ZOO_NODE_MODULES": str(packages)}
    return [sys.executable, "-m", f"tests.zoo.clients.{name}"], {"PYTHONPATH": str(ROOT)}


def judged(name: str, *options: str) -> list[dict[str, Any]]:
    """What the judge says of a client. Raises UnavailableError."""
    return judged_command(*command(name), *options)


def judged_command(program: list[str], variables: dict[str, str], *options: str) -> list[dict[str, Any]]:
    """What the judge says of a program, as JSON."""
    finished = subprocess.run(
        [sys.executable, "-m", "fakeseed", "judge", "--json", *LONG_ENOUGH, *options, "--", *program],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=REAL_SECONDS,
        check=False,
    )
    if not finished.stdout:
        raise AssertionError(finished.stderr)
    runs: list[dict[str, Any]] = json.loads(finished.stdout)
    return runs


def accusations(runs: list[dict[str, Any]]) -> dict[str, list[str]]:
    """What a client is accused of, by scenario; a world in which it could not be judged counts too."""
    by_scenario: dict[str, list[str]] = {}
    for run in runs:
        broken = [verdict["rule"] for verdict in run["verdicts"] if verdict["outcome"] == "broken"]
        against = [*broken, *run["complaints"], *([run["reason"]] if run["reason"] else [])]
        if against:
            by_scenario[run["scenario"]] = against
    return by_scenario


@contextmanager
def busy_core(*, busy: bool) -> Iterator[None]:
    """A process that never rests, on one core of this machine, for as long as this lasts."""
    if not busy:
        yield
        return
    loop = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        yield
    finally:
        loop.kill()
        loop.wait(10)
