"""The frame of all suites: options, markers, the target, and the report by behaviour."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial

import httpx
import pytest

from .harness import profiles, report
from .harness.budget import Budget
from .harness.catalogue import behaviours, nearest, outside
from .harness.client import Client, Target
from .harness.emulator_in_process import BASE_URL, emulator
from .harness.local_server import LocalServer
from .harness.prices import POINTS_PER_USD

MARKERS = (
    "behaviour(*ids): ids of the catalogue that this check holds",
    "source(url, section): where the story that this check tells is documented",
    "needs_control: skipped where the target has no control API",
    "costs(points): points that this check spends on a live target",
    "timeout(seconds): a limit for the whole check, where pytest-timeout is installed",
)
LAST = ("test_machine", "test_schema")
"""Suites that take longest; the others come first, so that most mistakes show at once."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the suites."""
    group = parser.getgroup("contracts")
    group.addoption("--target", default="emulator", metavar="URL", help="base URL to judge; emulator: one of our own")
    group.addoption("--key", default="", help="API key; with the control API: what keys of fresh worlds begin with")
    group.addoption("--spend", type=int, default=0, metavar="POINTS", help="points a live target may be charged")
    group.addoption("--contract-profile", default=profiles.DEFAULT, choices=list(profiles.EFFORTS), help="how hard")
    group.addoption(
        "--contract-first", action="store_true", help="show a failure as it was found, without shrinking it"
    )
    group.addoption("--contract-report", metavar="FILE", help="write what was found about each behaviour, as JSON")


def pytest_configure(config: pytest.Config) -> None:
    """Markers, the Hypothesis profile, the seed and the report."""
    for marker in MARKERS:
        config.addinivalue_line("markers", marker)
    _without_proxy_on_loopback(config)
    profile = config.getoption("--contract-profile")
    profiles.load(profile, shrink=not config.getoption("--contract-first"))
    seed = config.getoption("--hypothesis-seed", default=None)
    config.stash[report.SEED] = int(seed) if seed is not None else int.from_bytes(os.urandom(4), "big")
    head = report.head(config.getoption("--target"), profile, config.stash[report.SEED])
    config.stash[report.REPORT] = report.Report(config, head)
    config.pluginmanager.register(config.stash[report.REPORT], "contract-report")


def _without_proxy_on_loopback(config: pytest.Config) -> None:
    """Whatever proxy the environment names, this machine is reached without it, by httpx and requests alike."""
    for name in ("NO_PROXY", "no_proxy"):
        before = os.environ.get(name)
        os.environ[name] = ",".join(filter(None, (before, "localhost", "127.0.0.1", "::1")))
        config.add_cleanup(partial(_restore, name, before))


def _restore(name: str, value: str | None) -> None:
    os.environ.pop(name, None)
    if value is not None:
        os.environ[name] = value


def pytest_report_header(config: pytest.Config) -> str:
    """What to say to replay this run."""
    profile, seed = config.getoption("--contract-profile"), config.stash[report.SEED]
    return f"contracts: target {config.getoption('--target')}, profile {profile}, --hypothesis-seed={seed}"


def pytest_report_collectionfinish(config: pytest.Config, items: list[pytest.Item]) -> str:
    """What the checks that create tasks cost, before any of them runs."""
    if config.getoption("--target") == "emulator":
        return ""
    most = sum(mark.args[0] for item in items for mark in item.iter_markers("costs"))
    usd, allowed = most / POINTS_PER_USD, config.getoption("--spend")
    return f"contracts: tasks on a live target cost up to {most:,} points ({usd:.2f} USD); --spend allows {allowed:,}"


# -- which check holds what -------------------------------------------------------------------------------------------


def ids_of(item: pytest.Item) -> list[str]:
    """The behaviours that a check holds, in the order of its marks."""
    named = [name for mark in item.iter_markers("behaviour") for name in mark.args]
    return list(dict.fromkeys(named))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Refuse ids that the catalogue does not know; quick suites first."""
    checks = config.stash[report.REPORT].checks
    for item in items:
        if not ids_of(item):
            config.stash[report.REPORT].idle_checks.append(item.nodeid)
        for name in ids_of(item):
            if name in outside():
                raise pytest.UsageError(f"{item.nodeid} names {name!r}, which is not emulated: {outside()[name]}")
            if name not in behaviours():
                raise pytest.UsageError(f"{item.nodeid} names the unknown behaviour {name!r}{nearest(name)}")
            checks.setdefault(name, []).append(item.nodeid)
    items.sort(key=lambda item: any(name in item.nodeid for name in LAST))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """Put a check's verdict on pytest's own report."""
    outcome: pytest.TestReport = yield  # type: ignore[assignment]
    verdict = report.verdict_of(ids_of(item), call, outcome.outcome)
    if verdict is not None:
        source = [mark.args for mark in item.iter_markers("source")]
        source_property = {"source": ", ".join(source[0])} if source else {}
        outcome.user_properties.append(
            (report.PROPERTY, {"when": outcome.when, **verdict._asdict(), **source_property})
        )
    return outcome  # type: ignore[return-value]


# -- the target -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def target(pytestconfig: pytest.Config) -> Iterator[Target]:
    """What is judged. Ends the run with one line when it cannot be reached."""
    with ExitStack() as stack:
        yield _open(pytestconfig, stack, fetches=False)


@pytest.fixture(scope="session")
def fetching(pytestconfig: pytest.Config, target: Target) -> Iterator[Target]:
    """The target where sources are really fetched; an emulator of its own for that, where the target is ours."""
    with ExitStack() as stack:
        fetching_target = target if target.app is None else _open(pytestconfig, stack, fetches=True)
        if not fetching_target.fetches:
            pytest.skip("not reachable: this target looks at no file; start it with --ingest fetch")
        yield fetching_target


def _open(config: pytest.Config, stack: ExitStack, *, fetches: bool) -> Target:
    url, key, budget = config.getoption("--target"), config.getoption("--key"), Budget(config.getoption("--spend"))
    app, transport, base_url = None, None, url
    if url == "emulator":
        app, transport = stack.enter_context(emulator(fetches=fetches))
        base_url = BASE_URL
    try:
        http = stack.enter_context(httpx.Client(transport=transport, timeout=60, trust_env=app is None))
        target = Target(base_url, http, key=key, budget=budget, app=app)
    except (httpx.TransportError, httpx.InvalidURL, httpx.UnsupportedProtocol) as problem:
        pytest.exit(f"no answer from {url}: {problem}", returncode=2)
    stack.callback(target.tidy)
    return target


@pytest.fixture(autouse=True)
def _within_reach(request: pytest.FixtureRequest) -> None:
    """Skip what this target cannot show."""
    item: pytest.Item = request.node
    if item.get_closest_marker("needs_control") and not request.getfixturevalue("target").has_control:
        pytest.skip("not reachable: needs the control API")
    mark = item.get_closest_marker("costs")
    if mark and not request.getfixturevalue("target").has_control:
        target: Target = request.getfixturevalue("target")
        if mark.args[0] > target.budget.points - target.budget.spent:
            pytest.skip(f"not reachable: costs up to {mark.args[0]:,} points (--spend)")


@pytest.fixture
def client(target: Target) -> Client:
    """A client of the target: of a fresh world that stands still, where there is control; else of the key's own."""
    return target.client()


@pytest.fixture
def world(target: Target) -> Client:
    """A client of a fresh world that stands still; skips where there is no control API."""
    if not target.has_control:
        pytest.skip("not reachable: needs the control API")
    if target.fetches:
        pytest.skip("not reachable: made-up sources cannot be ingested where files are really fetched")
    return target.client()


@pytest.fixture(scope="session")
def _shared_local_server(target: Target) -> Iterator[LocalServer]:
    if not target.has_control or not target.is_near:
        pytest.skip("not reachable: a server on this machine is out of the target's reach")
    with LocalServer() as server:
        yield server


@pytest.fixture
def local_server(_shared_local_server: LocalServer) -> LocalServer:
    """A server beside the target: it keeps the webhooks that come and serves files."""
    _shared_local_server.forget()
    return _shared_local_server


@pytest.fixture
def contract_report(pytestconfig: pytest.Config) -> report.Report:
    """The run's report, for tables that a check adds."""
    return pytestconfig.stash[report.REPORT]


@pytest.fixture
def contract_seed(pytestconfig: pytest.Config) -> int:
    """The run's seed."""
    return pytestconfig.stash[report.SEED]
