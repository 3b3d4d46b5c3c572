"""Choosing entries of a journal."""

import time
from typing import Any

import pytest

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
    ],
)
async def test_a_wrong_filter_is_told(api: Api, query: str, text: str) -> None:
    answer = await api.http.get(f"/_fakeseed/journal?{query}")
    assert (answer.status_code, text in answer.json()["error"]) == (400, True), answer.text


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
