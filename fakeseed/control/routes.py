"""Routes of the control API. The world is chosen by ``X-API-Key``, as everywhere."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import ASGIApp, Receive, Scope, Send

from fakeseed import __version__
from fakeseed.control import actions
from fakeseed.control.access import AccessGuard
from fakeseed.control.catalogue import fault_kinds, scenario_list
from fakeseed.control.copying import copy
from fakeseed.control.duplicate_creates import show_twins
from fakeseed.control.endpoint import Action, ControlApp, Endpoint, as_json, number, problem, read_order
from fakeseed.control.events import events
from fakeseed.control.explain.explanation import explain
from fakeseed.control.faults import arm_faults, disarm_faults, show_faults
from fakeseed.control.journal import FILTERS, JOURNAL_QUERY, journal
from fakeseed.control.judgement import Judge, verdicts
from fakeseed.control.lists import VideoOf, asset_picture, list_assets, list_tasks, task_video
from fakeseed.control.rows import journal_rows
from fakeseed.control.scenarios import load_scenario
from fakeseed.control.sleepers import answering, join, leave, sleep, wake
from fakeseed.control.snapshots import load_snapshot, save_snapshot
from fakeseed.control.views import (
    MAX_ENTRIES,
    AdvanceOrder,
    AssetFailOrder,
    AutoOrder,
    FreezeOrder,
    Nothing,
    ResumeOrder,
    TaskFailOrder,
    clock_view,
    entry_view,
    event_view,
    movement_view,
    world_view,
)
from fakeseed.control.wait import wait
from fakeseed.control.worlds import list_worlds, overview
from fakeseed.errors import StateError, UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.piapi.wire import task_view
from fakeseed.world import tasks_service
from fakeseed.world.clock import SystemTime
from fakeseed.world.engine import Engine
from fakeseed.world.journal import Entry
from fakeseed.world.settings_patch import WorldPatch, apply_patch
from fakeseed.world.webhooks import redeliver
from fakeseed.world.world import World

PREFIX = "/_fakeseed"


async def show_world(control: ControlApp, world_name: str, _: Request) -> object:
    """``GET world``."""
    return await control.engine.look(world_name, world_view)


async def patch_world(control: ControlApp, world_name: str, request: Request) -> object:
    """``PATCH world``."""
    patch = await read_order(request, WorldPatch)

    def work(world: World) -> object:
        apply_patch(world, patch)
        return world_view(world)

    return await control.engine.run(world_name, work)


async def reset(control: ControlApp, world_name: str, _: Request) -> object:
    """``POST reset``."""
    await control.engine.reset(world_name)
    return await control.engine.look(world_name, world_view)


async def show_clock(control: ControlApp, world_name: str, _: Request) -> object:
    """``GET clock``."""
    return await control.engine.look(world_name, clock_view)


async def _moved(
    control: ControlApp, world_name: str, happened: Sequence[Entry], limit: int = MAX_ENTRIES
) -> dict[str, object]:
    """Where the clock stands, and what happened: so many entries, and where the journal goes on with the others."""
    events = [entry_view(entry) for entry in happened[:limit]]
    next_after = events[-1]["seq"] if len(happened) > limit else None
    clock = await control.engine.look(world_name, clock_view)
    return {"clock": clock, "happened": events, "total": len(happened), "next_after": next_after}


async def freeze(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/freeze``."""
    order = await read_order(request, FreezeOrder)
    return await _moved(
        control, world_name, await actions.freeze(control.engine, world_name, order, control.system_time)
    )


async def resume(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/resume``."""
    order = await read_order(request, ResumeOrder)
    await control.engine.run(world_name, lambda world: actions.resume(world, order, control.system_time))
    return await _moved(control, world_name, [])


async def auto(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/auto``."""
    order = await read_order(request, AutoOrder)
    await control.engine.run(world_name, lambda world: actions.auto(world, order, control.system_time))
    return await _moved(control, world_name, [])


async def advance(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST clock/advance``."""
    order = await read_order(request, AdvanceOrder)
    happened = await control.engine.advance(world_name, actions.target(order))
    return await _moved(control, world_name, happened, order.limit)


async def timeline(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET timeline``."""
    limit = number(request, "limit", 100, 1)

    def work(world: World) -> object:
        events = world.timeline.upcoming(min(limit, MAX_ENTRIES))
        return {"total": len(world.timeline), "events": [event_view(event, world.now) for event in events]}

    return await control.engine.look(world_name, work)


async def ledger(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET ledger``: balances, and movements in order."""
    offset = number(request, "offset", 0, 0)
    limit = number(request, "limit", 1000, 1)

    def work(world: World) -> object:
        page = world.tables.movements.page(offset, min(limit, MAX_ENTRIES))
        movements = [movement_view(movement) for movement in page]
        return {
            "balances": msgspec.to_builtins(world.account.balances),
            "total": len(world.tables.movements),
            "movements": movements,
        }

    return await control.engine.look(world_name, work)


async def show_document(_: ControlApp, __: str, ___: Request) -> object:
    """``GET openapi.json``: the control API as a document."""
    from fakeseed.control.document import document

    return document(all_routes())


TASK_ACTIONS = {
    "complete": tasks_service.complete_now,
    "hold": tasks_service.hold,
    "release": tasks_service.release,
    "redeliver": redeliver,
}


async def act_on_task(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST tasks/{id}/complete|fail|hold|release|redeliver``."""
    task_id, name = request.path_params["task_id"], request.path_params["action"]
    action_names = (*TASK_ACTIONS, "fail")
    if name not in action_names:
        raise UsageError(
            f"unknown action {name!r}{did_you_mean(name, action_names)}", f"use one of {', '.join(action_names)}"
        )
    if name == "fail":
        act = actions.fail_task((await read_order(request, TaskFailOrder)).cause)
    else:
        await read_order(request, Nothing)
        act = TASK_ACTIONS[name]

    def work(world: World) -> object:
        return task_view(actions.act_on_task(world, task_id, act), world.profile, str(request.base_url).rstrip("/"))

    return await control.engine.run(world_name, work)


async def act_on_asset(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST assets/{id}/activate|fail``."""
    asset_id, name = request.path_params["asset_id"], request.path_params["action"]
    if name not in ("activate", "fail"):
        raise UsageError(f"unknown action {name!r}{did_you_mean(name, ('activate', 'fail'))}", "use activate or fail")
    code = (await read_order(request, AssetFailOrder)).code if name == "fail" else None

    def work(world: World) -> object:
        actions.decide_asset(world, asset_id, code)
        asset = world.assets.get(asset_id)
        return {"asset_id": asset_id, "status": asset.status if asset else None}

    return await control.engine.run(world_name, work)


def health(engine: Engine) -> Endpoint:
    """``GET health``: open to all, for probes; 503 while worlds cannot be reached."""

    async def answer(_: Request) -> Response:
        try:
            await engine.store.ping()
        except StateError as away:
            return as_json({"status": "state away", "version": __version__, "error": str(away)}, 503)
        return as_json({"status": "ok", "version": __version__})

    return answer


ACTIONS: tuple[tuple[str, str, Action], ...] = (
    ("GET", "/world", show_world),
    ("PATCH", "/world", patch_world),
    ("POST", "/reset", reset),
    ("GET", "/clock", show_clock),
    ("POST", "/clock/freeze", freeze),
    ("POST", "/clock/resume", resume),
    ("POST", "/clock/auto", auto),
    ("POST", "/clock/advance", advance),
    ("POST", "/clock/answering", answering),
    ("POST", "/clock/join", join),
    ("POST", "/clock/leave", leave),
    ("POST", "/clock/sleep", sleep),
    ("POST", "/clock/wake", wake),
    ("GET", "/timeline", timeline),
    ("GET", "/journal", journal),
    ("GET", "/journal/rows", journal_rows),
    ("GET", "/overview", overview),
    ("GET", "/judge", verdicts),
    ("GET", "/copy", copy),
    ("GET", "/explain/{seq}", explain),
    ("POST", "/wait", wait),
    ("GET", "/snapshot", save_snapshot),
    ("PUT", "/snapshot", load_snapshot),
    ("GET", "/ledger", ledger),
    ("GET", "/twins", show_twins),
    ("GET", "/faults", show_faults),
    ("POST", "/faults", arm_faults),
    ("DELETE", "/faults", disarm_faults),
    ("DELETE", "/faults/{fault_id}", disarm_faults),
    ("POST", "/scenario", load_scenario),
    ("GET", "/tasks", list_tasks),
    ("GET", "/assets", list_assets),
    ("POST", "/tasks/{task_id}/{action}", act_on_task),
    ("POST", "/assets/{asset_id}/{action}", act_on_asset),
)


FILES: tuple[tuple[str, str, Action], ...] = (
    ("GET", "/events", events),
    ("GET", "/tasks/{task_id}/video", task_video),
    ("GET", "/assets/{asset_id}/picture", asset_picture),
)
"""Calls about one world that answer no JSON: the stream, a video, a picture."""
SERVER_ACTIONS: tuple[tuple[str, str, Action], ...] = (
    ("GET", "/worlds", list_worlds),
    ("GET", "/catalogue/faults", fault_kinds),
    ("GET", "/catalogue/scenarios", scenario_list),
    ("GET", "/openapi.json", show_document),
)
"""Calls that are about no single world, so that they need no key."""
QUERIES: dict[str, tuple[str, ...]] = {
    "GET /timeline": ("limit",),
    "GET /journal": JOURNAL_QUERY,
    "GET /journal/rows": ("before", "limit", *FILTERS),
    "GET /events": ("after", "most", *FILTERS),
    "GET /snapshot": ("secrets",),
    "GET /ledger": ("offset", "limit"),
    "GET /twins": ("offset", "limit"),
    "GET /worlds": ("offset", "limit"),
    "GET /tasks": ("status", "type", "q", "id", "offset", "limit"),
    "GET /assets": ("status", "kind", "type", "q", "id", "offset", "limit"),
    "GET /copy": ("form", "seq", "since"),
}
"""Call -> the query that it takes; all others take none."""


def all_routes() -> list[tuple[str, str, Action, bool]]:
    """Method, path and action of every call but the health check, and whether it is about one world."""
    of_server = [(*route, False) for route in SERVER_ACTIONS]
    return [*of_server, *((*route, True) for route in (*FILES, *ACTIONS))]


class ByMethod:
    """One path: an endpoint for each method it takes, GET's for HEAD too."""

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        self._endpoints = endpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = scope["method"]
        endpoint = self._endpoints.get("GET" if method == "HEAD" else method)
        if endpoint is None:
            methods = ", ".join(self._endpoints)
            answer = problem(f"{method[:20]} does nothing at {scope['path'][:200]}", f"use {methods}", 405)
            answer.headers["allow"] = methods
        else:
            answer = await endpoint(Request(scope, receive))
        await answer(scope, receive, send)


def control_app(
    engine: Engine, guard: AccessGuard, system_time: SystemTime, video_of: VideoOf, judge: Judge | None = None
) -> ASGIApp:
    """The control API as an application."""
    control = ControlApp(engine, guard, system_time, video_of, judge)
    paths: dict[str, dict[str, Endpoint]] = {"/health": {"GET": health(engine)}}
    for verb, path, action, of_world in all_routes():
        query = QUERIES.get(f"{verb} {path}", ())
        paths.setdefault(path, {})[verb] = control.endpoint(action, query, of_world=of_world)
    routes = [Route(f"{PREFIX}{path}", ByMethod(endpoints)) for path, endpoints in paths.items()]
    return Router(routes, redirect_slashes=False, default=_unknown())


def _unknown() -> ASGIApp:
    paths = [f"{PREFIX}{path}" for _, path, _, _ in all_routes()]

    async def unknown(scope: Any, receive: Any, send: Any) -> None:
        hint = did_you_mean(scope["path"], paths).removeprefix("; ")
        await problem(f"no control call at {scope['path'][:200]}", hint, 404)(scope, receive, send)

    return unknown
