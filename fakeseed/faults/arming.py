"""Arming a fault: from an order to what a world keeps of it. An order is taken whole or refused whole."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.faults.fault import ROUTES, TASK_ROUTES, Fault, Span, span
from fakeseed.faults.registry import known_faults
from fakeseed.model.nearest import did_you_mean
from fakeseed.world.armed import Armed, When
from fakeseed.world.world import World

MAX_ARMED = 1000
"""Faults that a world may have armed at once."""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"lasts": "for"}):
    """Which requests a fault meets. Without a word it is the first one on the fault's own route.

    ``on``: a route such as ``POST task``, or a method and a path with ``*``. ``task_type``: of the task that it is
    about, with ``*``. ``nth``: the how-manieth matching requests, counted from 1 (``2``, ``[2, 3]``, ``"2-5"``).
    ``times``: the first so many. ``always``: each. ``probability``: each with this chance, drawn from the world's seed.
    ``after``, ``for``: a window of world time from now; within it each, unless counted.
    """

    on: str = ""
    task_type: str = ""
    nth: int | list[int] | str | None = None
    times: int | None = None
    always: bool = False
    probability: float | None = None
    after: Span = 0
    lasts: Span | None = None


CONDITIONS = Condition.__struct_encode_fields__
_ROUTE = re.compile(r"([A-Z]+|\*) (/\S*|\*)")
_RANGE = re.compile(r"(\d{1,6})-(\d{1,6})", re.ASCII)


def arm(world: World, order: dict[str, Any], *, on_socket: bool = True) -> Armed:
    """Arm one fault in a world: ``{"fault": NAME}`` with conditions and the fault's options beside it.

    ``on_socket`` says whether whoever arms it speaks over a real socket. Raises UsageError, changing nothing.
    """
    armed = prepared(order, world.now, on_socket=on_socket)
    if len(world.account.faults) >= MAX_ARMED:
        raise UsageError(f"{MAX_ARMED} faults are armed already", "disarm some: DELETE /_fakeseed/faults")
    armed.fault_id = f"fault-{world.next_number()}"
    world.account.faults = [*world.account.faults, armed]
    if armed.when.closes is not None:
        world.schedule(armed.when.closes, "fault.close", armed.fault_id)
    return armed


def prepared(order: dict[str, Any], now: int, *, on_socket: bool = True) -> Armed:
    """An order as it would be armed at an instant, with no id yet. Raises UsageError."""
    name = order.get("fault")
    known = known_faults()
    if not isinstance(name, str) or name not in known:
        near = did_you_mean(name, known) if isinstance(name, str) else ""
        raise UsageError(f"unknown fault {name!r}{near}", "list them: fakeseed faults")
    kind = known[name]
    words = {key: value for key, value in order.items() if key != "fault"}
    _refuse_unknown(name, words, kind)
    fault = _converted(name, {key: value for key, value in words.items() if key not in CONDITIONS}, kind)
    condition = _converted(name, {key: value for key, value in words.items() if key in CONDITIONS}, Condition)
    if kind.real_socket and not on_socket:
        raise UsageError(
            f"fault {name} shows itself only on a real socket, and this call came in-process",
            "serve over a socket: fakeseed serve, or the fixture's base_url",
        )
    try:
        when = _when(condition, kind, now)
    except ValueError as problem:
        raise UsageError(f"fault {name}: {problem}") from None
    return Armed("", name, msgspec.to_builtins(fault), when, dict(order))


def unfit(armed: Armed) -> str:
    """Why an armed fault that comes from elsewhere (a snapshot) cannot be, or nothing."""
    kind = known_faults().get(armed.name)
    if kind is None:
        return f"unknown fault {armed.name[:80]!r}{did_you_mean(armed.name, known_faults())}"
    try:
        msgspec.convert(armed.options, kind)
    except (msgspec.ValidationError, ValueError) as problem:
        return f"fault {armed.name} cannot be armed: {problem}"
    return ""


def _refuse_unknown(name: str, words: Iterable[str], kind: type[Fault]) -> None:
    known = (*kind.__struct_encode_fields__, *CONDITIONS)
    for word in words:
        if word not in known:
            raise UsageError(
                f"fault {name} has no option {word!r}{did_you_mean(word, known)}", f"known: {', '.join(known)}"
            )


def _converted(name: str, words: dict[str, Any], shape: Any) -> Any:
    try:
        return msgspec.convert(words, shape)
    except (msgspec.ValidationError, ValueError) as problem:
        raise UsageError(f"fault {name}: {problem}".replace("`$.", "`"), f"see fakeseed faults {name}") from None


def _when(asked: Condition, kind: type[Fault], now: int) -> When:
    """The condition with its spans counted from now. Raises ValueError for what does not go together."""
    method, path = _route(asked, kind)
    ways = [asked.nth is not None, asked.times is not None, asked.always, asked.probability is not None]
    if sum(ways) > 1:
        raise ValueError("nth, times, always and probability exclude each other; say one")
    if asked.probability is not None and not 0 <= asked.probability <= 1:
        raise ValueError(f"probability must lie in 0..1, got {asked.probability}")
    if asked.times is not None and asked.times < 1:
        raise ValueError(f"times must be at least 1, got {asked.times}")
    opens = now + span(asked.after)
    closes = None if asked.lasts is None else opens + span(asked.lasts)
    counted = any(ways) or closes is not None
    nth = _places(asked.nth) if counted else (1,)
    return When(method, path, asked.task_type, nth, asked.times, asked.probability, opens, closes)


def _route(asked: Condition, kind: type[Fault]) -> tuple[str, str]:
    route = asked.on or kind.routes[0]
    if asked.task_type and route in ROUTES and route not in TASK_ROUTES:
        raise ValueError(f"requests on {route!r} are about no task, so task_type cannot be asked for")
    if route not in ROUTES:
        match = _ROUTE.fullmatch(route)
        if match is None:
            raise ValueError(f"unknown route {route!r}{did_you_mean(route, ROUTES)}; known: {', '.join(ROUTES)}")
        return match[1], match[2]
    if route not in kind.routes:
        raise ValueError(f"it makes no sense on {route!r}; it can be on {', '.join(kind.routes)}")
    return ROUTES[route]


def _places(nth: int | list[int] | str | None) -> tuple[int, ...]:
    if isinstance(nth, str):
        match = _RANGE.fullmatch(nth.replace(" ", ""))
        if match is None or int(match[1]) > int(match[2]) or int(match[2]) > 10_000:
            raise ValueError(f"nth {nth!r} is no range; write 2, [2, 3] or '2-5'")
        return tuple(range(int(match[1]), int(match[2]) + 1))
    places = (nth,) if isinstance(nth, int) else tuple(nth or ())
    if any(place < 1 for place in places) or (nth is not None and not places):
        raise ValueError(f"nth counts from 1, got {nth}")
    return places
