"""What could go wrong for a client, by the requests that one clean run showed.

A trial is one fault at one request, or one world that is short of something. Which faults can strike where, with which
options, is what the faults say of themselves.
"""

import itertools
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from fakeseed.faults.arming import CONDITIONS
from fakeseed.faults.registry import known_faults
from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.model.plans import PLANS
from fakeseed.model.routes import ROUTES
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup

BOUNDED = 3
"""Requests in a row that a trouble with an end strikes."""


class Trial(msgspec.Struct, frozen=True):
    """One thing that goes wrong in an otherwise calm world.

    ``on`` and ``nth`` say which request of the clean run it strikes; they are empty and 0 for a world. ``fault`` is the
    fault's name. Trials of one ``family`` are the same trouble for longer and longer.
    """

    name: str
    setup: Setup
    family: str
    fault: str = ""
    on: str = ""
    nth: int = 0

    @property
    def faulty(self) -> bool:
        """Whether anything goes wrong in it."""
        return self.setup != Setup()


class Moment(msgspec.Struct, frozen=True):
    """A request of the clean run: the ``nth`` on its route, and what stood then: the status that its answer showed."""

    on: str
    nth: int
    count: int
    state: str

    @property
    def name(self) -> str:
        """As a person says it: ``GET task 3 of 12 (processing)``."""
        return f"{self.on} {self.nth} of {self.count}" + (f" ({self.state})" if self.state else "")


def moments_of(history: History) -> list[Moment]:
    """The requests at which it makes a difference that something goes wrong.

    For each route the first request of each status that answers showed, one in the middle, and the last: others were
    like one of these in all that the client had seen until then.
    """
    by_route: dict[str, list[RequestRecord]] = {}
    for request in history.requests:
        route = ROUTES.get(request.route)
        if route is not None and route.on:
            by_route.setdefault(route.on, []).append(request)
    return [moment for on, requests in by_route.items() for moment in _moments(on, requests)]


def _moments(on: str, requests: list[RequestRecord]) -> Iterator[Moment]:
    states = [request.state for request in requests]
    first_of_state = {state: index for index, state in reversed([*enumerate(states)])}
    for index in sorted({*first_of_state.values(), len(requests) // 2, len(requests) - 1}):
        yield Moment(on, index + 1, len(requests), states[index])


def trials_of(history: History) -> list[Trial]:
    """All that is to be tried, as different as can be from each other at first: one trouble each.

    In turn one trial for each route and each way in which a client can see a trouble; among these the troubles that
    have a meaning of their own come before those of HTTP and of sockets, and what takes real time comes last.
    """
    buckets: dict[tuple[str, str], list[Trial]] = {}
    for moment in moments_of(history):
        for trial in fault_trials(moment):
            buckets.setdefault((trial.on, known_faults()[trial.fault].client_sees), []).append(trial)
    ordered = [sorted(trials, key=_specific) for trials in buckets.values()]
    rounds = itertools.zip_longest(*ordered)
    return [*world_trials(history), *(trial for trials in rounds for trial in trials if trial is not None)]


GENERAL_LAST = ("semantics", "delivery", "webhook", "http", "socket")


def _specific(trial: Trial) -> tuple[bool, int]:
    fault = known_faults()[trial.fault]
    return fault.takes_real_time, GENERAL_LAST.index(fault.group)


def fault_trials(moment: Moment) -> Iterator[Trial]:
    """Every fault that can strike there: once, and for a few requests or for good where it can be met again."""
    for name, fault in known_faults().items():
        if moment.on not in fault.routes or fault.hidden:
            continue
        for options in _distinct_options(fault.samples):
            shown = "".join(f" {key}={value}" for key, value in options.items())
            repeats = fault.client_sees != "an answer" or "status" in options
            for length, condition in _conditions(moment, repeats=repeats):
                order = {"fault": name, "on": moment.on, **condition, **options}
                family = f"{name}{shown} at {moment.name}"
                yield Trial(f"{family}{length}", _setup(faults=[order]), family, name, moment.on, moment.nth)


def _distinct_options(samples: tuple[Mapping[str, Any], ...]) -> list[dict[str, Any]]:
    """The options of sample orders, without their conditions, each once."""
    options = [{key: value for key, value in sample.items() if key not in CONDITIONS} for sample in samples]
    return [option for index, option in enumerate(options) if option not in options[:index]]


def _conditions(moment: Moment, *, repeats: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    yield "", {"nth": moment.nth}
    if repeats:
        yield f" to {moment.nth + BOUNDED - 1}", {"nth": f"{moment.nth}-{moment.nth + BOUNDED - 1}"}
    if repeats and moment.nth == 1:
        yield " and for ever", {"always": True}


def world_trials(history: History) -> Iterator[Trial]:
    """Worlds that are short of something that the clean run needed."""
    price = next((_price(request) for request in history.on("create task") if _price(request)), 0)
    if price:
        yield _short_world("no points", {"points": 0})
        yield _short_world("points for one task", {"points": price})
        yield _short_world("points for all but one", {"points": price - 1})
        yield _short_world("no place for another task", {"concurrency": 0})
    if history.on("upload assets"):
        plan = PLANS["hobbyist"]
        yield _short_world("a plan without assets", {"plan": "free"})
        for name, count in (("nearly full", plan.managed_limit - 1), ("full", plan.managed_limit)):
            library = [{"as": "old", "count": count}] if count else []
            yield _short_world(f"a library that is {name}", {"plan": plan.name, "assets": library})
    yield _short_world("everything takes as long as in earnest", {"pace": "realistic"})


def _short_world(name: str, world: dict[str, Any]) -> Trial:
    return Trial(name, _setup(world=world), name)


def _price(request: RequestRecord) -> int:
    usage = request.data.get("meta")
    usage = usage.get("usage") if isinstance(usage, dict) else None
    frozen = usage.get("frozen") if isinstance(usage, dict) else None
    return frozen if isinstance(frozen, int) else 0


def _setup(**parts: Any) -> Setup:
    return read_setup(parts)
