"""What is wrong with a scenario beyond its form: unknown words, impossible orders, names of nothing."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.faults.arming import prepared
from fakeseed.model.media import FAILURES
from fakeseed.model.nearest import did_you_mean
from fakeseed.model.tasks import OUTCOMES
from fakeseed.model.times import as_span, parse_instant
from fakeseed.scenario.shape import ACTS, VERBS, Expected, Moment, Scenario, Setup, Step
from fakeseed.world.change import check as check_patch

_NUMBERED = re.compile(r"(task|asset) [1-9]\d{0,4}")
_NAMED = re.compile(r"\$\{([^}]*)\}")
RESERVED = frozenset({"webhook", "base_url"})
"""Names that a step may use without anything having been called so."""
FAILING = tuple(name for name, outcome in OUTCOMES.items() if not outcome.completes)


class Mistake(Exception):  # noqa: N818 - it is about a file, not about the program
    """A mistake, the place in the file where it is, and the next step."""

    def __init__(self, place: str, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.place = place
        self.hint = hint


def check(scenario: Scenario) -> None:
    """Raises Mistake for the first thing that is wrong."""
    check_setup(scenario)
    known = preset_names(scenario)
    for place, step in enumerate(scenario.steps):
        _check_step(f"steps[{place}]", step, known)
        if step.name_as:
            known.add(step.name_as)
    _check_expected(scenario.expect, known)


def check_setup(setup: Setup) -> None:
    """Raises Mistake for the first thing that is wrong with what a world needs."""
    world = setup.world
    _trying("world", partial(check_patch, world))
    if world.at is not None:
        _trying("world.at", partial(parse_instant, world.at))
    _trying("world.step", partial(as_span, world.step))
    seen: set[str] = set()
    for place, asset in enumerate(world.assets):
        where = f"world.assets[{place}]"
        if asset.name_as in seen or asset.name_as in RESERVED or _NUMBERED.fullmatch(asset.name_as):
            raise Mistake(f"{where}.as", f"the name {asset.name_as!r} is taken")
        seen.add(asset.name_as)
        _among(f"{where}.code", "code", asset.code, FAILURES)
        _trying(f"{where}.idle", partial(as_span, asset.idle))
    for place, order in enumerate(setup.faults):
        _trying(f"faults[{place}]", partial(prepared, order, 0))
    names = preset_names(setup)
    for place, moment in enumerate(setup.timeline):
        _check_moment(f"timeline[{place}]", moment, names)


def preset_names(setup: Setup) -> set[str]:
    """What the assets that are there from the start are called."""
    return {name for asset in setup.world.assets for name in names_of(asset.name_as, asset.count)}


def names_of(name: str, count: int) -> list[str]:
    """What so many alike are called: ``hero``, ``hero 2``, ``hero 3``."""
    return [name, *(f"{name} {number}" for number in range(2, count + 1))]


def _check_moment(where: str, moment: Moment, names: set[str]) -> None:
    _trying(f"{where}.at", partial(as_span, moment.at))
    _one_of(where, moment, ACTS, "act")
    if moment.set is not None:
        _trying(f"{where}.set", partial(check_patch, moment.set))
    if moment.cause:
        _among(f"{where}.cause", "cause", moment.cause, FAILING)
    for verb in ACTS[1:]:
        if (subject := getattr(moment, verb)) is not None:
            _check_name(f"{where}.{verb}", subject, names)


def _check_step(where: str, step: Step, known: set[str]) -> None:
    verb = _one_of(where, step, VERBS, "verb")
    value = getattr(step, verb)
    if verb in ("get", "cancel", "delete", "download"):
        _check_name(f"{where}.{verb}", value, known)
    if verb == "advance" and value != "next":
        _trying(f"{where}.advance", partial(as_span, value))
    if verb == "arm":
        _trying(f"{where}.arm", partial(prepared, value, 0))
    if step.wait is not None:
        _one_of(f"{where}.wait", step.wait, ("task", "asset"), "record")
        _check_name(f"{where}.wait", step.wait.task or step.wait.asset, known)
        _trying(f"{where}.wait.every", partial(as_span, step.wait.every))
        _trying(f"{where}.wait.within", partial(as_span, step.wait.within))
    for name in _mentioned(msgspec.to_builtins(step)):
        if name not in RESERVED:
            _check_name(where, name, known)
    if step.name_as and (step.name_as in RESERVED or _NUMBERED.fullmatch(step.name_as)):
        raise Mistake(f"{where}.as", f"the name {step.name_as!r} is taken")


def _check_expected(expect: Expected, known: set[str]) -> None:
    for table in ("tasks", "assets"):
        for name in getattr(expect, table):
            _check_name(f"expect.{table}.{name}", name, known)
    for place, hook in enumerate(expect.webhooks or ()):
        if hook.task:
            _check_name(f"expect.webhooks[{place}].task", hook.task, known)
        if hook.after is not None:
            _trying(f"expect.webhooks[{place}].after", partial(as_span, hook.after))


def _check_name(where: str, name: str, known: set[str]) -> None:
    if name not in known and not _NUMBERED.fullmatch(name):
        raise Mistake(where, f"nothing is called {name!r}{did_you_mean(name, known)}", f"known: {_list(known)}")


def _list(known: set[str]) -> str:
    return ", ".join(sorted(known)[:20]) or "none; or say task 1, asset 1"


def _mentioned(value: Any) -> Iterator[str]:
    """The names in ``${...}`` anywhere in a value."""
    if isinstance(value, str):
        yield from _NAMED.findall(value)
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _mentioned(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _mentioned(inner)


def _one_of(where: str, value: object, words: tuple[str, ...], what: str) -> str:
    """The one word of these that stands in a value. Raises Mistake when there is none or several."""
    found = [word for word in words if getattr(value, word) not in (None, False, "")]
    if len(found) != 1:
        told = f"{what}s {' and '.join(found)} stand together" if found else f"there is no {what}"
        raise Mistake(where, f"{told}; say one", f"one of {', '.join(words)}")
    return found[0]


def _among(where: str, what: str, word: str, table: Any) -> None:
    if word not in table:
        raise Mistake(where, f"unknown {what} {word!r}{did_you_mean(word, table)}", f"use one of {', '.join(table)}")


def _trying(where: str, attempt: Callable[[], object]) -> None:
    """Run a check whose mistakes are UsageError or ValueError, and tell them with their place."""
    try:
        attempt()
    except UsageError as problem:
        raise Mistake(where, str(problem), problem.hint) from None
    except ValueError as problem:
        raise Mistake(where, str(problem)) from None
