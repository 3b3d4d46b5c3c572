"""Worlds that Hypothesis invents: a plan, points, a pace, faults of the table, and things that happen."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from fakeseed.faults.arming import CONDITIONS
from fakeseed.faults.registry import known_faults
from fakeseed.model.outcome_plan import PACES
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup

ACTS: list[dict[str, Any]] = [
    {"complete": "task 1"},
    {"fail": "task 1"},
    {"hold": "task 1"},
    {"release": "task 1"},
    {"set": {"points": 0}},
    {"set": {"concurrency": 0}},
    {"activate": "asset 1"},
    {"revoke": "asset 1"},
    {"delete": "asset 1"},
]
TELLING: list[dict[str, Any]] = [
    {"fault": "accept-then-drop", "on": "POST task"},
    {"fault": "status", "on": "POST task", "status": 502},
    {"fault": "status", "on": "GET task", "status": 503},
    {"fault": "close", "on": "GET task"},
    {"fault": "malformed-json", "on": "GET task"},
    {"fault": "truncate", "on": "GET output"},
    {"fault": "edge-page", "on": "GET output", "status": 200},
    {"fault": "unknown-status", "on": "GET task"},
    {"fault": "stuck", "on": "POST task"},
    {"fault": "accept-then-drop", "on": "POST asset"},
]
"""Faults that clients fail at; half of what is drawn is one of these, striking the first request it meets."""
POINTS = (50_000_000, 50_000_000, 50_000_000, 8_000_000, 0)
PLANS_DRAWN = ("premium", "creator", "hobbyist", "developer", "free")
MANY = 3


def quick_faults() -> list[str]:
    """The faults that a property can try: they take no real time, and show without a look into the video."""
    return [name for name, fault in known_faults().items() if not (fault.takes_real_time or fault.hidden)]


def generated_worlds(*, without: frozenset[str] = frozenset()) -> st.SearchStrategy[Setup]:
    """Worlds; the calm one is the simplest. ``without``: faults that are not drawn, beside those that cannot be."""
    names = [name for name in quick_faults() if name not in without]
    world = st.fixed_dictionaries(
        {
            "plan": st.sampled_from(PLANS_DRAWN),
            "points": st.sampled_from(POINTS),
            "pace": st.sampled_from([*PACES]),
        }
    )
    telling = st.sampled_from([order for order in TELLING if order["fault"] not in without])
    parts = st.fixed_dictionaries(
        {
            "world": world,
            "faults": st.lists(st.one_of(telling, st.sampled_from(names).flatmap(_orders)), max_size=MANY),
            "timeline": st.lists(_moments(), max_size=MANY),
        }
    )
    return parts.map(read_setup)


def _orders(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """Orders of one fault: a route, which requests on it, and its options."""
    when = st.one_of(
        st.integers(1, 3).map(lambda nth: {"nth": nth}),
        st.integers(2, 5).map(lambda times: {"times": times}),
    )
    routes = st.sampled_from(known_faults()[name].routes).map(lambda route: {"on": route})
    options = st.sampled_from([options_of(sample) for sample in known_faults()[name].samples])
    return st.tuples(routes, when, options).map(lambda parts: {"fault": name, **parts[0], **parts[1], **parts[2]})


def options_of(sample: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a sample order, without its conditions."""
    return {option: value for option, value in sample.items() if option not in CONDITIONS}


def _moments() -> st.SearchStrategy[dict[str, Any]]:
    delay = st.sampled_from([1, 5, 30, 120, 600])
    return st.tuples(delay, st.sampled_from(ACTS)).map(lambda parts: {"at": parts[0], **parts[1]})
