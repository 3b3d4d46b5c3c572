"""Account endpoints: info, active tasks, histories."""

import msgspec

from fakeseed.model.behaviours import implements
from fakeseed.model.money import usd
from fakeseed.model.refusals import refuse
from fakeseed.model.task import Task
from fakeseed.model.times import whole_seconds
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import whole_number
from fakeseed.piapi.responses import Response, json_response, refusal_response
from fakeseed.piapi.wire import Output, TaskView, output_url, task_view
from fakeseed.world.world import World

MAX_PAGE_SIZE = 100
DEFAULT_PAGE_SIZE = 20


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
    """What an ended task made."""

    output: Output | None


class HistoryEntry(msgspec.Struct, frozen=True):
    """One ended task; ``status`` is finished or failed, ``usage`` in points."""

    task_id: str
    created_at: str
    action: str
    task_model: str
    status: str
    usage: int
    detail: HistoryDetail


class HistoryPage(msgspec.Struct, frozen=True):
    """One page of ended tasks."""

    total: int
    data: list[HistoryEntry]


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
        id=world.chance.number(10_000, 999_999, "account id"),
        name=account_name(world.chance.number(0, 2**32, "account name")),
        plan=world.plan.name,
        type="payg",
        is_enable=True,
        credit_pack_info=pack,
        equivalent_in_usd=usd(points.available),
        quota=AccountQuota(usd(points.available)),
        max_concurrent_task_count=world.concurrency,
    )
    return json_response(AccountEnvelope(200, view, "success"))


def account_name(seed: int) -> str:
    """A readable name, the same for the same seed."""
    from faker import Faker  # takes 140 ms, and few ask

    faker = Faker("en_US")
    faker.seed_instance(seed)
    return str(faker.name())


@implements("account.active-tasks")
def active_tasks(world: World, call: ApiRequest) -> Response:
    """``GET /account/active_tasks``."""
    active = world.tasks.active()
    pending = sum(task.status == "pending" for task in active)
    views = [task_view(task, world.profile, call.base_url) for task in active]
    seedance = ActiveTasks(0, pending, len(active) - pending, views)
    return json_response(ActiveEnvelope(200, {"seedance": seedance}, "success"))


@implements("account.histories")
def histories(world: World, call: ApiRequest) -> Response:
    """``GET /api/open/tasks/histories``."""
    page = whole_number(call.query_value("page"), 1)
    size = whole_number(call.query_value("page_size"), DEFAULT_PAGE_SIZE)
    if page is None or size is None:
        name = "page" if page is None else "page_size"
        return refusal_response(refuse("query-invalid", name=name, rule="a whole number from 1"))
    size = min(size, MAX_PAGE_SIZE)
    tasks = world.tasks.ended((page - 1) * size, size)
    entries = [_entry(task, call.base_url) for task in tasks]
    return json_response(HistoryEnvelope(200, HistoryPage(world.tasks.count_ended(), entries), "success"))


def _entry(task: Task, base_url: str) -> HistoryEntry:
    completed = task.status == "completed"
    return HistoryEntry(
        task_id=task.task_id,
        created_at=whole_seconds(task.created_at),
        action=task.task_type,
        task_model="seedance",
        status="finished" if completed else "failed",
        usage=task.consumed,
        detail=HistoryDetail(Output(output_url(task, base_url)) if completed else None),
    )
