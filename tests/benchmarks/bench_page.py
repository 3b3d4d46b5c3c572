"""What an open page costs a busy server, and how large it is.

``python -m tests.benchmarks.bench_page [rounds]``. Rounds without a viewer, with one stream as the page follows it, and
with twenty, interleaved; processor time is the server's own, so that a busy machine matters less. Then the time to the
first rows of a world with 10,000 tasks and 100,000 journal entries.
"""

import asyncio
import gzip
import statistics
import sys
from contextlib import AsyncExitStack
from pathlib import Path
from time import perf_counter

import httpx

from fakeseed import page
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.benchmarks.bench_http import KEY, SERVE, Server, running

SECONDS = 3.0
CONNECTIONS = 16
BODY = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi", "duration": 5}}


CALLS = (
    *("overview", "journal/rows?limit=100", "journal/rows?limit=100&before=500", "tasks?limit=12"),
    *("timeline?limit=30", "journal/rows?kind=event&limit=30", "journal/rows?status=4xx&limit=100"),
)
"""What the page asks for when it opens a world, scrolls to its begin, and filters."""


async def load(server: Server, viewers: int) -> tuple[float, float]:
    """Requests a second and microseconds of the server's processor a request, with so many viewers."""
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        readers = [asyncio.ensure_future(view(client, server.url)) for _ in range(viewers)]
        await asyncio.sleep(0.5)
        began, spent, count = perf_counter(), server.cpu_seconds, 0

        async def ask() -> None:
            nonlocal count
            async with httpx.AsyncClient(base_url=server.url, headers={"X-API-Key": KEY}) as own:
                while perf_counter() - began < SECONDS:
                    await own.get("/account/info")
                    count += 1

        await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))
        took, used = perf_counter() - began, server.cpu_seconds - spent
        for reader in readers:
            reader.cancel()
        await asyncio.gather(*readers, return_exceptions=True)
    return count / took, used / count * 1e6


async def view(client: httpx.AsyncClient, url: str) -> None:
    """Follow a world as the page does."""
    address, query = f"{url}/_fakeseed/events", {"most": 100}
    async with client.stream("GET", address, params=query, headers={"X-API-Key": KEY}, timeout=None) as response:
        async for _ in response.aiter_raw():
            pass


def size() -> tuple[int, int, int]:
    """Files of the page, their bytes, and their bytes compressed."""
    root = Path(page.__file__).parent
    files = [path for path in root.rglob("*") if path.suffix in (".html", ".css", ".js", ".svg")]
    contents = [path.read_bytes() for path in files]
    return len(files), sum(map(len, contents)), sum(len(gzip.compress(content, 9)) for content in contents)


def fill(url: str, tasks: int, entries: int) -> None:
    """Give a world so many tasks, and then so many entries."""

    async def work() -> None:
        async with httpx.AsyncClient(base_url=url, headers={"X-API-Key": "large"}, timeout=60) as client:
            gate = asyncio.Semaphore(32)

            async def post() -> None:
                async with gate:
                    await client.post("/api/v1/task", json=BODY)

            async def get() -> None:
                async with gate:
                    await client.get("/account/info")

            await asyncio.gather(*(post() for _ in range(tasks)))
            last = (await client.get("/_fakeseed/overview")).json()["journal"]["last"]
            await asyncio.gather(*(get() for _ in range(entries - last)))

    asyncio.run(work())


def calls(url: str) -> dict[str, float]:
    """Milliseconds of each call that the page makes when it opens a large world."""
    headers = {"X-API-Key": "large"}
    took = {}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        for path in CALLS:
            began = perf_counter()
            client.get(f"/_fakeseed/{path}").raise_for_status()
            took[path] = (perf_counter() - began) * 1000
    return took


def main(rounds: int) -> None:
    """Measure, and print."""
    files, plain, small = size()
    print(f"page: {files} files, {plain:,} bytes, {small:,} compressed")
    figures: dict[int, list[tuple[float, float]]] = {0: [], 1: [], 20: []}
    with running("fakeseed", *SERVE, "--quiet") as server:
        for _ in range(rounds):
            for viewers, seen in figures.items():
                seen.append(asyncio.run(load(server, viewers)))
    base = statistics.median(cpu for _, cpu in figures[0])
    for viewers, seen in figures.items():
        rate, cpu = (statistics.median(column) for column in zip(*seen, strict=True))
        print(f"{viewers:2} viewers: {rate:7.0f} requests/s, {cpu:6.1f} us a request, {100 * (cpu / base - 1):+.1f} %")
    roomy = Settings(pace="instant", concurrency=10**6, points=10**15, journal_bytes=512 * 1024 * 1024)
    with in_thread(App(roomy)) as url:
        fill(url, 10_000, 100_000)
        for path, took in calls(url).items():
            print(f"10,000 tasks, 100,000 entries: {path:40} {took:7.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
