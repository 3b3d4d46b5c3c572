"""Arming a fault: from an order to what a world keeps of it. An order is taken whole or refused whole."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, get_args, get_type_hints

import msgspec

from fakeseed.errors import UsageError
from fakeseed.faults.fault import ANY, ROUTES, TASK_ROUTES, Fault, Span, span
from fakeseed.faults.registry import known_faults
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task_types import TASK_TYPES
from fakeseed.world.armed_faults import ArmedFault, FaultCondition
from fakeseed.world.world import World

MAX_ARMED = 1000
"""Faults that a world may have armed at once."""
MAX_PLACES = 10_000
"""Places that one ``nth`` may name."""

Place = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]
Pattern = Annotated[str, msgspec.Meta(max_length=200)]


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"lasts": "for"}):
    """Which requests a fault meets. Without a word it is the first one on the fault's own route."""

    on: Annotated[Pattern, msgspec.Meta(description="a route such as `POST task`, or a method and a path with `*`")] = (
        ""
    )
    task_type: Annotated[Pattern, msgspec.Meta(description="type of the task that the request is about, with `*`")] = ""
    nth: Annotated[
        Place | Annotated[list[Place], msgspec.Meta(min_length=1, max_length=MAX_PLACES)] | str | None,
        msgspec.Meta(description='which of the matching requests, counted from 1: `2`, `[2, 3]` or `"2-5"`'),
    ] = None
    times: Annotated[Place | None, msgspec.Meta(description="the first so many matching requests")] = None
    always: Annotated[bool, msgspec.Meta(description="every matching request")] = False
    probability: Annotated[
        float | None, msgspec.Meta(description="each with this chance from 0 to 1, drawn from the world's seed")
    ] = None
    after: Annotated[Span, msgspec.Meta(description="counts only requests from so much world time from now on")] = 0
    lasts: Annotated[
        Span | None,
        msgspec.Meta(description="ends so much world time after it began; until then every one, unless counted"),
    ] = None


CONDITIONS = Condition.__struct_encode_fields__
_ROUTE = re.compile(r"([A-Z]+|\*) (/\S*|\*)")
_RANGE = re.compile(r"(\d{1,6})-(\d{1,6})", re.ASCII)
_PLACE = re.compile(r" - at `\$\.(\w+)")


def arm(world: World, order: Mapping[str, Any], *, on_socket: bool = True) -> ArmedFault:
    """Arm one fault in a world: ``{"fault": NAME}`` with conditions and the fault's options beside it.

    ``on_socket`` says whether whoever arms it speaks over a real socket. Raises UsageError, changing nothing.
    """
    return arm_all(world, [order], on_socket=on_socket)[0]


def arm_all(world: World, orders: Sequence[Mapping[str, Any]], *, on_socket: bool = True) -> list[ArmedFault]:
    """Arm several faults, or none when one of them cannot be. Raises UsageError, changing nothing."""
    armed = [_prepared(orders, index, world.now, on_socket) for index in range(len(orders))]
    armed_count = len(world.account.faults)
    if armed_count + len(armed) > MAX_ARMED:
        raise UsageError(
            f"{MAX_ARMED} faults may be armed at once; {armed_count} are, and {len(armed)} would be added",
            "disarm some: DELETE /_fakeseed/faults",
        )
    for fault in armed:
        world.account.fault_counter += 1
        fault.fault_id = f"fault-{world.account.fault_counter}"
        if fault.when.closes is not None:
            world.schedule(fault.when.closes, "fault.close", fault.fault_id)
    world.account.faults = [*world.account.faults, *armed]
    return armed


def _prepared(orders: Sequence[Mapping[str, Any]], index: int, now: int, on_socket: bool) -> ArmedFault:
    """One of several orders, with its place in what is said about it."""
    try:
        return prepared(orders[index], now, on_socket=on_socket)
    except UsageError as problem:
        prefix = f"order {index + 1} of {len(orders)}: " if len(orders) > 1 else ""
        raise UsageError(f"{prefix}{problem}", problem.hint) from None


def prepared(order: Mapping[str, Any], now: int, *, on_socket: bool = True) -> ArmedFault:
    """An order as it would be armed at an instant, with no id yet. Raises UsageError."""
    name, kind = _kind(order)
    settings = {key: value for key, value in order.items() if key != "fault"}
    _refuse_unknown(name, settings, kind)
    fault = _converted(name, {key: value for key, value in settings.items() if key not in CONDITIONS}, kind)
    condition = _converted(name, {key: value for key, value in settings.items() if key in CONDITIONS}, Condition)
    if kind.real_socket and not on_socket:
        raise UsageError(
            f"fault {name} shows itself only on a real socket, and this call came in-process",
            "serve over a socket: fakeseed serve, or the fixture's base_url",
        )
    try:
        when = _when(condition, kind, now)
    except ValueError as problem:
        raise UsageError(f"fault {name}: {problem}", f"see fakeseed faults {name}") from None
    return ArmedFault("", name, msgspec.to_builtins(fault), when, dict(order))


def unfit(armed: ArmedFault) -> str:
    """Why an armed fault that comes from elsewhere (a snapshot) cannot be, or nothing."""
    kind = known_faults().get(armed.name)
    if kind is None:
        return f"unknown fault {armed.name[:80]!r}{did_you_mean(armed.name, known_faults())}"
    if armed.when.on and armed.when.on not in ROUTES:
        return f"unknown route {armed.when.on[:80]!r}{did_you_mean(armed.when.on, ROUTES)}"
    try:
        msgspec.convert(armed.options, kind)
    except (msgspec.ValidationError, ValueError) as problem:
        return f"fault {armed.name} cannot be armed: {problem}"
    return ""


def _kind(order: Mapping[str, Any]) -> tuple[str, type[Fault]]:
    fault_types = known_faults()
    if "fault" not in order:
        near = next((did_you_mean(key, ["fault"]) for key in order if did_you_mean(key, ["fault"])), "")
        raise UsageError(f"the order names no fault{near}", 'write {"fault": NAME}; list them: fakeseed faults')
    name = order["fault"]
    if not isinstance(name, str) or name not in fault_types:
        near = did_you_mean(name, fault_types) if isinstance(name, str) else ""
        raise UsageError(f"unknown fault {_shown(name)}{near}", "list them: fakeseed faults")
    return name, fault_types[name]


def _refuse_unknown(name: str, settings: Iterable[str], kind: type[Fault]) -> None:
    allowed = (*kind.__struct_encode_fields__, *CONDITIONS)
    for setting in settings:
        if setting not in allowed:
            raise UsageError(
                f"fault {name} has no option {_shown(setting)}{did_you_mean(setting, allowed)}",
                f"known: {', '.join(allowed)}",
            )


def _shown(value: object) -> str:
    """A value of the order in a sentence."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"


def _converted(name: str, settings: dict[str, Any], shape: type[msgspec.Struct]) -> Any:
    try:
        return msgspec.convert(settings, shape)
    except (msgspec.ValidationError, ValueError, RecursionError) as problem:
        near = _nearest(str(problem), settings, shape)
        sentence = str(problem)[:300].replace("`$.", "`")
        raise UsageError(f"fault {name}: {sentence}{near}", f"see fakeseed faults {name}") from None


def _nearest(problem: str, settings: Mapping[str, Any], shape: type[msgspec.Struct]) -> str:
    """For a word that is none of an option's words: the nearest one, and all."""
    match = _PLACE.search(problem)
    if match is None or not problem.startswith("Invalid enum value"):
        return ""
    choices = [str(choice) for choice in get_args(get_type_hints(shape)[match[1]])]
    return f"{did_you_mean(str(settings[match[1]]), choices)}; known: {', '.join(choices)}"


def _when(condition: Condition, kind: type[Fault], now: int) -> FaultCondition:
    """The condition with its spans counted from now. Raises ValueError for what does not go together."""
    on, method, path = _route(condition, kind)
    counts = [
        condition.nth is not None,
        condition.times is not None,
        condition.always,
        condition.probability is not None,
    ]
    if sum(counts) > 1:
        raise ValueError("nth, times, always and probability exclude each other; say one")
    if condition.probability is not None and not 0 <= condition.probability <= 1:
        raise ValueError(f"probability must lie in 0..1, got {condition.probability}")
    opens = now + span(condition.after)
    closes = None if condition.lasts is None else opens + span(condition.lasts)
    if closes == opens:
        raise ValueError("for must be more than 0 s, or nothing would ever be met")
    counted = any(counts) or closes is not None
    nth = _places(condition.nth) if counted else (1,)
    times, probability = condition.times, condition.probability
    return FaultCondition(method, path, condition.task_type, nth, times, probability, opens, closes, on)


def _route(condition: Condition, kind: type[Fault]) -> tuple[str, str, str]:
    """The word for a route that has one; else method and path as patterns.

    Raises ValueError for a route that there is not, or that makes no sense.
    """
    route = condition.on or kind.routes[0]
    _check_task_type(condition.task_type, route)
    if route in ROUTES:
        if route not in kind.routes:
            raise ValueError(f"it makes no sense on {route!r}; it can be on {', '.join(kind.routes)}")
        return "" if route == ANY else route, "*", "*"
    match = _ROUTE.fullmatch(route)
    if match is None:
        raise ValueError(f"unknown route {route!r}{did_you_mean(route, ROUTES)}; known: {', '.join(ROUTES)}")
    return "", match[1], match[2]


def _check_task_type(pattern: str, route: str) -> None:
    if not pattern:
        return
    if route in ROUTES and route not in TASK_ROUTES:
        raise ValueError(f"requests on {route!r} are about no task, so task_type cannot be asked for")
    if not any(fnmatchcase(name, pattern) for name in TASK_TYPES):
        raise ValueError(f"there is no task type {pattern!r}{did_you_mean(pattern, TASK_TYPES)}")


def _places(nth: int | list[int] | str | None) -> tuple[int, ...]:
    if not isinstance(nth, str):
        return (nth,) if isinstance(nth, int) else tuple(nth or ())
    match = _RANGE.fullmatch(nth.replace(" ", ""))
    first, last = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= first <= last:
        raise ValueError(f"nth {_shown(nth)} is no range; write 2, [2, 3] or '2-5'")
    if last > MAX_PLACES:
        raise ValueError(f"nth {nth!r} goes beyond {MAX_PLACES}; use always, times or for")
    return tuple(range(first, last + 1))
