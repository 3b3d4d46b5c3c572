"""State that lasts and is shared, seen from outside: restarts, several servers, a database that goes away."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, Engine, event, text

from fakeseed.errors import StartError, UsageError
from fakeseed.model.times import SECOND, parse_instant
from fakeseed.server.app import App
from fakeseed.store.sql import group_commit, record_tables, schema, store, tables, timeline
from fakeseed.store.sql.identity_map import RecordType
from fakeseed.store.urls import store_at
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from fakeseed.world.world import Sent
from tests.conftest import START, Api
from tests.support.killing import kill
from tests.support.servers import at_once, started
from tests.support.stores import Stores, create_database

pytestmark = pytest.mark.anyio
LASTING = ("sqlite", "postgresql")
JOURNAL = 8 * 1024 * 1024
Serve = Callable[..., Api]


class Fleet:
    """Servers in this process, over one database. ``system`` is the system's instant for all of them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.system = parse_instant(START)
        self.sent: list[httpx.Request] = []
        self.status = 200
        self._made: list[Api] = []

    def serve(self, key: str = "test-key", **settings: Any) -> Api:
        """One more server."""
        chosen = Settings(**settings)
        app = App(
            chosen,
            store=store_at(self.url, chosen.journal_bytes),
            system_time=lambda: self.system,
            webhook_transport=lambda: httpx.MockTransport(self._receive),
        )
        self._made.append(Api(app, key))
        return self._made[-1]

    def _receive(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(self.status)

    async def stop(self, api: Api) -> None:
        """End a server."""
        self._made.remove(api)
        await api.http.aclose()
        await api.app.close()

    async def close(self) -> None:
        """End all servers."""
        for api in list(self._made):
            await self.stop(api)


async def fresh_url(stores: Stores, kind: str) -> str:
    url = stores.url(kind)
    if kind == "postgresql":
        await create_database(stores.server, url.rpartition("/")[2])
    return url


@pytest.fixture(params=LASTING)
async def fleet(request: Any, stores: Stores) -> AsyncIterator[Fleet]:
    """Servers over a database that lasts."""
    servers = Fleet(await fresh_url(stores, request.param))
    yield servers
    await servers.close()


@pytest.fixture
async def shared(stores: Stores) -> AsyncIterator[Fleet]:
    """Servers over a database that they can share."""
    servers = Fleet(await fresh_url(stores, "postgresql"))
    yield servers
    await servers.close()


async def until(true: Callable[[], Any]) -> None:
    """Wait for something that another process, or a timer, brings about."""
    async with asyncio.timeout(10):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# -- restarts ---------------------------------------------------------------------------------------------------------


async def test_worlds_clocks_events_and_webhooks_survive_a_restart(fleet: Fleet) -> None:
    first = fleet.serve()
    hook = {"webhook_config": {"endpoint": "http://hooks.example/x"}}
    frozen = first.other("frozen")
    await frozen.control("POST", "clock/freeze")
    asset = await frozen.active_asset()
    kind = "seedance-2-less-restriction"
    task_id = (await frozen.create(kind, image_urls=[f"asset://{asset}"], config=hook)).json()["data"]["task_id"]
    running = (await first.create(config=hook)).json()["data"]["task_id"]
    ledgers = {api.key: await api.control("GET", "ledger") for api in (first, frozen)}
    await fleet.stop(first)
    fleet.system += 30 * SECOND
    again = fleet.serve()
    await again.app.engine.open()
    await until(lambda: fleet.sent)  # nobody asks: the server goes on by itself
    assert [json.loads(request.content)["data"]["task_id"] for request in fleet.sent] == [running]
    assert (await again.task(running))["status"] == "completed"
    frozen = again.other("frozen")
    assert (await frozen.control("GET", "clock"))["now"] == START
    assert (await frozen.task(task_id))["status"] == "pending"
    assert await frozen.control("GET", "ledger") == ledgers["frozen"]
    assert (await frozen.asset(asset)).json()["status"] == "Active"
    assert (await again.control("GET", "ledger"))["movements"][:2] == ledgers["test-key"]["movements"]
    await frozen.advance(30)
    assert (await frozen.task(task_id))["status"] == "completed"
    assert len(fleet.sent) == 2


async def test_a_message_that_was_not_marked_is_sent_again(fleet: Fleet) -> None:
    first = fleet.serve(freeze_at=fleet.system)
    received = asyncio.Event()

    async def never(_: object) -> Sent:
        received.set()
        await asyncio.Event().wait()
        return Sent(0)

    handlers = first.app.engine._effect_handlers
    first.app.engine._effect_handlers = type(handlers)(never, handlers.take)
    task = (await first.create(config={"webhook_config": {"endpoint": "http://hooks.example/x"}})).json()["data"]
    advancing = asyncio.ensure_future(first.advance(60))
    await received.wait()
    advancing.cancel()
    await asyncio.gather(advancing, return_exceptions=True)
    await fleet.stop(first)
    second = fleet.serve()
    await second.app.engine.open()
    await until(lambda: fleet.sent)
    await second.app.engine.settled(name_of(second.key))
    deliveries = await second.control("GET", "journal?kind=delivery")
    assert [(entry["task"], entry["status"]) for entry in deliveries["entries"]] == [(task["task_id"], 200)]
    assert len(fleet.sent) == 1


async def test_nobody_finds_a_key_in_the_database(stores: Stores, fleet: Fleet) -> None:
    api = fleet.serve("a-very-secret-api-key")
    await api.created()
    await api.upload()
    dump = await api.app.engine.store._submit("", _dump)  # type: ignore[attr-defined]
    assert b"pending" in dump
    assert b"a-very-secret-api-key" not in dump


def _dump(turn: group_commit.Batch) -> bytes:
    every = [turn.connection.execute(table.select()).all() for table in schema.metadata.sorted_tables]
    return repr(every).encode()


# -- schemas ----------------------------------------------------------------------------------------------------------


async def test_an_sqlite_file_belongs_to_one_process(stores: Stores) -> None:
    url = stores.url("sqlite")
    with started("--state", url):
        command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--state", url]
        ended = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, timeout=30)
        assert ended.returncode == 2
        assert "is in use by another process" in ended.stderr
        assert len(ended.stderr.strip().splitlines()) <= 2


@pytest.mark.parametrize("kind", LASTING)
async def test_a_newer_schema_is_refused_and_an_older_one_migrated(
    stores: Stores, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = await fresh_url(stores, kind)
    first = store_at(url, JOURNAL)
    await first.open()
    await first.close()
    steps: list[int] = []
    for version in (2, 3):
        monkeypatch.setitem(schema.MIGRATIONS, version, partial(_step, steps, version))
    monkeypatch.setattr(schema.migrate, "__defaults__", (3,))
    second = store_at(url, JOURNAL)
    await second.open()
    await second.close()
    assert steps == [2, 3]
    monkeypatch.undo()
    with pytest.raises(StartError, match=r"schema version 3, this fakeseed knows 1"):
        await store_at(url, JOURNAL).open()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ("mysql://x/y", "cannot live in 'mysql'"),
        ("sqlite://", "names no file"),
        ("nonsense", "is no URL"),
        ("redis:", "is no URL"),
    ],
)
def test_a_state_that_cannot_be_is_told(state: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        store_at(state, JOURNAL)


@pytest.mark.parametrize("state", ["sqlite:////nowhere/at/all.db", "postgresql://fakeseed@127.0.0.1:1/x"])
async def test_a_state_that_cannot_be_opened_is_told(state: str) -> None:
    with pytest.raises(StartError, match=r"cannot (open|use) the database"):
        await store_at(state, JOURNAL).open()


def _step(steps: list[int], version: int, _: Connection) -> None:
    steps.append(version)


# -- queries ----------------------------------------------------------------------------------------------------------


def hot_queries() -> dict[str, tuple[Any, dict[str, Any]]]:
    """What requests ask of a database, with values."""
    kinds: dict[str, RecordType[Any]] = {"assets": record_tables.ASSETS, "tasks": record_tables.TASKS}
    of_kinds: dict[str, tuple[Any, dict[str, Any]]]
    of_kinds = {f"{name} by id": (kind.by_id, {"world": 1, "id": "x"}) for name, kind in kinds.items()}
    page: dict[str, Any] = {"world": 1, "offset": 0, "limit": 20}
    return {
        **of_kinds,
        "a world": (group_commit.FIND, {"name": "x"}),
        "a world by its tag": (store.BY_TAG, {"tag": "x"}),
        "overdue worlds": (store.DUE, {"before": 1}),
        "a page of assets": (record_tables.listed(("Active", "Failed", "Processing")), {**page, "reach": 20}),
        "active tasks": (record_tables.ACTIVE_ONES, {"world": 1}),
        "ended tasks": (record_tables.ENDED_ONES, page),
        "the oldest ended task": (record_tables.OLDEST_ENDED, {"world": 1}),
        "a task by its output": (record_tables.BY_OUTPUT, {"world": 1, "output": "x"}),
        "an upload": (record_tables.UPLOAD, {"world": 1, "id": "x"}),
        "the oldest upload": (record_tables.OLDEST_UPLOAD, {"world": 1}),
        "movements": (record_tables.MOVEMENTS, page),
        "movements of a task": (record_tables.OF_TASK, {"world": 1, "task": "x"}),
        "what is due": (timeline.AHEAD, {"world": 1, "limit": 64}),
        "one event": (timeline.ONE, {"world": 1, "kind": "x", "ref": "y"}),
        "journal entries": (tables.SINCE, {"world": 1, "seq": 5, "over": 0}),
        "an effect": (record_tables.EFFECT, {"world": 1, "number": "x"}),
    }


@pytest.mark.parametrize("kind", LASTING)
async def test_every_hot_query_goes_by_an_index(stores: Stores, kind: str) -> None:
    url = await fresh_url(stores, kind)
    store = store_at(url, JOURNAL)
    await store.open()

    def explain(turn: group_commit.Batch) -> dict[str, str]:
        connection, plans = turn.connection, {}
        if kind == "postgresql":  # small tables are read whole unless that is forbidden
            connection.execute(text("SET LOCAL enable_seqscan = off"))
        head = "EXPLAIN QUERY PLAN " if kind == "sqlite" else "EXPLAIN "
        for name, (query, values) in hot_queries().items():
            compiled = query.params(**values).compile(connection, compile_kwargs={"literal_binds": True})
            plans[name] = "\n".join(str(row) for row in connection.execute(text(head + str(compiled))).all())
        return plans

    for name, plan in (await store._submit("", explain)).items():  # type: ignore[attr-defined]
        assert not re.search(r"Seq Scan|SCAN (?!\(?subquery|anon)", plan), f"{name}:\n{plan}"
    await store.close()


@pytest.mark.parametrize("kind", LASTING)
async def test_no_query_is_made_for_each_row(stores: Stores, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same number of statements for few records as for many, in a process that knows nothing of them yet."""
    fleet = Fleet(await fresh_url(stores, kind))
    counted = 0

    def count(*_: object) -> None:
        nonlocal counted
        counted += 1

    async def statements(records: int) -> list[int]:
        nonlocal counted
        key = f"fs-enterprise-{records}"
        first = fleet.serve(key, freeze_at=fleet.system, concurrency=1000, points=10**12)
        urls = [f"https://cdn.example/{number}.png" for number in range(records)]
        await first.http.post("/api/v1/asset/upload", json={"assets": urls})
        for _ in range(records):
            await first.created()
        await fleet.stop(first)
        queries = []
        for method, path, body in (
            ("POST", "/api/v1/asset/upload", {"assets": urls}),
            ("GET", f"/api/v1/asset/list?page_size={records}", None),
            ("GET", "/account/active_tasks", None),
            ("POST", "/_fakeseed/clock/advance", {"by": 0.001}),
            ("GET", "/api/open/tasks/histories", None),
        ):
            again = fleet.serve(key, freeze_at=fleet.system)
            await again.app.engine.store.open()
            again.app.engine._recovery.append(asyncio.ensure_future(asyncio.sleep(0)))  # nothing beside the request
            event.listen(Engine, "before_cursor_execute", count)
            counted = 0
            answer = await again.call(method, path, json=body)
            queries.append(counted)
            event.remove(Engine, "before_cursor_execute", count)
            assert answer.status_code < 300, answer.text
            await fleet.stop(again)
        return queries

    few, hundreds = await statements(4), await statements(40)
    assert few == hundreds
    assert max(hundreds) < 40
    await fleet.close()


# -- many servers -----------------------------------------------------------------------------------------------------


async def test_two_servers_show_one_world(shared: Fleet) -> None:
    first, second = (shared.serve(freeze_at=shared.system, concurrency=10) for _ in range(2))
    ids = [await api.created() for api in (first, second, first, second)]
    assert len(set(ids)) == 4
    await second.advance(60)
    for api in (first, second):
        assert [(await api.task(name))["status"] for name in ids] == ["completed"] * 4
    assert await first.points() == await second.points()
    video = (await first.task(ids[0]))["output"]["video"]
    assert (await second.http.get(video)).status_code == 200
    await first.control("POST", "reset")
    assert (await second.call("GET", f"/api/v1/task/{ids[0]}")).status_code == 404


async def test_who_waits_on_one_server_hears_of_another(shared: Fleet) -> None:
    first, second = shared.serve(freeze_at=shared.system), shared.serve(freeze_at=shared.system)
    task = await first.created()
    orders: list[Any] = [{"task": task, "timeout": 8}, {"request": {"path": "/account/info"}, "timeout": 8}]
    waits = [asyncio.ensure_future(first.http.post("/_fakeseed/wait", json=order)) for order in orders]
    await until(lambda: len(first.app.engine.subscriptions) == 2)
    await second.http.get("/account/info")
    await second.advance(60)
    assert [answer.status_code for answer in await asyncio.gather(*waits)] == [200, 200]
    waiting = asyncio.ensure_future(first.http.post("/_fakeseed/wait", json={"request": {"path": "/no"}, "timeout": 8}))
    await until(lambda: len(first.app.engine.subscriptions))
    await asyncio.sleep(0.2)
    await second.control("POST", "reset")
    await second.points()
    assert (await waiting).status_code == 409


async def test_a_storm_over_two_servers_sells_no_more_than_there_is(shared: Fleet) -> None:
    servers = [shared.serve("fs-hobbyist-storm", freeze_at=shared.system) for _ in range(2)]
    uploads = [server.upload(f"https://cdn.example/{n}.png") for n in range(60) for server in servers]
    statuses = [answer.status_code for answer in await asyncio.gather(*uploads)]
    assert (statuses.count(202), statuses.count(429)) == (50, 70)


@pytest.mark.slow
def test_a_storm_over_four_processes(stores: Stores) -> None:
    """A thousand uploads at once on a quota of 50; tasks to the last point; timelines and webhooks once."""
    url = stores.url("postgresql")
    asyncio.run(create_database(stores.server, url.rpartition("/")[2]))
    command = ("--state", url, "--workers", "4", "--pace", "instant", "--seed", "1", "--points", "20000000")

    async def storm(base: str) -> tuple[list[int], list[int], Any, Any]:
        pictures: list[object] = [{"url": f"https://a.example/{number}.png"} for number in range(1000)]
        uploads = await at_once(base, "/api/v1/asset/upload", "fs-hobbyist-storm", pictures)
        body = {"model": "seedance", "task_type": "seedance-2-fast", "input": {"prompt": "a corgi"}}
        tasks = await at_once(base, "/api/v1/task", "fs-pro-points", [body] * 100)
        async with httpx.AsyncClient(base_url=base) as client:
            listed = await client.get("/api/v1/asset/list", headers={"X-API-Key": "fs-hobbyist-storm"})
            ledger = await client.get("/_fakeseed/ledger", headers={"X-API-Key": "fs-pro-points"})
        return uploads, tasks, listed.json(), ledger.json()

    with started(*command) as server:
        uploads, tasks, listed, ledger = asyncio.run(storm(server.url))
    assert (uploads.count(202), uploads.count(429)) == (50, 950)
    assert listed["total"] == 50
    balances, moved = ledger["balances"], ledger["movements"]
    price = next(movement["points"] for movement in moved if movement["kind"] == "freeze")
    paid = sum(movement["kind"] == "freeze" for movement in moved)
    assert paid == tasks.count(200) == 20_000_000 // price
    assert balances["available"] == 20_000_000 - paid * price < price
    assert len({(movement["kind"], movement["task_id"]) for movement in moved if movement["task_id"]}) == 2 * paid


@pytest.mark.slow
async def test_a_dead_servers_events_and_messages_are_taken_over(stores: Stores, shared: Fleet) -> None:
    shared.system = 0  # unused: real processes have the real time
    received: list[Any] = []

    async def hook(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            received.append(json.loads((await receive())["body"])["data"]["task_id"])
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body", "body": b""})

    from fakeseed.server.run import in_thread

    with in_thread(hook) as hooks, started("--state", shared.url) as first, started("--state", shared.url):
        body = {"model": "seedance", "task_type": "seedance-2-fast", "input": {"prompt": "a corgi"}}
        body["config"] = {"webhook_config": {"endpoint": hooks}}
        async with httpx.AsyncClient(base_url=first.url, headers={"X-API-Key": "left"}) as client:
            tasks = [(await client.post("/api/v1/task", json=body)).json()["data"]["task_id"] for _ in range(2)]
        first.process.kill()  # the tasks are still to run, and nobody asks the other server
        await until(lambda: len(received) >= 2)
    assert sorted(received) == sorted(tasks)


# -- kills and absences -----------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("kind", LASTING)
def test_nothing_acknowledged_is_lost_when_the_server_is_killed(stores: Stores, kind: str) -> None:
    """A few kills; ``python -m tests.benchmarks.bench_kills`` does hundreds."""
    url = stores.url(kind)
    if kind == "postgresql":
        asyncio.run(create_database(stores.server, url.rpartition("/")[2]))
    report = asyncio.run(kill(url, 3, seed=7))
    assert report.acknowledged > 0
    assert (report.lost, report.doubled) == ([], [])


async def test_a_database_that_goes_away_and_comes_back() -> None:
    from tests.support.postgres import cluster

    with cluster() as server:
        fleet = Fleet(server.url())
        api = fleet.serve(freeze_at=fleet.system)
        task = await api.created()
        ledger = await api.control("GET", "ledger")
        await asyncio.to_thread(server.stop)
        for _ in range(2):
            async with asyncio.timeout(3):
                away = [
                    await api.create(),
                    await api.http.get("/_fakeseed/world"),
                    await api.http.get("/_fakeseed/health"),
                ]
            assert [answer.status_code for answer in away] == [503] * 3
        assert away[0].json()["code"] == 503
        assert "the state cannot be reached" in away[0].json()["error"]
        await asyncio.to_thread(server.start)
        async with asyncio.timeout(10):
            while (await api.http.get("/_fakeseed/health")).status_code != 200:  # noqa: ASYNC110 - health has no event
                await asyncio.sleep(0.05)  # it is well again by itself, at the next look at the database
        assert await api.control("GET", "ledger") == ledger
        assert (await api.task(task))["status"] == "pending"
        await api.created()
        await fleet.close()


@pytest.mark.slow
async def test_a_database_that_hangs() -> None:
    from tests.support.postgres import cluster

    with cluster() as server:
        fleet = Fleet(server.url())
        api = fleet.serve(freeze_at=fleet.system)
        await api.created()
        server.pause(True)
        try:
            async with asyncio.timeout(30):
                assert (await api.create()).status_code == 503
        finally:
            server.pause(False)
        await until(lambda: True)
        async with asyncio.timeout(15):
            while (await api.http.get("/_fakeseed/health")).status_code != 200:  # noqa: ASYNC110 - health has no event  # noqa: ASYNC110
                await asyncio.sleep(0.05)
        await api.created()
        await api.points()
        await fleet.close()
