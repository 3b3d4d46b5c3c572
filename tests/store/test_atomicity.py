"""A unit of work that raises changes nothing: every handler and every event, made to fail at each step that it has."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextvars import ContextVar
from functools import partial
from typing import Any, get_args

import httpx
import msgspec
import pytest

from fakeseed.model.media import IngestFailure
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.world import event_handlers
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from fakeseed.world.snapshot import state_of
from fakeseed.world.tables import Store, Tables
from fakeseed.world.timeline import EventKind
from fakeseed.world.world import Deliver, Fetch, Sent, World
from tests.conftest import START, Api
from tests.outbound.test_webhooks import HOOK
from tests.support.stores import Stores

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

KEY = "fs-enterprise-atomic"
LR = "seedance-2-less-restriction"
Act = Callable[[Api], Awaitable[object]]


class StepError(Exception):
    """A step of a unit that was made to fail."""


class Countdown:
    """Lets one unit fail at one of its steps."""

    def __init__(self, steps: int) -> None:
        self.remaining = steps
        self.fired = False

    def step(self) -> None:
        """One more step."""
        self.remaining -= 1
        if self.remaining < 0:
            self.fired = True
            raise StepError


ARMED: ContextVar[list[Countdown]] = ContextVar("ARMED")
"""The countdown of the first unit of what is being done; what the emulator does beside it has none."""


class FailingTable:
    """A table whose every call is a step."""

    def __init__(self, table: Any, countdown: Countdown) -> None:
        self._table, self._countdown = table, countdown

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._table, name)
        if not callable(value):
            return value

        def call(*arguments: Any) -> Any:
            self._countdown.step()
            return value(*arguments)

        return call

    def __iter__(self) -> Any:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)


class FailingTables:
    """A world's tables, each of which may fail."""

    def __init__(self, tables: Tables, countdown: Countdown) -> None:
        self.account = tables.account
        for name in ("assets", "tasks", "uploads", "movements", "timeline", "journal", "effects"):
            setattr(self, name, FailingTable(getattr(tables, name), countdown))


class FailingStore:
    """A store in which the unit that has a countdown fails where that says."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    async def run(self, name: str, new_account: Any, unit: Callable[[Any], Any], after_commit: Any) -> Any:
        armed = ARMED.get([])
        if not armed:
            return await self._store.run(name, new_account, unit, after_commit)
        countdown = armed.pop()
        return await self._store.run(
            name, new_account, lambda tables: unit(FailingTables(tables, countdown)), after_commit
        )


class Emulator:
    """An emulator whose units can be made to fail."""

    def __init__(self, store: Store) -> None:
        settings = Settings(
            freeze_at=parse_instant(START),
            seed="7",
            max_tasks=3,
            concurrency=20,
            profile="live-2026-08",
            journal_bytes=20_000,
        )
        transport = httpx.MockTransport(lambda request: httpx.Response(503 if len(request.content) % 2 else 200))
        app = App(
            settings,
            store=FailingStore(store),
            system_time=lambda: parse_instant(START),
            webhook_transport=lambda: transport,
        )
        self.api = Api(app, KEY)

    async def fails_everywhere(self, act: Callable[[], Awaitable[object]]) -> int:
        """Do something that fails at its first step, then at its second, and so on until it is done; gives its steps.

        After every failure the world is what it was before.
        """
        before = await self.state()
        for steps in range(1000):
            countdown = Countdown(steps)
            ARMED.set([countdown])
            try:
                await act()
            except StepError:
                assert await self.state() == before, f"after the failure of step {steps + 1}"
            else:
                assert not countdown.fired, "the failure was swallowed"
                return steps
        raise AssertionError("there is no end of steps")

    async def state(self) -> bytes:
        """All that a world holds, by every way to it."""
        return await self.api.app.engine.store.run(name_of(KEY), self.api.app.engine.new_account, state, lambda _: None)


def state(tables: Tables) -> bytes:
    """A world as it is stored, and as its tables find it."""
    world = World(tables, Settings(), parse_instant(START))
    whole = state_of(world)
    statuses = [
        frozenset({"Active"}),
        frozenset({"Processing", "Active"}),
        frozenset({"Processing", "Active", "Failed"}),
    ]
    return msgspec.json.encode(
        (
            whole,
            world.account,
            [[asset.asset_id for asset in tables.assets.page(chosen, 0, 99)] for chosen in statuses],
            [tables.assets.count(chosen) for chosen in statuses],
            (tables.assets.held_slots(), len(tables.assets), len(tables.tasks), len(tables.timeline)),
            [task.task_id for task in tables.tasks.active()],
            [task.task_id for task in tables.tasks.ended(0, 99)],
            [task and task.task_id for task in map(tables.tasks.by_output, [task.output_id for task in whole.tasks])],
            (tables.tasks.count_active(), tables.tasks.count_ended(), tables.tasks.oldest_ended()),
            (tables.uploads.total_bytes, tables.uploads.oldest(), len(tables.movements), len(tables.effects)),
            tables.timeline.upcoming(999),
            [tables.timeline.due_at(event.kind, event.ref) for event in tables.timeline.upcoming(999)],
            (len(tables.journal), tables.journal.dropped, tables.journal.since(0)),
        )
    )


@pytest.fixture(params=["memory", "sqlite"])
async def emulator(request: Any, stores: Stores) -> AsyncIterator[Emulator]:
    """An emulator on each kind of store."""
    made = Emulator(stores.make(request.param, 20_000))
    yield made
    await made.api.http.aclose()
    await made.api.app.close()


async def furnish(api: Api) -> None:
    """Records in every state, and something to come of every kind."""
    setup = {"timeline": [{"at": "1s", "set": {"points": 10**9}}, {"at": "2s", "complete": "task 1"}]}
    await api.control("POST", "scenario", {"setup": setup})
    active = await api.active_asset("https://cdn.example/active.png")
    await api.upload("https://cdn.example/fs-slow-ingest.png")
    await api.upload("https://cdn.example/fs-fail-download-failed.png")
    await api.control("POST", "faults", {"fault": "asset-revoked", "on": "POST asset", "nth": 1})
    await api.active_asset("https://cdn.example/revoked.png")
    await api.control("POST", "faults", {"fault": "clock-skew", "on": "any", "probability": 0.5, "for": "2h"})
    await api.create("seedance-2", HOOK)
    await api.create("seedance-2", HOOK, prompt="a corgi fs-refuse-copyright")
    raw: dict[str, Any] = {"image_urls": ["https://cdn.example/fs-ingest-takes-2s.png"], "auto_upload_assets": True}
    await api.create(LR, HOOK, **raw)
    await api.create(LR, None, image_urls=[f"asset://{active}"])
    await api.http.post("/api/ephemeral_resource", json={"file_name": "a.png", "file_data": "aGVsbG8="})
    await api.http.post("/api/ephemeral_resource", json={"file_name": "b.png", "file_data": "aGVsbG8="})


async def ids(api: Api) -> tuple[list[str], list[str]]:
    """The ids of active tasks and of assets, oldest first."""
    tasks, assets = await api.app.engine.look(
        name_of(KEY), lambda world: (world.tasks.active(), sorted(world.assets, key=lambda asset: asset.seq))
    )
    return [task.task_id for task in tasks], [asset.asset_id for asset in assets]


async def vendor(api: Api) -> list[tuple[str, str, object]]:
    """Every call of the vendor that a world answers."""
    (_, task, *_), (asset, *_) = await ids(api)
    create = {"model": "seedance", "task_type": LR, "config": HOOK}
    references = {"image_urls": [f"asset://{asset}", "https://cdn.example/raw.png"], "auto_upload_assets": True}
    return [
        ("POST", "/api/v1/asset/upload", {"url": "https://cdn.example/new.png"}),
        ("POST", "/api/v1/asset/upload", {"assets": ["https://cdn.example/1.png", "https://cdn.example/2.mp4"]}),
        ("GET", "/api/v1/asset/list", None),
        ("GET", f"/api/v1/asset/{asset}", None),
        ("POST", "/api/v1/task", {**create, "input": {"prompt": "@image1", **references}}),
        ("GET", f"/api/v1/task/{task}", None),
        ("DELETE", f"/api/v1/task/{task}", None),
        ("DELETE", f"/api/v1/asset/{asset}", None),
        ("POST", "/api/ephemeral_resource", {"file_name": "c.png", "file_data": "aGVsbG8="}),
        ("GET", "/account/info", None),
        ("GET", "/account/active_tasks", None),
        ("GET", "/api/open/tasks/histories", None),
    ]


async def control(api: Api) -> list[tuple[str, str, object]]:
    """Every control call that changes a world in one unit."""
    tasks, assets = await ids(api)
    slow = assets[1]
    return [
        ("PATCH", "world", {"plan": "premium", "points": 77, "concurrency": 3, "pace": "fast", "seed": "8"}),
        ("POST", "clock/auto", {"step": "2s"}),
        ("POST", "clock/resume", {"rate": 0.000001}),
        ("POST", "clock/freeze", {}),
        ("POST", f"tasks/{tasks[0]}/hold", None),
        ("POST", f"tasks/{tasks[0]}/release", None),
        ("POST", f"tasks/{tasks[0]}/complete", None),
        ("POST", f"tasks/{tasks[1]}/fail", {"cause": "internal-error"}),
        ("POST", f"assets/{slow}/activate", None),
        ("POST", f"assets/{slow}/fail", {"code": "ContentRestricted"}),
        ("POST", "faults", {"fault": "stuck", "on": "POST task", "nth": [1]}),
        ("DELETE", "faults", None),
    ]


async def test_every_call_of_the_vendor_is_whole_or_not_at_all(emulator: Emulator) -> None:
    await furnish(emulator.api)
    for method, path, body in await vendor(emulator.api):
        answer: list[httpx.Response] = []

        async def act(method: str = method, path: str = path, body: object = body) -> None:
            answer.append(await emulator.api.http.request(method, path, json=body))  # noqa: B023 - used at once

        assert await emulator.fails_everywhere(act) > 0, path
        assert answer[-1].status_code < 300, (path, answer[-1].text)


async def test_every_control_call_is_whole_or_not_at_all(emulator: Emulator) -> None:
    await furnish(emulator.api)
    for method, path, body in await control(emulator.api):
        steps = await emulator.fails_everywhere(partial(emulator.api.control, method, path, body))
        assert steps > 0, path


async def test_every_event_is_whole_or_not_at_all(emulator: Emulator) -> None:
    """Events happen one by one, each failing at every step that it has before it happens."""
    await furnish(emulator.api)
    engine, name, kinds = emulator.api.app.engine, name_of(KEY), set()
    while head := await engine.look(name, lambda world: world.timeline.head()):
        kinds.add(head.kind)
        assert await emulator.fails_everywhere(partial(engine.step, name, head.at)) > 0
    assert kinds == set(get_args(EventKind))


async def test_every_result_of_an_effect_is_whole_or_not_at_all(emulator: Emulator) -> None:
    await furnish(emulator.api)
    api, engine, name = emulator.api, emulator.api.app.engine, name_of(KEY)
    (task_id, *_), (_, asset_id, *_) = await ids(api)
    task = await api.stored(task_id)
    deliver = Deliver(task, await engine.look(name, lambda world: world.profile), 1, parse_instant(START))
    failure = IngestFailure("DownloadFailed", "gone", "asset.upload")
    results: list[Callable[[World], object]] = [
        lambda world: event_handlers.delivered(world, deliver, Sent(503, "busy")),
        lambda world: event_handlers.fetched(world, Fetch("https://a/b", "Image", asset_id), failure),
    ]
    for result in results:
        assert await emulator.fails_everywhere(partial(engine.run, name, result)) > 0


async def test_the_first_unit_of_a_world_leaves_no_world_behind_when_it_fails(emulator: Emulator) -> None:
    engine = emulator.api.app.engine
    for steps in range(2):
        ARMED.set([Countdown(steps)])
        with pytest.raises(StepError):
            await emulator.api.http.get("/api/v1/asset/list")
        assert await engine.store.names() == []
