"""The pytest plugin: a world for each test that asks for one. All of what it does stands in ``fakeseed.testing``."""

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from fakeseed.testing.emulator import Emulator
    from fakeseed.testing.harness import LocalEmulator

__tracebackhide__ = True  # a failing test shows its own lines

MARKER = "fakeseed"
FIXTURES = frozenset({"fakeseed", "fakeseed_module", "fakeseed_session"})
EMULATOR = pytest.StashKey["Emulator"]()
IDLE_MARKER = pytest.StashKey[bool]()
OPTIONS = "plan, points, pace, profile, seed, concurrency, at, clock, step, assets, faults, scenario, assert_all_fired"


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--fakeseed-seed``, and what a project may set for all its tests."""
    group = parser.getgroup("fakeseed")
    group.addoption("--fakeseed-seed", default="0", metavar="SEED", help="Seed of the emulator's worlds (default: 0).")
    parser.addini(
        "fakeseed_assert_all_fired", "Fail a test in which an armed fault never fired.", type="bool", default=True
    )


def pytest_configure(config: pytest.Config) -> None:
    """Tell pytest of the marker."""
    config.addinivalue_line("markers", f"fakeseed({OPTIONS}): the world that the fixture fakeseed begins with")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Find markers on what uses no world; the first test below each warns."""
    markers = [(item, node) for item in items for node, _ in item.iter_markers_with_node(MARKER)]
    used = {node for item, node in markers if FIXTURES & set(getattr(item, "fixturenames", ()))}
    first_items = {node: item for item, node in reversed(markers) if node not in used}
    for item in first_items.values():
        item.stash[IDLE_MARKER] = True


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Warn of a marker that does nothing; here, where a warning that is an error is one test's error."""
    if item.stash.get(IDLE_MARKER, False):
        item.warn(
            pytest.PytestWarning("@pytest.mark.fakeseed does nothing here: no test asks for the fixture fakeseed")
        )


@pytest.fixture(scope="session")
def _fakeseed_emulator(request: pytest.FixtureRequest) -> Iterator["LocalEmulator"]:
    """The emulator of this test session: started when a test first needs it."""
    from fakeseed.testing.harness import local_emulator

    with local_emulator(request.config.getoption("--fakeseed-seed")) as emulator:
        yield emulator


@pytest.fixture
def fakeseed(request: pytest.FixtureRequest, _fakeseed_emulator: "LocalEmulator") -> "Emulator":
    """A fresh world of PiAPI: ``base_url``, ``api_key``, ``env``, ``clock``, ``faults``, ``journal``, and more."""
    return _world(request, _fakeseed_emulator)


@pytest.fixture(scope="module")
def fakeseed_module(request: pytest.FixtureRequest, _fakeseed_emulator: "LocalEmulator") -> Iterator["Emulator"]:
    """As ``fakeseed``, one world for all tests of a module; markers on the module set it up."""
    emulator = _world(request, _fakeseed_emulator)
    yield emulator
    _check_faults(emulator, request.node)


@pytest.fixture(scope="session")
def fakeseed_session(request: pytest.FixtureRequest, _fakeseed_emulator: "LocalEmulator") -> Iterator["Emulator"]:
    """As ``fakeseed``, one world for the whole session."""
    emulator = _world(request, _fakeseed_emulator)
    yield emulator
    _check_faults(emulator, request.node)


def _world(request: pytest.FixtureRequest, local: "LocalEmulator") -> "Emulator":
    from fakeseed.errors import FakeseedError
    from fakeseed.testing.emulator import Emulator
    from fakeseed.testing.markers import key_of, setup_of

    markers = [(marker.args, marker.kwargs) for marker in request.node.iter_markers(MARKER)]
    emulator = Emulator(local, key_of(request.node.nodeid), request.config.getoption("--fakeseed-seed"))
    try:
        emulator.load(*setup_of(markers))
    except FakeseedError as problem:
        pytest.fail(f"@pytest.mark.fakeseed: {problem.args[0]}; {problem.hint}", pytrace=False)
    request.node.stash[EMULATOR] = emulator
    return emulator


def _check_faults(emulator: "Emulator", node: pytest.Item | pytest.Collector) -> None:
    """Fail for a fault that never fired: a test that passes without its trouble shows nothing."""
    default = node.config.getini("fakeseed_assert_all_fired")
    marker = node.get_closest_marker(MARKER)
    if not (default if marker is None else marker.kwargs.get("assert_all_fired", default)):
        return
    unfired = emulator.faults.unfired_report()
    if unfired:
        pytest.fail(unfired, pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """A test that passed fails if what it armed never fired."""
    result = yield
    emulator = item.stash.get(EMULATOR, None)
    if emulator is not None:
        _check_faults(emulator, item)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what the world has seen to the report of a failed test."""
    report = yield
    if report.when == "call" and report.failed:
        for node in item.listchain():
            emulator = node.stash.get(EMULATOR, None)
            if emulator is not None:
                report.sections.append(("fakeseed", _report_section(emulator, item)))
    return report


def _report_section(emulator: "Emulator", item: pytest.Item) -> str:
    from fakeseed.testing.world_report import world_report

    try:
        return world_report(emulator.control, item.nodeid, item.config.getoption("--fakeseed-seed"))
    except Exception as problem:  # a report must never hide the failure that it reports on
        return f"the world could not be asked: {problem}"
