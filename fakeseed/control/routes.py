"""Routes of the control API. The world is chosen by ``X-API-Key``, as everywhere."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from fakeseed import __version__
from fakeseed.control import actions, faulty
from fakeseed.control.guard import Guard
from fakeseed.control.twins import twins
from fakeseed.control.views import (
    AdvanceOrder,
    AssetFailOrder,
    AutoOrder,
    FreezeOrder,
    Nothing,
    ResumeOrder,
    ScenarioOrder,
    TaskFailOrder,
    clock_view,
    entry_view,
    event_view,
    movement_view,
    unknown_field_hint,
    world_view,
)
from fakeseed.errors import UsageError
from fakeseed.faults.exchange import CONNECTION
from fakeseed.model.nearest import did_you_mean
from fakeseed.piapi.parse import BodyError, read_body, whole_number
from fakeseed.piapi.wire import task_view
from fakeseed.scenario.applying import load
from fakeseed.scenario.finding import read_named
from fakeseed.scenario.reading import read_setup
from fakeseed.world import tasks
from fakeseed.world.change import WorldPatch, change
from fakeseed.world.clock import SystemTime
from fakeseed.world.journal import KEY_HEADER
from fakeseed.world.universe import Universe
from fakeseed.world.world import World

O = TypeVar("O", bound=msgspec.Struct)  # noqa: E741 - an order
Action = Callable[["Control", str, Request], Awaitable[object]]
Endpoint = Callable[[Request], Awaitable[Response]]

PREFIX = "/_fakeseed"
MAX_ENTRIES = 10_000
MAX_ORDER = 1024 * 1024


class Control:
    """The control API over one universe."""

    def __init__(self, universe: Universe, guard: Guard, system_time: SystemTime) -> None:
        self.universe = universe
        self._guard = guard
        self.system_time = system_time

    def endpoint(self, action: Action) -> Endpoint:
        """An action as an endpoint: guarded, keyed, its mistakes told as JSON."""

        async def answer(request: Request) -> Response:
            objection = self._guard.objection(request.headers)
            if objection is not None:
                status, message, hint = objection
                return problem(message, hint, status)
            key = request.headers.get(KEY_HEADER, "").strip()
            if not key or not self.universe.keys.admits(key):
                return problem("no world: the key is missing or not admitted", "send an API key in X-API-Key", 401)
            try:
                return as_json(await action(self, key, request))
            except UsageError as mistake:
                return problem(str(mistake), mistake.hint, 400)

        return answer


def problem(message: str, hint: str, status: int) -> Response:
    """One of our own errors as JSON."""
    return as_json({"error": message, "hint": hint} if hint else {"error": message}, status)


def as_json(value: object, status: int = 200) -> Response:
    """A value as JSON."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


async def order(request: Request, shape: type[O]) -> O:
    """The request's body as an order; an empty one gives the defaults. Raises UsageError."""
    try:
        return read_body(await _body(request) or b"{}", shape)
    except BodyError as mistake:
        raise UsageError(f"{mistake}{unknown_field_hint(str(mistake), shape)}") from None


async def json_body(request: Request, shape: Any) -> Any:
    """The request's body as a checked type that is no order. Raises UsageError."""
    try:
        return read_body(await _body(request), shape)
    except BodyError as mistake:
        raise UsageError(str(mistake)) from None


async def _body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_ORDER:
            raise UsageError(f"the order is larger than {MAX_ORDER} bytes")
    return body.strip()


async def show_world(control: Control, key: str, _: Request) -> object:
    """``GET world``."""
    return await control.universe.run(key, world_view)


async def patch_world(control: Control, key: str, request: Request) -> object:
    """``PATCH world``."""
    wanted = await order(request, WorldPatch)

    def work(world: World) -> object:
        change(world, wanted)
        return world_view(world)

    return await control.universe.run(key, work)


async def reset(control: Control, key: str, _: Request) -> object:
    """``POST reset``."""
    await control.universe.reset(key)
    return await control.universe.run(key, world_view)


async def show_clock(control: Control, key: str, _: Request) -> object:
    """``GET clock``."""
    return await control.universe.run(key, clock_view)


async def _moved(control: Control, key: str, happened: list[Any]) -> object:
    shown = [entry_view(entry) for entry in happened]
    return {"clock": await control.universe.run(key, clock_view), "happened": shown}


async def freeze(control: Control, key: str, request: Request) -> object:
    """``POST clock/freeze``."""
    wanted = await order(request, FreezeOrder)
    return await _moved(control, key, await actions.freeze(control.universe, key, wanted, control.system_time))


async def resume(control: Control, key: str, request: Request) -> object:
    """``POST clock/resume``."""
    wanted = await order(request, ResumeOrder)
    await control.universe.run(key, lambda world: actions.resume(world, wanted, control.system_time))
    return await _moved(control, key, [])


async def auto(control: Control, key: str, request: Request) -> object:
    """``POST clock/auto``."""
    wanted = await order(request, AutoOrder)
    await control.universe.run(key, lambda world: actions.auto(world, wanted, control.system_time))
    return await _moved(control, key, [])


async def advance(control: Control, key: str, request: Request) -> object:
    """``POST clock/advance``."""
    goal = actions.target(await order(request, AdvanceOrder))
    return await _moved(control, key, await control.universe.advance(key, goal))


def _number(request: Request, name: str, default: int, least: int) -> int:
    value = whole_number(request.query_params.get(name), default, least)
    if value is None:
        raise UsageError(f"{name} must be a whole number from {least}")
    return value


async def timeline(control: Control, key: str, request: Request) -> object:
    """``GET timeline``."""
    limit = _number(request, "limit", 100, 1)

    def work(world: World) -> object:
        events = world.timeline.upcoming(min(limit, MAX_ENTRIES))
        return {"total": len(world.timeline), "events": [event_view(event, world.now) for event in events]}

    return await control.universe.run(key, work)


KINDS = ("request", "event", "delivery")


async def journal(control: Control, key: str, request: Request) -> object:
    """``GET journal``: entries after a number, of one kind or all."""
    after = _number(request, "after", 0, 0)
    limit = _number(request, "limit", 1000, 1)
    kind = request.query_params.get("kind")
    if kind not in (None, *KINDS):
        raise UsageError(f"unknown kind {kind!r}{did_you_mean(kind or '', KINDS)}", f"use one of {', '.join(KINDS)}")

    def work(world: World) -> object:
        kept = world.tables.journal
        wanted = [entry for entry in kept.since(after) if kind is None or _kind(entry) == kind]
        shown = [entry_view(entry) for entry in wanted[: min(limit, MAX_ENTRIES)]]
        return {"total": len(kept), "dropped": kept.dropped, "entries": shown}

    return await control.universe.run(key, work)


def _kind(entry: msgspec.Struct) -> str:
    return str(entry.__struct_config__.tag)


async def ledger(control: Control, key: str, request: Request) -> object:
    """``GET ledger``: balances, and movements in order."""
    offset = _number(request, "offset", 0, 0)
    limit = _number(request, "limit", 1000, 1)

    def work(world: World) -> object:
        found = world.tables.movements.page(offset, min(limit, MAX_ENTRIES))
        movements = [movement_view(movement) for movement in found]
        return {
            "balances": msgspec.to_builtins(world.account.balances),
            "total": len(world.tables.movements),
            "movements": movements,
        }

    return await control.universe.run(key, work)


TASK_ACTIONS = {"complete": tasks.complete_now, "hold": tasks.hold, "release": tasks.release}


async def act_on_task(control: Control, key: str, request: Request) -> object:
    """``POST tasks/{id}/complete|fail|hold|release``."""
    task_id, name = request.path_params["task_id"], request.path_params["action"]
    known = (*TASK_ACTIONS, "fail")
    if name not in known:
        raise UsageError(f"unknown action {name!r}{did_you_mean(name, known)}", f"use one of {', '.join(known)}")
    if name == "fail":
        act = actions.fail_task((await order(request, TaskFailOrder)).cause)
    else:
        await order(request, Nothing)
        act = TASK_ACTIONS[name]

    def work(world: World) -> object:
        return task_view(actions.act_on_task(world, task_id, act), world.profile, str(request.base_url).rstrip("/"))

    return await control.universe.run(key, work)


async def act_on_asset(control: Control, key: str, request: Request) -> object:
    """``POST assets/{id}/activate|fail``."""
    asset_id, name = request.path_params["asset_id"], request.path_params["action"]
    if name not in ("activate", "fail"):
        raise UsageError(f"unknown action {name!r}{did_you_mean(name, ('activate', 'fail'))}", "use activate or fail")
    code = (await order(request, AssetFailOrder)).code if name == "fail" else None

    def work(world: World) -> object:
        actions.decide_asset(world, asset_id, code)
        asset = world.assets.get(asset_id)
        return {"asset_id": asset_id, "status": asset.status if asset else None}

    return await control.universe.run(key, work)


async def show_twins(control: Control, key: str, _: Request) -> object:
    """``GET twins``."""
    return await control.universe.run(key, twins)


async def show_faults(control: Control, key: str, _: Request) -> object:
    """``GET faults``."""
    return await control.universe.run(key, faulty.faults_view)


async def arm_faults(control: Control, key: str, request: Request) -> object:
    """``POST faults``: one order, or a list of which all are taken or none."""
    asked = await json_body(request, dict[str, Any] | list[dict[str, Any]])
    orders = asked if isinstance(asked, list) else [asked]
    on_socket = CONNECTION in request.scope
    return await control.universe.run(key, lambda world: faulty.arm_all(world, orders, on_socket=on_socket))


async def disarm_faults(control: Control, key: str, request: Request) -> object:
    """``DELETE faults`` and ``DELETE faults/{id}``."""
    fault_id = request.path_params.get("fault_id")
    return await control.universe.run(key, lambda world: faulty.disarm(world, fault_id))


async def load_scenario(control: Control, key: str, request: Request) -> object:
    """``POST scenario``: the world made anew as a scenario wants it."""
    asked = await order(request, ScenarioOrder)
    if (asked.name is None) == (asked.setup is None):
        raise UsageError("say either name or setup", "names: fakeseed scenario list; a setup: world, faults, timeline")
    setup = read_named(asked.name) if asked.name is not None else read_setup(asked.setup)
    on_socket = CONNECTION in request.scope
    await load(control.universe, key, setup, control.system_time, on_socket=on_socket, clock=asked.clock)
    return await control.universe.run(key, world_view)


async def health(_: Request) -> Response:
    """``GET health``: open to all, for probes."""
    return as_json({"status": "ok", "version": __version__})


ACTIONS: tuple[tuple[str, str, Action], ...] = (
    ("GET", "/world", show_world),
    ("PATCH", "/world", patch_world),
    ("POST", "/reset", reset),
    ("GET", "/clock", show_clock),
    ("POST", "/clock/freeze", freeze),
    ("POST", "/clock/resume", resume),
    ("POST", "/clock/auto", auto),
    ("POST", "/clock/advance", advance),
    ("GET", "/timeline", timeline),
    ("GET", "/journal", journal),
    ("GET", "/ledger", ledger),
    ("GET", "/twins", show_twins),
    ("GET", "/faults", show_faults),
    ("POST", "/faults", arm_faults),
    ("DELETE", "/faults", disarm_faults),
    ("DELETE", "/faults/{fault_id}", disarm_faults),
    ("POST", "/scenario", load_scenario),
    ("POST", "/tasks/{task_id}/{action}", act_on_task),
    ("POST", "/assets/{asset_id}/{action}", act_on_asset),
)


class ByMethod:
    """One path: an endpoint for each method it takes, GET's for HEAD too."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        endpoint = self._endpoints.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            known = ", ".join(self._endpoints)
            answer = problem(f"{method[:20]} does nothing at {scope['path'][:200]}", f"use {known}", 405)
            answer.headers["allow"] = known
        else:
            answer = await endpoint(Request(scope, receive))
        await answer(scope, receive, send)


def control_app(universe: Universe, guard: Guard, system_time: SystemTime) -> ASGIApp:
    """The control API as an application."""
    control = Control(universe, guard, system_time)
    paths: dict[str, dict[str, Endpoint]] = {"/health": {"GET": health}}
    for verb, path, action in ACTIONS:
        paths.setdefault(path, {})[verb] = control.endpoint(action)
    routes = [Route(f"{PREFIX}{path}", ByMethod(endpoints)) for path, endpoints in paths.items()]
    return Router(routes, redirect_slashes=False, default=_unknown())


def _unknown() -> ASGIApp:
    paths = [f"{PREFIX}{path}" for _, path, _ in ACTIONS]

    async def unknown(scope: Any, receive: Any, send: Any) -> None:
        hint = did_you_mean(scope["path"], paths).removeprefix("; ")
        await problem(f"no control call at {scope['path'][:200]}", hint, 404)(scope, receive, send)

    return unknown
