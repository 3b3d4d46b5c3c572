"""Tasks and assets in pages, as a viewer shows them, with their videos and pictures.

What is fetched here is never the client's traffic: it is in no journal, meets no fault and moves no clock.
"""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from fakeseed.control.endpoint import ControlApiError, ControlApp, number
from fakeseed.control.views import event_view
from fakeseed.errors import UsageError
from fakeseed.model.asset import STATUSES, Asset
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import ACTIVE, ENDED, Task
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.timeline import Event, EventKind
from fakeseed.world.world import World

MAX_PAGE = 200
CHUNK = 200
"""Records that are read together while a filter looks for those that fit."""
TASK_EVENTS: tuple[EventKind, ...] = ("task.start", "task.retry", "task.end", "webhook.attempt")
ASSET_EVENTS: tuple[EventKind, ...] = ("asset.ingest", "asset.revoke", "asset.expire")
MANAGED, EPHEMERAL = KINDS = ("managed", "ephemeral")

VideoOf = Callable[[Task], Awaitable[bytes]]
"""Makes a completed task's video."""


# -- views ------------------------------------------------------------------------------------------------------------


def _next_of(world: World, kinds: Iterable[EventKind], ref: str) -> dict[str, Any] | None:
    """What will happen to a record first."""
    due = [Event(at, 0, kind, ref) for kind in kinds if (at := world.timeline.due_at(kind, ref)) is not None]
    return event_view(min(due), world.now) if due else None


def _instant(at: int) -> str | None:
    return with_nanoseconds(at) if at else None


def task_card(world: World, task: Task) -> dict[str, Any]:
    """A task with all that a card of it shows."""
    return {
        "task_id": task.task_id,
        "task_type": task.task_type,
        "status": task.status,
        "held": task.held,
        "prompt": task.prompt,
        "width": task.width,
        "height": task.height,
        "seconds": task.seconds,
        "price": task.price,
        "frozen": task.frozen,
        "consumed": task.consumed,
        "created_at": with_nanoseconds(task.created_at),
        "started_at": _instant(task.started_at),
        "ended_at": _instant(task.ended_at),
        "output_until": _instant(task.output_until),
        "playable": task.status == "completed" and world.now < task.output_until,
        "error": f"{task.error_code}: {task.error_message}" if task.error_code else None,
        "references": [{"label": one.label, "kind": one.kind, "uri": one.uri[:500]} for one in task.references],
        "webhook": task.webhook_endpoint or None,
        "deliveries": len(task.deliveries),
        "logs": task.logs,
        "input": msgspec.Raw(task.input),
        "next": _next_of(world, TASK_EVENTS, task.task_id),
    }


def asset_card(world: World, asset: Asset) -> dict[str, Any]:
    """An asset with all that a card of it shows."""
    failure = asset.failure if asset.status == "Failed" else None
    return {
        "asset_id": asset.asset_id,
        "name": asset.name,
        "asset_type": asset.asset_type,
        "url": asset.url,
        "status": asset.status,
        "ephemeral": asset.ephemeral,
        "task_id": asset.task_id,
        "upload_at": with_nanoseconds(asset.upload_at),
        "last_used_at": with_nanoseconds(asset.last_used_at),
        "expires_at": with_nanoseconds(asset.expires_at),
        "error": {"code": failure.code, "message": failure.message} if failure else None,
        "picture": bool(asset.facts and asset.facts.thumbnail),
        "next": _next_of(world, ASSET_EVENTS, asset.asset_id),
    }


# -- pages ------------------------------------------------------------------------------------------------------------


def _chunked(page: Callable[[int, int], list[Any]]) -> Iterator[Any]:
    """All records of a table's pages, read a few at a time."""
    offset = 0
    while records := page(offset, CHUNK):
        yield from records
        offset += len(records)


def _tasks(world: World, status: str) -> Iterator[Task]:
    """Tasks, the active ones first, then those that ended last."""
    if not status or status in ACTIVE:
        yield from (task for task in reversed(world.tasks.active()) if status in ("", task.status))
    if not status or status in ENDED:
        yield from (task for task in _chunked(world.tasks.ended) if status in ("", task.status))


def _assets(world: World, status: str, kind: str) -> Iterator[Asset]:
    """Assets of a kind, the newest first."""
    statuses = frozenset({status}) if status else frozenset(STATUSES)
    if kind == MANAGED:
        yield from _chunked(lambda offset, limit: world.assets.page(statuses, offset, limit))
        return
    found = [asset for asset in world.assets if asset.ephemeral and asset.status in statuses]
    yield from sorted(found, key=lambda asset: -asset.seq)


def _page(records: Iterator[Any], request: Request) -> tuple[list[Any], int | None]:
    """One page, and where the next one begins."""
    offset, limit = number(request, "offset", 0, 0), min(number(request, "limit", 50, 1), MAX_PAGE)
    page = list(islice(records, offset, offset + limit + 1))
    return page[:limit], offset + limit if len(page) > limit else None


def _word(query: dict[str, str], name: str, known: Iterable[str], default: str = "") -> str:
    """A word of a table that the query says. Raises UsageError."""
    words = list(known)
    word = query.get(name, default)
    if word and word not in words:
        raise UsageError(f"unknown {name} {word[:80]!r}{did_you_mean(word, words)}", f"use one of {', '.join(words)}")
    return word


def _about(query: dict[str, str], fields: Callable[[Any], Iterable[str]]) -> Callable[[Any], bool]:
    """Whether a record's id, or one of its texts, holds what is looked for."""
    text = query.get("q", "").lower()
    return lambda record: not text or any(text in field.lower() for field in fields(record))


async def list_tasks(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET tasks``: filtered by ``status``, ``type``, ``q`` (in prompt or id), or the one of an ``id``."""
    query = dict(request.query_params)
    status = _word(query, "status", (*sorted(ACTIVE), *sorted(ENDED)))
    about = _about(query, lambda task: (task.task_id, task.prompt))
    kind = query.get("type", "")

    def work(world: World) -> object:
        found = _one(world.tasks.get, query) if "id" in query else _tasks(world, status)
        fitting = (task for task in found if about(task) and kind in ("", task.task_type))
        page, following = _page(fitting, request)
        whole = not (status or kind or query.get("q") or "id" in query)
        cards = [task_card(world, task) for task in page]
        return {"tasks": cards, "total": len(world.tasks) if whole else None, "next": following}

    return await control.engine.look(world_name, work)


async def list_assets(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET assets``: filtered by ``status``, ``kind``, ``type``, ``q`` (in name, URL, id), or the one of an ``id``."""
    query = dict(request.query_params)
    status, kind = _word(query, "status", STATUSES), _word(query, "kind", KINDS, MANAGED)
    about = _about(query, lambda asset: (asset.asset_id, asset.name, asset.url))
    medium = query.get("type", "")

    def work(world: World) -> object:
        found = _one(world.assets.get, query) if "id" in query else _assets(world, status, kind)
        fitting = (asset for asset in found if about(asset) and medium in ("", asset.asset_type))
        page, following = _page(fitting, request)
        whole = not (status or medium or query.get("q") or "id" in query) and kind == MANAGED
        total = world.assets.count(frozenset(STATUSES)) if whole else None
        return {"assets": [asset_card(world, asset) for asset in page], "total": total, "next": following}

    return await control.engine.look(world_name, work)


def _one(get: Callable[[str], Any], query: dict[str, str]) -> Iterator[Any]:
    record = get(query["id"])
    return iter(() if record is None else (record,))


# -- files ------------------------------------------------------------------------------------------------------------

_FILE_HEADERS = {"cache-control": "private, max-age=3600", "x-content-type-options": "nosniff"}


async def task_video(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET tasks/{id}/video``: the video of a completed task, for a viewer."""
    task_id = request.path_params["task_id"]

    def work(world: World) -> Task | None:
        task = world.tasks.get(task_id)
        return task if task and task.status == "completed" and world.now < task.output_until else None

    task = await control.engine.look(world_name, work)
    if task is None:
        raise ControlApiError(
            404, f"task {task_id[:80]!r} has no video", "a completed one has, until its output expires"
        )
    return Response(await control.video_of(task), media_type="video/mp4", headers=_FILE_HEADERS)


async def asset_picture(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET assets/{id}/picture``: the small picture that was made when the source was fetched."""
    asset_id = request.path_params["asset_id"]

    def work(world: World) -> bytes | None:
        asset = world.assets.get(asset_id)
        return asset.facts.thumbnail if asset and asset.facts else None

    picture = await control.engine.look(world_name, work)
    if picture is None:
        raise ControlApiError(
            404, f"there is no picture of {asset_id[:80]!r}", "sources are fetched with --ingest fetch"
        )
    return Response(picture, media_type="image/jpeg", headers=_FILE_HEADERS)
