"""Account endpoints: info, active tasks, histories."""

import msgspec

from fakeseed.model.admission import MODEL
from fakeseed.model.behaviours import implements
from fakeseed.model.money import usd
from fakeseed.model.refusals import refuse
from fakeseed.model.sample_names import full_name
from fakeseed.model.task import Task
from fakeseed.model.times import SECOND, whole_seconds
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import whole_number
from fakeseed.piapi.responses import Response, json_response, refusal_response
from fakeseed.piapi.wire import TaskView, output_url, task_view
from fakeseed.world.world import World

MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 10


class CreditPack(msgspec.Struct, frozen=True):
    """Points by where they are."""

    available_credits: int
    used_credits: int
    total_credits: int
    frozen_credits: int
    expired_credits: int = 0
    inactive_credits: int = 0


class AccountQuota(msgspec.Struct, frozen=True):
    """The points as US dollars, where some clients look for them."""

    equivalent_in_usd: float


class AccountView(msgspec.Struct, frozen=True):
    """Who the key belongs to."""

    id: int
    name: str
    plan: str
    type: str
    is_enable: bool
    credit_pack_info: CreditPack
    equivalent_in_usd: float
    quota: AccountQuota
    max_concurrent_task_count: int


class AccountEnvelope(msgspec.Struct, frozen=True):
    """Answer to ``GET /account/info``."""

    code: int
    data: AccountView
    message: str


class ActiveTasks(msgspec.Struct, frozen=True):
    """A provider's tasks that have not ended."""

    staged_count: int
    pending_count: int
    processing_count: int
    active_tasks: list[TaskView]


class ActiveEnvelope(msgspec.Struct, frozen=True):
    """Answer to ``GET /account/active_tasks``, by provider."""

    code: int
    data: dict[str, ActiveTasks]
    message: str


class HistoryDetail(msgspec.Struct, frozen=True):
    """Where the video of an ended task is."""

    output: str | None


class HistoryEntry(msgspec.Struct, frozen=True):
    """One ended task; ``status`` is finished or failed, ``usage`` in points."""

    id: int
    account_id: int
    api_key_id: int
    task_id: str
    created_at: str
    updated_at: str
    action: str
    task_model: str
    service_mode: str
    status: str
    usage: int
    detail: HistoryDetail
    usage_type: str = "point"
    fixed: bool = False


class HistoryPage(msgspec.Struct, frozen=True):
    """One page of ended tasks."""

    total: int
    data: list[HistoryEntry]
    page: int
    size: int


class HistoryEnvelope(msgspec.Struct, frozen=True):
    """Answer to ``GET /api/open/tasks/histories``."""

    code: int
    data: HistoryPage
    message: str


@implements("account.info", "account.credits-in-points", "account.usd-in-quota")
def info(world: World, _: ApiRequest) -> Response:
    """``GET /account/info``."""
    points = world.account.balances
    pack = CreditPack(points.available, points.consumed, points.granted, points.frozen)
    view = AccountView(
        id=_account_id(world),
        name=full_name(world.chance.number(0, 2**32, "account name")),
        plan=world.plan.name,
        type="payg",
        is_enable=True,
        credit_pack_info=pack,
        equivalent_in_usd=usd(points.available),
        quota=AccountQuota(usd(points.available)),
        max_concurrent_task_count=world.concurrency,
    )
    return json_response(AccountEnvelope(200, view, "success"))


@implements("account.active-tasks")
def active_tasks(world: World, call: ApiRequest) -> Response:
    """``GET /account/active_tasks``."""
    active = world.tasks.active()
    pending = sum(task.status == "pending" for task in active)
    views = [task_view(task, world.profile, call.base_url) for task in active]
    seedance = ActiveTasks(0, pending, len(active) - pending, views)
    return json_response(ActiveEnvelope(200, {"seedance": seedance}, "success"))


@implements("account.histories", "account.histories-page-size")
def histories(world: World, call: ApiRequest) -> Response:
    """``GET /api/open/tasks/histories``."""
    page = whole_number(call.query_value("page"), 1)
    size = whole_number(call.query_value("page_size"), DEFAULT_PAGE_SIZE)
    if page is None:
        return _query_refused("page", "a whole number from 1")
    if size is None or size > MAX_PAGE_SIZE:
        return _query_refused("page_size", f"a whole number from 1 to {MAX_PAGE_SIZE}")
    bounds = {name: whole_number(call.query_value(name), default, least=0) for name, default in _TIMES.items()}
    for name, second in bounds.items():
        if second is None:
            return _query_refused(name, "a whole number of Unix seconds")
    if any(call.query_value(name) for name in ("model", *_TIMES)):
        matching = _filtered(world, call.query_value("model"), bounds["start_time"] or 0, bounds["end_time"] or 0)
        total, tasks = len(matching), matching[(page - 1) * size : page * size]
    else:
        total, tasks = world.tasks.count_ended(), world.tasks.ended((page - 1) * size, size)
    entries = [_entry(world, task, call.base_url) for task in tasks]
    return json_response(HistoryEnvelope(200, HistoryPage(total, entries, page, size), "success"))


_TIMES = {"start_time": 0, "end_time": 2**62}
"""Filters by the time of the create, with what holds where one is left out."""


def _query_refused(name: str, rule: str) -> Response:
    return refusal_response(refuse("query-invalid", name=name, rule=rule))


@implements("account.histories-filters")
def _filtered(world: World, model: str | None, start: int, end: int) -> list[Task]:
    """All ended tasks of a model that were created between two Unix seconds, both included."""
    if model not in (None, "", MODEL):
        return []
    tasks = world.tasks.ended(0, world.tasks.count_ended())
    return [task for task in tasks if start <= task.created_at // SECOND <= end]


@implements("account.histories-row", "account.histories-output")
def _entry(world: World, task: Task, base_url: str) -> HistoryEntry:
    completed = task.status == "completed"
    return HistoryEntry(
        id=task.seq,
        account_id=_account_id(world),
        api_key_id=world.chance.number(10_000, 999_999, "api key id"),
        task_id=task.task_id,
        created_at=whole_seconds(task.created_at),
        updated_at=whole_seconds(task.ended_at),
        action=task.task_type,
        task_model=MODEL,
        service_mode=task.service_mode,
        status="finished" if completed else "failed",
        usage=task.consumed,
        detail=HistoryDetail(output_url(task, base_url) if completed else None),
    )


def _account_id(world: World) -> int:
    return world.chance.number(10_000, 999_999, "account id")
