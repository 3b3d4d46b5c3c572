"""A database in trouble: a 503 that says which, in time, and all is well again by itself when the trouble is over."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.store.sql import engine, pulse
from fakeseed.store.sql.store import SqlStore
from fakeseed.world.settings import Settings
from tests.conftest import START, Api
from tests.support.postgres import Cluster, cluster
from tests.support.stores import Stores, create_database

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

Emulate = Callable[..., Api]


async def refused(api: Api, reason: str) -> None:
    """Reads, writes and health say 503 and why; the vendor's shape and Retry-After are there."""
    for method, path, body in (
        ("POST", "/api/v1/asset/upload", {"url": "https://cdn.example/a.png"}),
        ("GET", "/api/v1/asset/list", None),
        ("GET", "/_fakeseed/ledger", None),
        ("GET", "/_fakeseed/health", None),
    ):
        answer = await api.http.request(method, path, json=body)
        assert answer.status_code == 503, (path, answer.text)
        assert reason in answer.json()["error"], (path, answer.text)
        if "health" not in path:
            assert answer.headers["retry-after"] == "1"


async def well(api: Api) -> None:
    """Health says so, in the end without anybody's help, and writes are taken."""
    async with asyncio.timeout(20):
        while (await api.http.get("/_fakeseed/health")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
    assert (await api.upload()).status_code == 202


@pytest.fixture
def on_sqlite(emulate: Emulate) -> Api:
    """An emulator over an SQLite file."""
    return emulate(state="sqlite")


def let_go(api: Api) -> None:
    """The connection is lost; the next request opens another one."""
    api.app.engine.store._database._drop()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("pragma", "reason"),
    [("max_page_count=1", "the disk of the database is full"), ("query_only=1", "the database is read-only")],
)
async def test_a_disk_that_is_full_or_read_only(
    on_sqlite: Api, monkeypatch: pytest.MonkeyPatch, pragma: str, reason: str
) -> None:
    task = await on_sqlite.created()
    ledger = await on_sqlite.control("GET", "ledger")
    with monkeypatch.context() as trouble:
        trouble.setattr(engine, "PRAGMAS", (*engine.PRAGMAS, pragma))
        let_go(on_sqlite)
        for _ in range(60):  # what fits into pages that are there already is taken
            if (await on_sqlite.upload(f"https://cdn.example/{'x' * 400}.png")).status_code == 503:
                break
        await refused(on_sqlite, reason)
        await refused(on_sqlite, reason)
    await well(on_sqlite)
    assert await on_sqlite.control("GET", "ledger") == ledger
    assert (await on_sqlite.task(task))["status"] == "pending"


async def test_a_file_that_another_process_has_locked(on_sqlite: Api, stores: Stores) -> None:
    task = await on_sqlite.created()
    let_go(on_sqlite)
    locker = sqlite3.connect(Path(stores.last.removeprefix("sqlite:///")), isolation_level=None)
    try:
        locker.execute("BEGIN IMMEDIATE")
        await refused(on_sqlite, "the database is locked by another process")
    finally:
        locker.close()
    await well(on_sqlite)
    assert (await on_sqlite.task(task))["status"] == "pending"


@pytest.fixture
async def on_postgresql() -> AsyncIterator[tuple[Api, Cluster]]:
    """An emulator over a PostgreSQL server of its own."""
    with cluster() as server:
        await create_database(server, "worlds")
        store = SqlStore(server.url("worlds"), 8 * 1024 * 1024)
        api = Api(App(Settings(freeze_at=parse_instant(START)), store=store))
        yield api, server
        await api.http.aclose()
        await api.app.close()


async def test_a_server_that_takes_no_writes(on_postgresql: tuple[Api, Cluster]) -> None:
    api, server = on_postgresql
    task = await api.created()
    await asyncio.to_thread(server.read_only, True)
    async with asyncio.timeout(10):
        while (await api.upload()).status_code != 503:
            pass
    await refused(api, "the database is read-only")
    await asyncio.to_thread(server.read_only, False)
    await well(api)
    assert (await api.task(task))["status"] == "pending"


async def test_a_server_that_hangs_is_given_up_and_taken_up_again(on_postgresql: tuple[Api, Cluster]) -> None:
    api, server = on_postgresql
    task = await api.created()
    others = [api.other(f"other-{number}") for number in range(20)]
    for other in others:
        await other.upload()
    server.pause(True)
    try:
        uploads = [other.upload() for other in others]
        answers = await asyncio.gather(*uploads, api.create(), api.create(), api.asset("asset-1"))
    finally:
        server.pause(False)
    assert {answer.status_code for answer in answers} == {503}
    assert {answer.headers["retry-after"] for answer in answers} == {"1"}
    await well(api)
    assert (await api.task(task))["status"] == "pending"
    await api.points()


def test_the_limits_of_a_wait_add_up_to_less_than_two_seconds() -> None:
    """What a client may wait for a 503: until it is noticed that a server hangs, or for a connection, never both."""
    assert pulse.EVERY_SECONDS + pulse.WITHIN_SECONDS < 1
    assert max(engine.CONNECT_SECONDS, engine.BUSY_SECONDS) + engine.LOCKED_SECONDS < 2


HUGE = 10**30
ODD_PATHS = (
    "/api/v1/asset/%00",
    "/api/v1/asset/asset-1%00",
    "/api/v1/task/%00",
    "/api/v1/task/a%ED%A0%80",
    "/files/%00.mp4",
    f"/api/v1/asset/list?page={HUGE}&page_size=5",
    f"/api/open/tasks/histories?page={HUGE}&size=5",
    f"/_fakeseed/journal?since={HUGE}",
    f"/_fakeseed/ledger?offset={HUGE}",
    f"/_fakeseed/timeline?limit={HUGE}",
    f"/_fakeseed/explain/{HUGE}",
)
ODD_ASSETS = ("asset://\\u0000", "asset://asset-1\\u0000", "asset://\\ud800")


async def answers_to_odd_values(api: Api) -> dict[str, int]:
    """Statuses of requests with values that no database takes."""
    await api.active_asset()
    statuses = {path: (await api.http.get(path)).status_code for path in ODD_PATHS}
    for asset in ODD_ASSETS:
        task = (
            '{"model": "seedance", "task_type": "seedance-2-less-restriction", "input": {"prompt": "a", "image_urls": '
        )
        answer = await api.http.post("/api/v1/task", content=f'{task}["{asset}"]}}}}')
        statuses[asset] = answer.status_code
    for span in ("100000000d", "36500000d"):
        statuses[span] = (await api.http.post("/_fakeseed/clock/advance", json={"by": span})).status_code
    return statuses


@pytest.mark.parametrize("state", ["sqlite", "postgresql"])
async def test_what_a_database_cannot_hold_is_refused_as_in_memory(emulate: Emulate, state: str) -> None:
    in_memory = await answers_to_odd_values(emulate(state="memory"))
    assert all(status < 500 for status in in_memory.values()), in_memory
    assert in_memory["/api/v1/asset/%00"] == 404
    assert await answers_to_odd_values(emulate(state=state)) == in_memory
