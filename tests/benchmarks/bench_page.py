"""What an open page costs a busy server, and how large it is.

``python -m tests.benchmarks.bench_page [rounds]``. Rounds without a viewer, with one stream as the page follows it, and
with twenty, interleaved; processor time is the server's own, so that a busy machine matters less. Then the time to the
first rows of a world with 10,000 tasks and 100,000 journal entries.
"""

import asyncio
import gzip
import statistics
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter, sleep

import httpx

from fakeseed import page
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.benchmarks.bench_http import KEY, SERVE, load, raw, running

BODY = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi", "duration": 5}}


CALLS = (
    *("overview", "journal/rows?limit=100", "journal/rows?limit=100&before=500", "tasks?limit=12"),
    *("timeline?limit=30", "journal/rows?kind=event&limit=30", "journal/rows?status=4xx&limit=100"),
)
"""What the page asks for when it opens a world, scrolls to its begin, and filters."""


@contextmanager
def viewers(url: str, count: int) -> Iterator[None]:
    """So many who follow the world as the page does, from a thread of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    following = [asyncio.run_coroutine_threadsafe(follow(url), loop) for _ in range(count)]
    try:
        sleep(0.5)
        yield
    finally:
        for one in following:
            one.cancel()
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0.1), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


async def follow(url: str) -> None:
    """Follow a world as the page does."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET /_fakeseed/events?most=50 HTTP/1.1\r\nhost: {host}\r\nx-api-key: {KEY}\r\n\r\n".encode())
    while await reader.read(1 << 20):
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
    with running("fakeseed", *SERVE) as server:
        task_id = httpx.post(f"{server.url}/api/v1/task", json=BODY, headers={"X-API-Key": KEY}).json()["data"][
            "task_id"
        ]
        for _ in range(rounds):
            for count, seen in figures.items():
                with viewers(server.url, count):
                    seen.append(load(server, raw("GET", f"/api/v1/task/{task_id}")))
    base = statistics.median(cpu for _, cpu in figures[0])
    for count, seen in figures.items():
        rate, cpu = (statistics.median(column) for column in zip(*seen, strict=True))
        print(f"{count:2} viewers: {rate:7.0f} requests/s, {cpu:6.1f} us a request, {100 * (cpu / base - 1):+.1f} %")
    roomy = Settings(pace="instant", concurrency=10**6, points=10**15, journal_bytes=512 * 1024 * 1024)
    with in_thread(App(roomy)) as url:
        fill(url, 10_000, 100_000)
        for path, took in calls(url).items():
            print(f"10,000 tasks, 100,000 entries: {path:40} {took:7.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
