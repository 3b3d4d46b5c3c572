"""What is wrong with a scenario beyond its form: unknown words, impossible orders, names of nothing."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.faults.arming import CONDITIONS, prepared
from fakeseed.faults.registry import known_faults
from fakeseed.model.media import FAILURES
from fakeseed.model.refusals import REFUSALS
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import OUTCOMES
from fakeseed.model.times import as_span, parse_instant
from fakeseed.scenario.matching import COMPARISON
from fakeseed.scenario.prices import priced_names
from fakeseed.scenario.schema_types import (
    ACTS,
    ASKING,
    VERBS,
    EntryPattern,
    Expected,
    Scenario,
    Setup,
    Step,
    TimelineEntry,
    WaitStep,
)
from fakeseed.world.ledger import Balances
from fakeseed.world.settings_patch import WorldPatch
from fakeseed.world.settings_patch import validate_patch as check_patch

_NUMBERED = re.compile(r"(task|asset) [1-9]\d{0,4}")
_NAMED = re.compile(r"\$\{([^}]*)\}")
RESERVED = frozenset({"webhook", "base_url"})
"""Names that a step may use without anything having been called so."""
FAILING = tuple(name for name, outcome in OUTCOMES.items() if not outcome.completes)
REFUSING = frozenset(row.behaviour for row in REFUSALS.values())
"""Behaviours that say no to a request."""
MAX_PRESETS = 10_000
"""Assets that may be there from the start."""
MAX_POLLS = 10_000
"""Polls that one wait may come to."""


class Mistake(Exception):  # noqa: N818 - it is about a file, not about the program
    """A mistake, the place in the file where it is, and the next step."""

    def __init__(self, path: str, problem: str, hint: str = "") -> None:
        super().__init__(problem)
        self.path = path
        self.hint = hint


def validate_scenario(scenario: Scenario) -> None:
    """Raises Mistake for the first thing that is wrong."""
    check_setup(scenario)
    names = preset_names(scenario)
    for index, step in enumerate(scenario.steps):
        _check_step(f"steps[{index}]", step, names)
        if step.name_as:
            names.add(step.name_as)
    _check_expected(scenario.expect, names)
    for index, pattern in enumerate(scenario.struck_when):
        _check_pattern(f"struck_when[{index}]", pattern)


def check_setup(setup: Setup) -> None:
    """Raises Mistake for the first thing that is wrong with what a world needs."""
    world = setup.world
    _check_patch("world", world)
    if world.at is not None:
        _trying("world.at", partial(parse_instant, world.at))
    if world.step is not None:
        _trying("world.step", partial(as_span, world.step))
    _check_presets(setup)
    for index, order in enumerate(setup.faults):
        _check_order(f"faults[{index}]", order)
    names = preset_names(setup)
    for index, moment in enumerate(setup.timeline):
        _check_moment(f"timeline[{index}]", moment, names)


def _check_presets(setup: Setup) -> None:
    names, presets = set[str](), setup.world.assets
    if sum(asset.count for asset in presets) > MAX_PRESETS:
        raise Mistake("world.assets", f"more than {MAX_PRESETS} assets")
    for index, asset in enumerate(presets):
        where = f"world.assets[{index}]"
        for name in names_of(asset.name_as, asset.count):
            if name in names or _is_reserved(name):
                raise Mistake(f"{where}.as", f"the name {name!r} is taken")
            names.add(name)
        _among(f"{where}.code", "code", asset.code, FAILURES)
        _trying(f"{where}.idle", partial(as_span, asset.idle))


def _check_patch(where: str, patch: WorldPatch) -> None:
    """Each key by itself, so that a mistake is told where it stands."""
    for name in WorldPatch.__struct_fields__:
        _trying(f"{where}.{name}", partial(check_patch, WorldPatch(**{name: getattr(patch, name)})))


def _check_order(where: str, order: dict[str, Any]) -> None:
    """An order to arm a fault. An unknown fault or option is told where it stands."""
    kind = known_faults().get(str(order.get("fault")))
    if kind is not None:
        allowed = ("fault", *kind.__struct_encode_fields__, *CONDITIONS)
        misspelt = [key for key in order if key not in allowed]
        where = f"{where}.{misspelt[0]}" if misspelt else where
    elif "fault" in order:
        where = f"{where}.fault"
    _trying(where, partial(prepared, order, 0))


def preset_names(setup: Setup) -> set[str]:
    """What the assets that are there from the start are called."""
    return {name for asset in setup.world.assets for name in names_of(asset.name_as, asset.count)}


def names_of(name: str, count: int) -> list[str]:
    """What so many alike are called: ``hero``, ``hero 2``, ``hero 3``."""
    return [name, *(f"{name} {number}" for number in range(2, count + 1))]


def _check_moment(where: str, moment: TimelineEntry, names: set[str]) -> None:
    _trying(f"{where}.at", partial(as_span, moment.at))
    _one_of(where, moment, ACTS, "act")
    if moment.set is not None:
        _check_patch(f"{where}.set", moment.set)
    if moment.cause and moment.fail is None:
        raise Mistake(f"{where}.cause", "cause says of what `fail` fails, and there is no fail here")
    if moment.cause:
        _among(f"{where}.cause", "cause", moment.cause, FAILING)
    for verb in ACTS[1:]:
        if (subject := getattr(moment, verb)) is not None:
            _check_name(f"{where}.{verb}", subject, names)


def _check_step(where: str, step: Step, names: set[str]) -> None:
    verb = _one_of(where, step, VERBS, "verb")
    value = getattr(step, verb)
    _check_belongings(where, step, verb)
    if verb in ("get", "cancel", "delete", "download"):
        _check_name(f"{where}.{verb}", value, names)
    if verb == "advance":
        _trying(f"{where}.advance", partial(as_span, 0 if value == "next" else value))
    if verb == "arm":
        _check_order(f"{where}.arm", value)
    if step.wait is not None:
        _check_wait(f"{where}.wait", step.wait, names)
    if step.expect.refused_by:
        _among(f"{where}.expect.refused_by", "refusing behaviour", step.expect.refused_by, REFUSING)
    _check_matchers(where, msgspec.to_builtins(step), names)
    _check_prices(f"{where}.expect", msgspec.to_builtins(step.expect), names)
    if _is_reserved(step.name_as):
        raise Mistake(f"{where}.as", f"the name {step.name_as!r} is taken")


def _is_reserved(name: str) -> bool:
    return name in RESERVED or name.startswith(("task ", "asset "))


_NEEDS = {
    "range": ("download",),
    "follow": ("download",),
    "name_as": ("upload", "create", "request"),
    "times": ASKING,
    "expect": ASKING,
}
"""Key of a step -> the verbs beside which it means something."""
_PLAIN = Step()


def _check_belongings(where: str, step: Step, verb: str) -> None:
    for key, verbs in _NEEDS.items():
        if verb not in verbs and getattr(step, key) != getattr(_PLAIN, key):
            file_key = "as" if key == "name_as" else key
            raise Mistake(
                f"{where}.{file_key}", f"{file_key} means nothing beside {verb}", f"it goes with {', '.join(verbs)}"
            )


def _check_wait(where: str, wait: WaitStep, names: set[str]) -> None:
    kind = _one_of(where, wait, ("task", "asset"), "record")
    _check_name(f"{where}.{kind}", getattr(wait, kind), names)
    _trying(f"{where}.every", partial(as_span, wait.every))
    _trying(f"{where}.within", partial(as_span, wait.within))
    if as_span(wait.within) > MAX_POLLS * as_span(wait.every):
        raise Mistake(
            f"{where}.every", f"that would be more than {MAX_POLLS} polls", "poll less often, or give up sooner"
        )


def _check_matchers(where: str, value: Any, names: set[str]) -> None:
    """Names in ``${...}`` and patterns after ``~``, anywhere in a value."""
    for text in _texts(value):
        for name in _NAMED.findall(text):
            if name not in RESERVED:
                _check_name(where, name, names)
        if text.startswith("~"):
            try:
                re.compile(text[1:])
            except (re.error, RecursionError, OverflowError) as problem:
                raise Mistake(where, f"{text[:60]!r} is no pattern: {problem}") from None


def _check_prices(where: str, value: Any, names: set[str]) -> None:
    """The tasks of ``price of ...``, anywhere in an expectation."""
    for text in _texts(value):
        for name in priced_names(text):
            _check_name(where, name, names)


def _check_amount(where: str, amount: Any) -> None:
    """Points as a number, a pattern, a comparison or by prices."""
    known = not isinstance(amount, str) or amount.startswith(("~", "*")) or COMPARISON.fullmatch(amount)
    if not known and not priced_names(amount):
        raise Mistake(where, f"{amount[:60]!r} is no amount of points", 'write 5000000, ">=10", or price of task 1')


def _check_expected(expect: Expected, names: set[str]) -> None:
    for part, value in msgspec.to_builtins(expect).items():
        _check_matchers(f"expect.{part}", value, names)
        _check_prices(f"expect.{part}", value, names)
    for balance, amount in expect.points.items():
        _among(f"expect.points.{balance}", "balance", balance, Balances.__struct_fields__)
        _check_amount(f"expect.points.{balance}", amount)
    faults = [(f"expect.faults.{fault}", fault) for fault in expect.faults]
    faults += [
        (f"expect.requests[{at}].fault", request.fault) for at, request in enumerate(expect.requests) if request.fault
    ]
    for where, fault in faults:
        _among(where, "fault", fault, known_faults())
    for table in ("tasks", "assets"):
        for name in getattr(expect, table):
            _check_name(f"expect.{table}.{name}", name, names)
    for index, hook in enumerate(expect.webhooks or ()):
        _check_name(f"expect.webhooks[{index}].task", hook.task or "task 1", names)
        _trying(f"expect.webhooks[{index}].after", partial(as_span, hook.after or 0))


def _check_pattern(where: str, pattern: EntryPattern) -> None:
    _check_matchers(where, msgspec.to_builtins(pattern), set())
    if pattern.fault:
        _among(f"{where}.fault", "fault", pattern.fault, known_faults())
    refused_by = pattern.refused_by
    if isinstance(refused_by, str) and not refused_by.startswith(("~", "*")):
        _among(f"{where}.refused_by", "refusing behaviour", refused_by, REFUSING)


def _check_name(where: str, name: str, names: set[str]) -> None:
    if name not in names and not _NUMBERED.fullmatch(name):
        raise Mistake(where, f"nothing is called {name!r}{did_you_mean(name, names)}", f"known: {_list(names)}")


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)[:20]) or "none; or say task 1, asset 1"


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value, keys left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def is_said(value: object) -> bool:
    """Whether a key of a step or a moment was given. A zero and an empty object are; an empty text is not."""
    return value is not None and value is not False and value != ""


def _one_of(where: str, value: object, keys: tuple[str, ...], noun: str) -> str:
    """The one word of these that stands in a value. Raises Mistake when there is none or several."""
    present = [key for key in keys if is_said(getattr(value, key))]
    if len(present) != 1:
        sentence = f"{noun}s {' and '.join(present)} stand together" if present else f"there is no {noun}"
        raise Mistake(where, f"{sentence}; say one", f"one of {', '.join(keys)}")
    return present[0]


def _among(where: str, noun: str, value: str, table: Any) -> None:
    if value not in table:
        raise Mistake(where, f"unknown {noun} {value!r}{did_you_mean(value, table)}", f"use one of {', '.join(table)}")


def _trying(where: str, attempt: Callable[[], object]) -> None:
    """Run a check whose mistakes are UsageError or ValueError, and tell them with their place."""
    try:
        attempt()
    except UsageError as problem:
        raise Mistake(where, str(problem), problem.hint) from None
    except ValueError as problem:
        raise Mistake(where, str(problem)) from None
