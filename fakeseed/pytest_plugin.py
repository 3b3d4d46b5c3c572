"""The pytest plugin: a world for each test that asks for one. All of what it does stands in ``fakeseed.testing``."""

import warnings
from collections.abc import Generator, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fakeseed.testing.emulator import Emulator
    from fakeseed.testing.in_process import Session

MARKER = "fakeseed"
EMULATOR = pytest.StashKey["Emulator"]()
TOOK = pytest.StashKey[bool]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fakeseed-seed``."""
    group = parser.getgroup("fakeseed")
    group.addoption("--fakeseed-seed", default="0", metavar="SEED", help="Seed of the emulator's worlds (default: 0).")


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    options = (
        "fakeseed(plan, points, pace, profile, seed, concurrency, at, clock, step, assets, faults, scenario): the world"
    )
    config.addinivalue_line("markers", f"{options} that the fixture fakeseed begins with")


@pytest.fixture(scope="session")
def fakeseed_session(request: pytest.FixtureRequest) -> Iterator["Session"]:
    """The emulator of this test session: started when a test first needs it, on a port of its own."""
    from fakeseed.testing.in_process import session

    with ExitStack() as stack:
        yield stack.enter_context(session(request.config.getoption("--fakeseed-seed")))


@pytest.fixture
def fakeseed(request: pytest.FixtureRequest, fakeseed_session: "Session") -> Iterator["Emulator"]:
    """A fresh world of PiAPI: ``base_url``, ``api_key``, ``env``, ``clock``, ``faults``, ``journal``, and more."""
    from fakeseed.errors import UsageError
    from fakeseed.testing.emulator import Emulator
    from fakeseed.testing.markers import key_of, setup_of

    markers = [(marker.args, marker.kwargs) for marker in request.node.iter_markers(MARKER)]
    key = key_of(request.node.nodeid)
    try:
        setup, clock = setup_of(markers)
        fakeseed_session.set_up(key, setup, clock)
    except UsageError as problem:
        raise pytest.UsageError(f"@pytest.mark.fakeseed: {problem}; {problem.hint}") from None
    emulator = Emulator(fakeseed_session, key, request.config.getoption("--fakeseed-seed"))
    request.node.stash[EMULATOR] = emulator
    yield emulator
    try:
        emulator.close()
    except Exception as problem:  # the test's own verdict counts, not what happens after it
        warnings.warn(f"fakeseed: closing failed: {problem}", stacklevel=1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the world has seen to the report of a failed test."""
    report = yield
    emulator = item.stash.get(EMULATOR, None)
    if emulator is not None and report.when == "call" and report.failed:
        report.sections.append(("fakeseed", _report_section(emulator, item)))
    return report


def _report_section(emulator: "Emulator", item: pytest.Item) -> str:
    from fakeseed.testing.world_report import world_report

    try:
        return world_report(emulator.control, item.nodeid, item.config.getoption("--fakeseed-seed"))
    except Exception as problem:  # a report must never hide the failure that it reports on
        return f"the world could not be asked: {problem}"
