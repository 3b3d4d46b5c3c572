"""``POST clock/join``, ``clock/sleep`` and ``clock/wake``: programs whose waiting moves their world's clock.

``clock/sleep`` alone returns when the world has reached a moment. A program that also runs between its sleeps joins
first: then the clock stands while it runs, and as long as the connection lasts by which it joined.
"""

from collections.abc import Coroutine
from functools import partial
from typing import Annotated, Any

import msgspec
from starlette.requests import Request

from fakeseed.control.actions import instant, span
from fakeseed.control.endpoint import ControlApp, read_order
from fakeseed.control.views import Nothing
from fakeseed.control.wait import while_there
from fakeseed.errors import UsageError
from fakeseed.faults.raw_connection import CONNECTION
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.sleeper_group import Nap, Program, Sleeper, Waking
from fakeseed.world.world import World

MICROSECOND = 1000

Pid = Annotated[int, msgspec.Meta(ge=0, le=2**32)]


class JoinOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST clock/join``: the program's process, those above it, what runs it, and whether one event loop does."""

    pid: Pid = 0
    ancestors: Annotated[tuple[Pid, ...], msgspec.Meta(max_length=100)] = ()
    runtime: Annotated[str, msgspec.Meta(max_length=100)] = ""
    loops: bool = False


class SleepOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"span": "for"}):
    """``POST clock/sleep``: for a span, or until an instant.

    The other fields are for programs that joined: ``until_us`` is an instant in microseconds since the epoch (null:
    until something else happens), ``seen`` the round of the last reply, ``ran`` whether the program did something
    since, ``listens`` whether bytes on a socket would wake it, ``children`` the living processes below it.
    """

    span: float | str | None = None
    until: str | None = None
    until_us: Annotated[int, msgspec.Meta(ge=0, le=9 * 10**15)] | None = None
    seen: int = 0
    ran: bool = True
    listens: bool = False
    children: Annotated[tuple[Pid, ...], msgspec.Meta(max_length=1000)] = ()


class WakeOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``POST clock/wake``: the number that ``clock/join`` gave."""

    sleeper: int


async def join(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/join``."""
    order = await read_order(request, JoinOrder)
    connection = request.scope.get(CONNECTION)
    if connection is None:
        raise UsageError("a program joins by a socket, and this request came in-process", "use the emulator's URL")
    if connection.sleeper is not None:
        raise UsageError("a program joined by this connection already", "open another connection for each program")
    now, stands = await control.engine.look(world_name, _clock)
    sleepers = control.engine.sleepers
    sleeper = sleepers.join(world_name, Program(order.pid, order.ancestors, order.runtime, order.loops))
    connection.sleeper = sleeper
    connection.lost.append(partial(sleepers.leave, world_name, sleeper))
    return {"sleeper": sleeper.number, "now_us": now // MICROSECOND, "stands": stands}


async def sleep(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/sleep``."""
    order = await read_order(request, SleepOrder)
    connection = request.scope.get(CONNECTION)
    sleeper: Sleeper | None = None if connection is None else connection.sleeper
    now = 0 if order.span is None else (await control.engine.look(world_name, _clock))[0]
    nap = Nap(_until(order, now, sleeper), order.seen, order.ran, order.listens, order.children)
    sleeping: Coroutine[Any, Any, Waking] = control.engine.sleepers.sleep(world_name, nap, sleeper)
    waking = await while_there(request, sleeping)
    reply = {"reached": waking.reached, "now_us": waking.now // MICROSECOND, "round": waking.round}
    return reply if sleeper else {"reached": waking.reached, "now": with_nanoseconds(waking.now)}


async def answering(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/answering``: how many requests of this world are being answered; held ones do not count."""
    await read_order(request, Nothing)
    return {"answering": await control.engine.sleepers.answered_now(world_name)}


async def leave(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/leave``: the program that joined by this connection runs on and takes part no more."""
    await read_order(request, Nothing)
    connection = request.scope.get(CONNECTION)
    if connection is not None and connection.sleeper is not None:
        sleeper, connection.sleeper = connection.sleeper, None
        await control.engine.sleepers.release(world_name, sleeper)
    return {}


async def wake(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/wake``: the sleeper's call is replied to at once."""
    control.engine.sleepers.wake(world_name, (await read_order(request, WakeOrder)).sleeper)
    return {}


def _clock(world: World) -> tuple[int, bool]:
    return world.now, world.account.clock.mode != "real"


def _until(order: SleepOrder, now: int, sleeper: Sleeper | None) -> int | None:
    """The moment that is slept for. Raises UsageError."""
    named = [name for name in ("span", "until", "until_us") if getattr(order, name) is not None]
    if len(named) > 1 or (not named and sleeper is None):
        raise UsageError("say either for or until", 'for instance {"for": 5}, {"until": "2026-06-22T15:41:23Z"}')
    if order.span is not None:
        return now + span(order.span)
    if order.until is not None:
        return instant(order.until)
    return None if order.until_us is None else order.until_us * MICROSECOND
