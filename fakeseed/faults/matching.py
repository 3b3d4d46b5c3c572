"""Which armed faults a request meets, and the way of its answer past them."""

from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial

import msgspec
from starlette.types import Receive, Scope, Send

from fakeseed.faults.fault import Fault
from fakeseed.faults.raw_connection import CONNECTION, RawConnection, instant_shown
from fakeseed.faults.registry import known_faults
from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.piapi.dispatch import ApiRequest, Handled
from fakeseed.piapi.responses import JSON, Response, send_response
from fakeseed.world.armed_faults import ArmedFault, FaultCondition
from fakeseed.world.engine import Engine
from fakeseed.world.world import World

Draw = Callable[[str], float]


class Match(msgspec.Struct, frozen=True):
    """One fault that a request meets, with the fractions drawn for this firing."""

    armed: ArmedFault
    fault: Fault
    draw: Draw


class ActiveFaults:
    """All that one request meets, in the order in which it was armed."""

    def __init__(self, firings: list[Match], engine: Engine, key: str) -> None:
        self._firings = firings
        self._engine = engine
        self._key = key

    @property
    def names(self) -> tuple[str, ...]:
        """What the journal calls it."""
        return tuple(f"{firing.armed.name} ({firing.armed.fault_id})" for firing in self._firings)

    def before_request(self, call: ApiRequest) -> ApiRequest:
        """The request as the server will take it."""
        for firing in self._firings:
            call = firing.fault.before_request(call)
        return call

    def replace_response(self, world: World, call: ApiRequest) -> Response | None:
        """The first answer that a fault gives in the handler's place."""
        responses = (firing.fault.replace_response(world, call) for firing in self._firings)
        return next((response for response in responses if response is not None), None)

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """The answer after every fault had its hand on what was made, and then on the answer."""
        for record in response.created:
            self._change(world, record)
        for firing in self._firings:
            response = firing.fault.transform_response(world, call, response)
        return response

    def _change(self, world: World, record: Task | Asset) -> None:
        for firing in self._firings:
            if isinstance(record, Task):
                firing.fault.task_made(world, record)
            else:
                firing.fault.asset_made(world, record)
        if isinstance(record, Task):
            world.tasks.update(record)
        else:
            world.assets.update(record)

    async def send(self, answered: Handled, scope: Scope, receive: Receive, send: Send) -> None:
        """Pause as long as faults ask, then let the first that wants to send do so; else send as always."""
        effects_done = partial(self._engine.settled, self._key)
        exchanges = [
            (firing, RawConnection(answered.answer, answered.now, scope, receive, firing.draw, effects_done))
            for firing in self._firings
        ]
        for firing, exchange in exchanges:
            await firing.fault.delay_response(exchange)
        for firing, exchange in exchanges:
            if firing.fault.real_socket and CONNECTION not in scope:
                await send_response(send, _needs_socket(firing.armed.name), answered.now)
                return
            if await firing.fault.send_raw(exchange):
                return
        await send_response(send, answered.answer, instant_shown(answered.answer, answered.now))


def _needs_socket(name: str) -> Response:
    body = {
        "error": f"fault {name} shows itself only on a real socket, and this request came in-process",
        "hint": "send the request over a socket: fakeseed serve, or the fixture's base_url",
    }
    return Response(501, msgspec.json.encode(body), JSON)


class FaultMatcher:
    """Finds what a request meets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def __call__(self, world: World, call: ApiRequest) -> ActiveFaults | None:
        """The faults that fire for this request; each that matches counts it."""
        firings = [
            Match(armed, _fault(armed), partial(_draw, world, armed.fault_id, armed.met))
            for armed in world.account.faults
            if _fires(world, call, armed)
        ]
        return ActiveFaults(firings, self._engine, world.account.name) if firings else None


def _fault(armed: ArmedFault) -> Fault:
    return msgspec.convert(armed.options, known_faults()[armed.name])


def _draw(world: World, fault_id: str, met: int, name: str) -> float:
    return world.chance.fraction(f"{fault_id} {met} {name}")


def _fires(world: World, call: ApiRequest, armed: ArmedFault) -> bool:
    when = armed.when
    if not _matches(world, call, when):
        return False
    armed.met += 1
    if when.probability is not None:
        fires = _draw(world, armed.fault_id, armed.met, "fires") < when.probability
    elif when.times is not None:
        fires = armed.met <= when.times
    else:
        fires = not when.nth or armed.met in when.nth
    armed.fired += fires
    return fires


def _matches(world: World, call: ApiRequest, when: FaultCondition) -> bool:
    if when.on:
        if call.route is None or call.route.on != when.on:
            return False
    elif not (when.method in ("*", call.method) and fnmatchcase(call.path, when.path)):
        return False
    if world.now < when.opens or (when.closes is not None and world.now >= when.closes):
        return False
    return not when.task_type or fnmatchcase(_task_type(world, call), when.task_type)


class _Typed(msgspec.Struct):
    task_type: str = ""


def _task_type(world: World, call: ApiRequest) -> str:
    """The type of the task that a request is about, as far as it names one."""
    if call.method == "POST":
        try:
            return msgspec.json.decode(call.body, type=_Typed).task_type
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return ""
    name = call.path.rpartition("/")[2]
    task = world.tasks.get(name) or world.tasks.by_output(name.partition(".")[0])
    return task.task_type if task else ""
