"""What requests cost as worlds grow and multiply; reset; memory of many tasks.

``python -m tests.benchmarks.bench_scale [state]``, the state as ``fakeseed serve`` takes it. In process, so that only
the emulator's own work is measured.
"""

import asyncio
import statistics
import sys
import tracemalloc
from collections.abc import Awaitable, Callable
from time import perf_counter

import httpx
from rich.console import Console
from rich.table import Table

from fakeseed.model.inputs import CreateTask, TaskInput
from fakeseed.server.app import App
from fakeseed.store.urls import MEMORY, store_at
from fakeseed.world.assets_service import upload_batch
from fakeseed.world.settings import Settings
from fakeseed.world.tasks_service import create

MANY = 100_000
TASK = {"model": "seedance", "task_type": "seedance-2-fast", "input": {"prompt": "a corgi runs along the beach"}}
BODY, ASKED = CreateTask("seedance", "seedance-2-fast", {}), TaskInput(prompt="a corgi runs along the beach")
FAILING = {"url": "https://cdn.example/fs-fail-content-restricted.png"}
Step = Callable[[], Awaitable[object]]


def client(app: App, key: str) -> httpx.AsyncClient:
    """A client of a key."""
    headers = {"x-api-key": key}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://t", headers=headers)


async def cost(step: Step, rounds: int = 300) -> float:
    """Median microseconds of a step."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        await step()
        times.append(perf_counter() - start)
    return statistics.median(times) * 1e6


def settings() -> Settings:
    """Worlds in which everything happens at once and nothing runs out."""
    return Settings(pace="instant", concurrency=10**6, points=10**15, max_tasks=10 * MANY)


async def grow(table: Table, state: str) -> None:
    """One world with few and with many assets and tasks."""
    app = App(settings(), store=store_at(state, settings().journal_bytes))
    api = client(app, "fs-enterprise-bench")
    match: dict[str, list[float]] = {}
    key = app.engine.enter("fs-enterprise-bench")
    for size in (100, MANY):
        while await app.engine.run(key, lambda world: len(world.assets)) < size:
            await app.engine.run(key, lambda world: upload_batch(world, [FAILING["url"]] * 50))
        while await app.engine.run(key, lambda world: len(world.tasks)) < size:
            await app.engine.run(key, lambda world: create(world, BODY, ASKED, "http://t"))
        asset_id = (await api.get("/api/v1/asset/list")).json()["items"][0]["asset_id"]
        task_id = (await api.get("/api/open/tasks/histories")).json()["data"]["data"][0]["task_id"]
        steps: dict[str, Step] = {
            "asset list, page 1": lambda: api.get("/api/v1/asset/list"),
            "asset list, failed": lambda: api.get("/api/v1/asset/list?status=failed"),
            "asset get": lambda name=asset_id: api.get(f"/api/v1/asset/{name}"),  # type: ignore[misc]
            "asset upload": lambda: api.post("/api/v1/asset/upload", json=FAILING),
            "task get": lambda name=task_id: api.get(f"/api/v1/task/{name}"),  # type: ignore[misc]
            "task create": lambda: api.post("/api/v1/task", json=TASK),
        }
        for name, step in steps.items():
            match.setdefault(name, []).append(await cost(step))
    for name, (few, count) in match.items():
        table.add_row(f"{name}: 100 -> {MANY:,} records", f"{few:.0f}", f"{count:.0f}", f"{count / few:.2f}")
    start = perf_counter()
    await app.engine.reset(key)
    table.add_row("reset of that world", "", f"{(perf_counter() - start) * 1e6:.0f}", "")
    await app.close()


async def multiply(table: Table) -> None:
    """A request to one world among few and among many."""
    app = App(settings())
    rows, row = 0, []
    for worlds in (10, 10_000):
        while rows < worlds:
            await app.engine.run(app.engine.enter(f"key-{rows}"), lambda _: None)
            rows += 1
        api = client(app, "key-5")
        row.append(await cost(lambda api=api: api.post("/api/v1/task", json=TASK)))  # type: ignore[misc]
    few, count = row
    table.add_row("task create: 10 -> 10,000 worlds", f"{few:.0f}", f"{count:.0f}", f"{count / few:.2f}")
    api = client(app, "key-7")
    fresh = await cost(lambda: api.post("/_fakeseed/reset"))
    table.add_row("reset of a small world, as a request", "", f"{fresh:.0f}", "")


async def weigh() -> str:
    """Memory of many ended tasks."""
    app = App(Settings(pace="instant", concurrency=10**6, points=10**15, journal_bytes=0))
    await client(app, "bench").post("/api/v1/task", json=TASK)
    tracemalloc.start()
    for _ in range(MANY // 10):
        await app.engine.run(app.engine.enter("bench"), lambda world: create(world, BODY, ASKED, "http://t"))
    used = tracemalloc.get_traced_memory()[0] / (MANY // 10)
    tracemalloc.stop()
    return f"{used:.0f} bytes a task, {used * MANY / 1024 / 1024:.0f} MiB for {MANY:,}, beside the journal"


def main(state: str = MEMORY) -> None:
    """Print the table."""
    table = Table("request", "few µs", "many µs", "ratio")
    asyncio.run(grow(table, state))
    if state != MEMORY:
        Console().print(table)
        return
    asyncio.run(multiply(table))
    Console().print(table, asyncio.run(weigh()))


if __name__ == "__main__":
    main(*sys.argv[1:])
