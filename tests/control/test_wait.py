"""``POST wait``: nothing is lost, nothing is left behind, and ten minutes take milliseconds."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fakeseed.server.run import in_thread
from tests.conftest import START, Api
from tests.outbound.test_webhooks import HOOK
from tests.support.bad_input import ODD_VALUES, Rig, check_reply, dump, places, replaced

pytestmark = pytest.mark.anyio


async def wait(api: Api, expected: int = 200, /, **order: object) -> Any:
    answer = await api.http.post("/_fakeseed/wait", json=order)
    assert answer.status_code == expected, answer.text
    assert not len(api.app.engine.subscriptions), "nobody listens any more"
    return answer.json()


async def test_within_moves_a_clock_that_stands(emulate: Callable[..., Api]) -> None:
    api = emulate(pace="realistic")
    task = await api.created(prompt="fs-takes-600s")
    began = time.perf_counter()
    result = await wait(api, task=task, status="completed", within="1h")
    assert time.perf_counter() - began < 1
    assert result["task"]["status"] == "completed"
    assert 600 < result["moved_seconds"] < 700
    assert result["clock"]["now"].startswith("2026-06-07T15:51")
    again = await wait(api, task=task, status=["completed", "failed"])
    assert (again["moved_seconds"], again["task"]) == (0, result["task"])


async def test_within_stops_where_its_span_is_over(api: Api) -> None:
    task = await api.created(prompt="fs-takes-600s")
    failure = await wait(api, 408, task=task, within="5m")
    assert failure["error"] == f"task {task} is processing, not ended, after 300 s of the world's time"
    observed = failure["seen"]
    assert (observed["status"], observed["moved_seconds"], observed["next"]["kind"]) == ("processing", 300, "task.end")
    assert observed["now"] == "2026-06-07T15:46:23Z"
    await wait(api, task=task, within="5m1s")


async def test_an_event_at_the_very_end_of_the_span_counts(api: Api) -> None:
    asset = (await api.upload("https://cdn.example/fs-takes-90s.png")).json()["asset_id"]
    assert (await wait(api, asset=asset, within=90))["moved_seconds"] == 90


async def test_effects_are_settled_before_it_looks(emulate: Callable[..., Api]) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        await asyncio.sleep(0.05)
        return httpx.Response(503 if request.headers.get("x-webhook-secret") else 200)

    api = emulate(webhooks=slow)
    task = (await api.create(config=HOOK)).json()["data"]["task_id"]
    result = await wait(api, delivery={"task": task, "status": "5xx"}, count=3, within="10m")
    assert [entry["attempt"] for entry in result["entries"]] == [1, 2, 3]
    failure = await wait(api, 408, delivery={"status": 200}, within="1m")
    assert failure["error"] == "0 of 1 deliveries came after 60 s of the world's time; the closest differs in status"


async def test_a_request_is_waited_for(api: Api) -> None:
    waiting = asyncio.ensure_future(wait(api, request={"path": "/api/v1/task", "status": "2xx"}, count=2))
    for status in (200, 422, 200):
        await asyncio.sleep(0.01)
        assert not waiting.done()
        answer = await api.create("seedance-2", image_urls=None if status == 200 else ["asset://x"])
        assert answer.status_code == status
    result = await asyncio.wait_for(waiting, 2)
    assert [entry["status"] for entry in result["entries"]] == [200, 200]
    last = result["entries"][-1]["seq"]
    failure = await wait(api, 408, request={"path": "/api/v1/task", "method": "POST"}, after=last, timeout=0.05)
    assert failure["seen"]["closest"] == []
    failure = await wait(api, 408, request={"path": "/api/v1/task", "method": "PUT"}, timeout=0.05)
    assert failure["seen"]["closest"][0]["differs"] == ["method"]
    assert "say within" in failure["hint"]


async def test_no_wake_up_is_lost(api: Api) -> None:
    """Many wait, many act, in every order that the loop finds."""
    await api.control("PATCH", "world", {"concurrency": 100})

    async def act(number: int) -> None:
        await asyncio.sleep(0)
        await api.http.get(f"/nowhere/{number}")

    waits = [
        api.http.post("/_fakeseed/wait", json={"request": {"path": f"/nowhere/{number}"}, "timeout": 5})
        for number in range(50)
    ]
    waiting = asyncio.gather(*waits)
    await asyncio.gather(*(act(number) for number in range(50)))
    assert {answer.status_code for answer in await waiting} == {200}
    assert not len(api.app.engine.subscriptions)


async def test_on_a_real_clock_it_listens(emulate: Callable[..., Api]) -> None:
    api = emulate(freeze_at=None)
    task = await api.created(prompt="fs-takes-0.05s")
    assert (await wait(api, task=task))["task"]["status"] == "completed"
    slow = await api.created(prompt="fs-slow-task")
    began = time.perf_counter()
    failure = await wait(api, 408, task=slow, within=0.2)
    assert 0.15 < time.perf_counter() - began < 2
    assert "of the world's time" in failure["error"]
    await api.control("POST", "clock/resume", {"rate": 100_000})
    assert (await wait(api, task=slow, within="2h"))["task"]["status"] == "completed"


async def test_an_auto_clock_is_moved_too_and_a_clock_may_change_meanwhile(emulate: Callable[..., Api]) -> None:
    api = emulate()
    await api.control("POST", "clock/auto", {"step": "1s"})
    task = await api.created(prompt="fs-takes-600s")
    result = await wait(api, task=task, within="1h")
    assert (result["clock"]["mode"], 600 < result["moved_seconds"] < 601) == ("auto", True)
    await api.control("POST", "clock/freeze")
    second = await api.created(prompt="fs-takes-600s")
    waiting = asyncio.ensure_future(wait(api, task=second))
    await asyncio.sleep(0.02)
    await api.control("POST", "clock/resume", {"rate": 10_000})
    assert (await asyncio.wait_for(waiting, 5))["task"]["status"] == "completed"


async def test_two_may_move_one_clock(api: Api) -> None:
    tasks = [await api.created(prompt=f"fs-takes-{seconds}s") for seconds in (100, 300)]
    waits = [api.http.post("/_fakeseed/wait", json={"task": task, "within": "10m"}) for task in tasks]
    answers = await asyncio.gather(*waits)
    assert [answer.json()["task"]["status"] for answer in answers] == ["completed", "completed"]
    assert (await api.control("GET", "clock"))["now"] < "2026-06-07T15:46:25Z", "no further than need be"


async def test_a_long_way_leaves_room_for_others_and_for_the_timeout(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=10_000, points=10**13)
    for _ in range(1000):
        await api.created()
    waiting = asyncio.ensure_future(wait(api, 408, request={"path": "/never"}, within="1h", timeout=0.001))
    await asyncio.sleep(0)
    assert (await api.http.get("/account/info")).status_code == 200
    failure = await waiting
    assert failure["error"] == "0 of 1 requests came after 0.001 s of real time; the closest differs in path"
    assert 0 <= failure["seen"]["moved_seconds"] < 3600


async def test_what_can_never_be_is_told_at_once(api: Api) -> None:
    failed = (await api.upload("https://cdn.example/fs-fail-download-failed.png")).json()["asset_id"]
    failure = await wait(api, 408, asset=failed, within="10d")
    assert failure["error"] == f"asset {failed} is Failed and will never be Active"
    assert failure["seen"]["moved_seconds"] < 10
    completed = (await api.finished())["task_id"]
    assert "will never be failed" in (await wait(api, 408, task=completed, status="failed"))["error"]
    await api.http.delete(f"/api/v1/asset/{failed}")
    assert (await wait(api, asset=failed, status="gone"))["asset"] is None


async def test_a_reset_ends_every_wait(api: Api) -> None:
    task = await api.created()
    orders: list[dict[str, object]] = [{"task": task}, {"request": {}, "count": 100}]
    waits = [asyncio.ensure_future(wait(api, 409, **order)) for order in orders]
    await asyncio.sleep(0.02)
    await api.control("POST", "reset")
    assert {failure["error"] for failure in await asyncio.gather(*waits)} == {
        "the world was reset while it was waited for"
    }


async def test_a_client_that_leaves_leaves_nothing(emulate: Callable[..., Api]) -> None:
    """Over real sockets."""
    api = emulate()
    with in_thread(api.app) as base:
        async with httpx.AsyncClient(base_url=base, headers={"X-API-Key": "test-key"}) as client:
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/_fakeseed/wait", json={"request": {"path": "/never"}, "timeout": 60}, timeout=0.2)
        for _ in range(100):
            if not len(api.app.engine.subscriptions):
                break
            await asyncio.sleep(0.02)
        assert not len(api.app.engine.subscriptions)


BAD: list[tuple[object, str]] = [
    ({}, "say one of request, delivery, task, asset"),
    ({"task": "x", "asset": "y"}, "say one of"),
    ({"task": "x", "count": 2}, "count does not go with task"),
    ({"request": {}, "status": 200}, "a status of entries stands inside request"),
    ({"task": "x"}, "no task 'x' was ever in this world"),
    ({"asset": "x", "status": "gone"}, "no asset 'x' was ever in this world"),
    ({"task": "x", "status": "complete"}, "did you mean 'completed'?"),
    ({"task": "x", "status": []}, "status is an empty list"),
    ({"asset": "x", "status": "active"}, "did you mean 'Active'?"),
    ({"request": {"pth": "/"}}, "unknown field"),
    ({"request": {"path": "x"}}, "a path begins with /"),
    ({"request": {"status": True}}, "Expected"),
    ({"request": {}, "count": 0}, "count must lie in 1..10000"),
    ({"request": {}, "after": -1}, "after must be a number from 0"),
    ({"request": {}, "timeout": 301}, "a timeout is at most 300 s"),
    ({"request": {}, "timeout": "soon"}, "is not a span of time"),
    ({"request": {}, "within": -1}, "negative"),
    ({"tsk": "x"}, "did you mean 'task'?"),
    ([], "Expected `object`"),
]


@pytest.mark.parametrize(("body", "text"), BAD, ids=[str(body)[:40] for body, _ in BAD])
async def test_a_wrong_order_is_told_at_once(api: Api, body: object, text: str) -> None:
    answer = await api.http.post("/_fakeseed/wait", json=body)
    assert (answer.status_code, text in answer.json()["error"]) == (400, True), answer.text
    assert (await api.control("GET", "clock"))["now"] == START


async def test_no_order_is_too_strange(rig: Rig) -> None:
    """Odd values everywhere but in what would make the test wait."""
    await rig.control("GET", "world")
    forms: list[Any] = [
        {"request": {"path": "/x", "status": "4xx"}, "count": 1, "after": 0, "timeout": 0},
        {"delivery": {"task": "x", "status": 200}, "timeout": 0.001, "within": "1ms"},
        {"task": "x", "status": ["ended"], "timeout": 0},
        {"asset": "x", "status": "Active", "timeout": 0},
    ]
    for form in forms:
        for path in places(form):
            for value in ODD_VALUES if path != ("timeout",) else ():
                reply = await rig.ask("POST", "/_fakeseed/wait", dump(replaced(form, path, value)))
                check_reply(reply, "/_fakeseed/wait")
                assert reply.status in (200, 400, 408), (form, path, value, reply)
    assert not len(rig.app.engine.subscriptions)


@pytest.mark.parametrize(
    "path", ["world", "clock", "timeline", "ledger", "faults", "twins", "journal", "snapshot", "explain/2"]
)
async def test_a_get_does_not_wake_those_who_wait(api: Api, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    await api.created()
    woken: list[str] = []
    monkeypatch.setattr(api.app.engine.subscriptions, "tell", woken.append)
    await api.control("GET", path)
    assert woken == []
    await api.control("PATCH", "world", {"points": 5})
    assert len(woken) == 1
