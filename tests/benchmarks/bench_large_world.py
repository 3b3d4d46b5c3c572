"""A world of 10,000 tasks and 100,000 journal entries in a browser: how soon the page shows it, scrolls, what it holds.

``python -m tests.benchmarks.bench_large_world``. Times are the browser's own; memory is the tab's JavaScript heap after
a collection, at the begin, after scrolling through all of the journal, and after more traffic with the page open.
"""

import asyncio
import statistics
from time import perf_counter

import httpx
from playwright.sync_api import CDPSession, Page, sync_playwright

from fakeseed.judge.verdicts import verdicts_so_far
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from tests.page.conftest import FLAGS, browser_path

KEY = "large"
TASKS = 10_000
ENTRIES = 100_000
TASK = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi", "duration": 5}}
SETTINGS = Settings(pace="instant", concurrency=10**6, points=10**15, journal_bytes=512 * 1024 * 1024)
JUMPS = 40


async def fill(app: App) -> None:
    """Tasks, then requests until the journal is long enough."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://t", headers={"X-API-Key": KEY}) as client:
        for _ in range(TASKS):
            await client.post("/api/v1/task", json=TASK)
        last = (await client.get("/_fakeseed/overview")).json()["journal"]["last"]
        for _ in range(ENTRIES - last):
            await client.get("/account/info")


def heap(session: CDPSession) -> str:
    """The tab's heap and elements, after a collection."""
    session.send("HeapProfiler.collectGarbage")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return f"{metrics['JSHeapUsedSize'] / 2**20:.1f} MiB heap, {metrics['Nodes']:.0f} nodes"


def shown(page: Page) -> None:
    """Wait until every row that can be seen is drawn."""
    page.wait_for_function("() => document.querySelector('button.row') && !document.querySelector('.row.gap')")


def opened(page: Page, url: str) -> float:
    """Milliseconds until the journal and the cards of the world are there."""
    began = perf_counter()
    page.goto(f"{url}/#/{name_of(KEY)}/tasks")
    shown(page)
    page.locator("article.task").first.wait_for()
    return (perf_counter() - began) * 1000


def jumped(page: Page, share: float) -> float:
    """Milliseconds from a jump in the journal to its rows."""
    began = perf_counter()
    page.locator(".rows").evaluate("(box, share) => { box.scrollTop = share * box.scrollHeight }", share)
    page.wait_for_timeout(0)
    shown(page)
    return (perf_counter() - began) * 1000


def main() -> None:
    """Measure, and print."""
    app = App(SETTINGS, judge=verdicts_so_far)
    asyncio.run(fill(app))
    with in_thread(app) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path(), args=FLAGS)
        print(f"first opening in a fresh browser: {opened(browser.new_page(), url):.0f} ms")
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable")
        print(f"opening again in a fresh tab: {opened(page, url):.0f} ms; {heap(session)}")
        times = [jumped(page, jump / JUMPS) for jump in range(JUMPS + 1)]
        median, slowest = statistics.median(times), max(times)
        print(f"{len(times)} jumps through the journal: median {median:.0f} ms, slowest {slowest:.0f} ms")
        print(f"after them: {heap(session)}")
        with httpx.Client(base_url=url, headers={"X-API-Key": KEY}) as client:
            for _ in range(2000):
                client.post("/api/v1/task", json=TASK)
        page.wait_for_timeout(2000)
        print(f"after 2,000 more tasks with the page open: {heap(session)}")
        browser.close()


if __name__ == "__main__":
    main()
