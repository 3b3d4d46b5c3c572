"""Choosing entries of a journal."""

import asyncio
import time
from typing import Any

import pytest

from fakeseed.control import duplicate_creates, journal
from fakeseed.control.journal import like
from tests.conftest import Api
from tests.outbound.test_webhooks import HOOK

pytestmark = pytest.mark.anyio
STRICT = "task.asset-needs-less-restriction"


async def found(api: Api, query: str) -> list[Any]:
    entries: list[Any] = (await api.control("GET", f"journal?{query}"))["entries"]
    return entries


async def test_each_filter_chooses_its_entries(api: Api) -> None:
    asset = await api.active_asset()
    task = await api.created()
    await api.create("seedance-2", image_urls=[f"asset://{asset}"])
    await api.asset("asset-nobody")
    await api.task(task)
    await api.advance("1m")
    everything = await found(api, "")
    assert [entry["seq"] for entry in everything] == list(range(1, len(everything) + 1))
    requests = [entry for entry in everything if entry["kind"] == "request"]
    assert await found(api, "method=post&kind=request") == [entry for entry in requests if entry["method"] == "POST"]
    assert await found(api, "path=/api/v1/task") == [entry for entry in requests if entry["path"] == "/api/v1/task"]
    assert await found(api, "path=/api/v1/asset/*&method=GET") == [
        entry for entry in requests if "nobody" in entry["path"]
    ]
    assert await found(api, "status=4xx") == [entry for entry in requests if entry["status"] >= 400]
    assert await found(api, "status=404") == [entry for entry in requests if entry["status"] == 404]
    assert [entry["status"] for entry in await found(api, f"refused={STRICT}")] == [422]
    about_task = await found(api, f"task={task}")
    assert [entry["kind"] for entry in about_task] == ["event", "request", "request", "event", "event"]
    about_asset = await found(api, f"asset={asset}")
    assert [entry["kind"] for entry in about_asset] == ["event", "request", "event", "request"]
    assert about_asset[-1]["status"] == 422
    assert await found(api, f"asset={asset}&status=4xx&after={about_asset[-1]['seq']}") == []
    assert await found(api, f"asset={asset}&limit=2") == about_asset[:2]
    assert await found(api, f"task={task[:-1]}") == [], "a part of an id names nothing"


async def test_deliveries_belong_to_their_task(emulate: Any) -> None:
    import httpx

    api = emulate(webhooks=lambda _: httpx.Response(503))
    task = (await api.create(config=HOOK)).json()["data"]["task_id"]
    await api.advance("1h")
    assert [entry["attempt"] for entry in await found(api, f"task={task}&status=5xx")] == [1, 2, 3]
    assert await found(api, f"task={task}&kind=delivery&status=2xx") == []


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("methud=GET", "unknown query key 'methud'; did you mean 'method'?"),
        ("refused_by=x", "did you mean 'refused'?"),
        ("path=api", "a path begins with /"),
        ("path=", "path is empty"),
        ("kind=", "kind is empty"),
        ("kind=requests", "did you mean 'request'?"),
        ("status=4x", "a status is a number or a class"),
        ("status=-1", "a status is a number or a class"),
        ("status=6xx", "a status is a number or a class"),
        ("refused=task.asset-not-actve", "did you mean 'task.asset-not-active'?"),
        ("after=x", "after must be a whole number"),
        ("limit=0", "limit must be a whole number from 1"),
        ("before=0", "before must be a whole number from 1, or end"),
        ("before=edn", "did you mean 'end'?"),
        ("before=end&after=1", "say either after or before"),
        ("kind=event&kind=request", "query key 'kind' stands there 2 times"),
    ],
)
async def test_a_wrong_filter_is_told(api: Api, query: str, text: str) -> None:
    answer = await api.http.get(f"/_fakeseed/journal?{query}")
    assert (answer.status_code, text in answer.json()["error"]) == (400, True), answer.text


async def test_pages_from_either_end(api: Api) -> None:
    task = await api.created()
    await api.advance("1m")
    await api.task(task)
    everything = await found(api, "")
    last = everything[-1]["seq"]
    assert last > 4
    assert await found(api, "before=end&limit=2") == everything[-2:]
    assert await found(api, f"before={last}&limit=2") == everything[-3:-1]
    assert await found(api, "before=2&limit=5") == everything[:1]
    assert await found(api, "before=1") == []
    assert await found(api, f"before={last + 100}") == everything
    assert await found(api, "after=1&limit=2") == everything[1:3]
    events = [entry for entry in everything if entry.get("task") == task]
    assert await found(api, f"before=end&kind=event&task={task}&limit=2") == events[-2:]
    assert await found(api, f"before={events[-1]['seq']}&kind=event&task={task}") == events[:-1]


@pytest.mark.parametrize("path", ["journal?status=404", "journal?before=end&status=404", "twins"])
async def test_a_long_journal_is_read_in_chunks_and_others_are_served_meanwhile(
    api: Api, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    for _ in range(5):
        await api.call("GET", "/api/v1/task/nobody")
    for _ in range(3):
        await api.created()
        await api.advance("1h")
    whole, whole_journal = await api.control("GET", path), (await api.control("GET", "journal"))["total"]
    for module in (journal, duplicate_creates):
        monkeypatch.setattr(module, "CHUNK", 2)
    units, turns = api.app.engine.units, 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.ensure_future(others())
    assert await api.control("GET", path) == whole
    beside.cancel()
    chunks = whole_journal // 2
    assert api.app.engine.units - units >= chunks
    assert turns >= chunks > 5


async def test_twins_come_in_pages(api: Api) -> None:
    tasks = []
    for _ in range(4):
        tasks.append(await api.created(prompt="the same"))
        await api.advance("1h")
    whole = await api.control("GET", "twins")
    assert (whole["total"], [pair["second"]["task"] for pair in whole["twins"]]) == (3, tasks[1:])
    page = await api.control("GET", "twins?offset=1&limit=1")
    assert page == {"total": 3, "twins": whole["twins"][1:2]}
    answer = await api.http.get("/_fakeseed/twins?ofset=1")
    assert (answer.status_code, "did you mean 'offset'" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize(
    ("pattern", "fits", "fails"),
    [
        ("/a", ["/a"], ["/ab", "/"]),
        ("/a*", ["/a", "/ab/c"], ["/", "/b"]),
        ("*c", ["/abc", "c"], ["/cb"]),
        ("/a*a", ["/aa", "/a/a"], ["/a", "/ab"]),
        ("/*/b/*", ["/a/b/c", "//b/"], ["/b/", "/a/c/b"]),
        ("*", ["", "/x"], []),
    ],
)
async def test_a_star_is_anything(pattern: str, fits: list[str], fails: list[str]) -> None:
    assert all(like(pattern)(text) for text in fits)
    assert not any(like(pattern)(text) for text in fails)


async def test_no_pattern_takes_long() -> None:
    began = time.perf_counter()
    assert not like("/" + "a*" * 20_000 + "b")("/" + "a" * 60_000)
    assert time.perf_counter() - began < 1
