"""``GET explain``: the reason that is told is the reason, and the earliest moment is the earliest."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from fakeseed.catalogue import load
from fakeseed.control.explain.reasons import EXPLAINERS
from fakeseed.control.views import span_text
from fakeseed.model.refusals import REFUSALS
from fakeseed.model.times import DAY, HOUR, SECOND, parse_instant, parse_span, with_nanoseconds
from tests.conftest import Api
from tests.support.prices import PLAIN

pytestmark = pytest.mark.anyio
LR = "seedance-2-less-restriction"
Ask = Callable[[], Awaitable[httpx.Response]]


async def explained(api: Api, seq: int | None = None) -> Any:
    """Of the last request, or of one by its number."""
    if seq is None:
        seq = (await api.control("GET", "journal?kind=request"))["entries"][-1]["seq"]
    return await api.control("GET", f"explain/{seq}")


async def refused(api: Api, ask: Ask, status: int) -> Any:
    """The explanation of a request that must be refused; it names a behaviour of the catalogue in full."""
    answer = await ask()
    assert answer.status_code == status, answer.text
    explanation = await explained(api)
    assert (explanation["outcome"], explanation["status"]) == ("refused", status)
    entry = load()[explanation["behaviour"]["id"]]
    assert (explanation["behaviour"]["says"], explanation["behaviour"]["mark"]) == (entry.says, entry.mark)
    assert explanation["because"]
    assert (explanation["earliest"] is None) == bool(explanation.get("not_by_waiting"))
    return explanation


async def held_to_its_word(api: Api, ask: Ask, explanation: Any, status: int) -> None:
    """One nanosecond before the earliest moment the same request is refused; at it, it is accepted."""
    at, came = parse_instant(explanation["earliest"]["at"]), parse_instant(explanation["at"])
    assert parse_span(explanation["earliest"]["after"].removeprefix("+")) == at - came
    await api.control("POST", "clock/advance", {"to": with_nanoseconds(at - 1)})
    assert (await ask()).status_code == status, "earlier than the earliest"
    await api.control("POST", "clock/advance", {"to": with_nanoseconds(at)})
    answer = await ask()
    assert answer.status_code < 300, answer.text
    assert with_nanoseconds(at) in (await explained(api, explanation["seq"]))["earliest"]["at"], (
        "afterwards it says the same"
    )


async def test_an_asset_that_is_not_active_yet(emulate: Callable[..., Api]) -> None:
    api = emulate(pace="realistic")
    asset = (await api.upload()).json()["asset_id"]
    await api.advance("2s")

    def ask() -> Awaitable[httpx.Response]:
        return api.create(LR, image_urls=[f"asset://{asset}"])

    explanation = await refused(api, ask, 400)
    assert explanation["because"].startswith(f"asset {asset} was Processing from 2026-06-07T15:41:23Z until ")
    assert explanation["because"].endswith("; the request came at 2026-06-07T15:41:25Z")
    assert [item["line"] for item in explanation["history"]] == [f"asset {asset}: nothing → Processing (upload)"]
    await held_to_its_word(api, ask, explanation, 400)


async def test_two_obstacles_are_both_awaited(api: Api) -> None:
    first = (await api.upload("https://cdn.example/fs-takes-90s.png")).json()["asset_id"]
    second = (await api.upload("https://cdn.example/fs-takes-300s.png")).json()["asset_id"]

    def ask() -> Awaitable[httpx.Response]:
        return api.create(LR, image_urls=[f"asset://{first}", f"asset://{second}"])

    explanation = await refused(api, ask, 400)
    assert explanation["earliest"]["after"] == "+5m"
    at = parse_instant(explanation["earliest"]["at"])
    await api.control("POST", "clock/advance", {"to": with_nanoseconds(at - 1)})
    assert (await ask()).status_code == 400
    await api.advance("1s")
    assert (await ask()).status_code == 200


async def test_an_asset_that_will_fail(api: Api) -> None:
    asset = (await api.upload("https://cdn.example/fs-fail-download-failed.png")).json()["asset_id"]
    for _ in range(2):  # before it has failed, and after
        explanation = await refused(api, lambda: api.create(LR, image_urls=[f"asset://{asset}"]), 400)
        assert explanation["earliest"] is None
        assert "fails with DownloadFailed" in explanation["not_by_waiting"]
        await api.advance("1m")


async def test_an_asset_that_is_not_there(api: Api) -> None:
    def use(asset: str) -> Ask:
        return lambda: api.create(LR, image_urls=[f"asset://{asset}"])

    never = await refused(api, use("asset-20260607154123-nobody"), 400)
    assert "was ever in this world" in never["because"]
    theirs = await api.other("another").active_asset("https://cdn.example/theirs.png")
    foreign = await refused(api, use(theirs), 400)
    assert foreign["because"].replace(theirs, "X") == never["because"].replace("asset-20260607154123-nobody", "X")
    assert foreign["not_by_waiting"].replace(theirs, "") == never["not_by_waiting"]
    deleted, expired = await api.active_asset(), (await api.upload("https://cdn.example/b.png")).json()["asset_id"]
    await api.http.delete(f"/api/v1/asset/{deleted}")
    await api.advance("16d")
    assert f"asset {deleted} was deleted at 2026-06-07T15:41:23Z" in (await refused(api, use(deleted), 400))["because"]
    assert f"asset {expired} was expired at 2026-06-22" in (await refused(api, use(expired), 400))["because"]
    looked = await refused(api, lambda: api.asset(deleted), 404)
    assert [item["line"].rpartition(" ")[2] for item in looked["history"]] == ["(upload)", "(ingested)", "(deleted)"]


async def test_a_full_quota(api: Api) -> None:
    await api.control("PATCH", "world", {"plan": "hobbyist"})
    for number in range(50):
        await api.upload(f"https://cdn.example/{number}.png")
        await api.advance("1m")
    explanation = await refused(api, api.upload, 429)
    assert "50 of 50 assets were there" in explanation["because"]
    assert explanation["earliest"]["after"] == span_text(3 * DAY - 50 * 60 * SECOND).join(("+", ""))
    assert len(explanation["holders"]) == 5
    await held_to_its_word(api, api.upload, explanation, 429)


async def test_a_batch_that_is_refused_whole(api: Api) -> None:
    await api.control("PATCH", "world", {"plan": "hobbyist"})
    batch = [f"https://cdn.example/{number}.png" for number in range(50)]
    assert (await api.http.post("/api/v1/asset/upload", json=batch)).status_code == 202

    def ask() -> Awaitable[httpx.Response]:
        return api.http.post("/api/v1/asset/upload", json=batch[:3])

    explanation = await refused(api, ask, 400)
    assert (explanation["behaviour"]["id"], explanation["earliest"]["after"]) == ("asset.quota-full", "+3d")
    await held_to_its_word(api, ask, explanation, 400)
    bad = await refused(api, lambda: api.http.post("/api/v1/asset/upload", json=["ftp://x"]), 400)
    assert (bad["behaviour"]["id"], bad["field"]) == ("asset.url-rule", "url")


async def test_the_ephemeral_cap(api: Api) -> None:
    await api.control("PATCH", "world", {"plan": "hobbyist", "concurrency": 10})

    def ask() -> Awaitable[httpx.Response]:
        urls = [f"https://cdn.example/{number}.png" for number in range(9)]
        return api.create(LR, image_urls=urls, auto_upload_assets=True)

    for _ in range(2):
        assert (await ask()).status_code == 200
        await api.advance("10m")
    explanation = await refused(api, ask, 429)
    assert (explanation["held"], len(explanation["holders"])) == (18, 5)
    at = parse_instant(explanation["earliest"]["at"])
    assert 2 * HOUR < at - parse_instant(explanation["at"]) < 3 * HOUR
    await held_to_its_word(api, ask, explanation, 429)


async def test_too_many_active_tasks(emulate: Callable[..., Api]) -> None:
    api = emulate(pace="realistic")
    tasks = [await api.created(), await api.created(prompt="fs-slow-task")]
    await api.advance("5s")
    explanation = await refused(api, api.create, 429)
    assert [item["task"] for item in explanation["holders"]] == tasks
    assert explanation["because"].startswith("2 tasks were active until 2026-06-07T15:4")
    await held_to_its_word(api, api.create, explanation, 429)


async def test_tasks_that_never_end_are_not_waited_for(api: Api) -> None:
    for _ in range(2):
        await api.created(prompt="fs-stuck-task")
    explanation = await refused(api, api.create, 429)
    assert "raise the concurrency" in explanation["not_by_waiting"]


async def test_points_that_come_back(api: Api) -> None:
    await api.control("PATCH", "world", {"points": PLAIN + 1_000_000})
    await api.created(prompt="fs-internal-error")
    await api.advance("100ms")
    explanation = await refused(api, api.create, 402)
    assert explanation["points"] == {"available": 1_000_000, "needed": PLAIN}
    await held_to_its_word(api, api.create, explanation, 402)


async def test_points_that_do_not(api: Api) -> None:
    await api.control("PATCH", "world", {"points": 3})
    explanation = await refused(api, api.create, 402)
    assert explanation["not_by_waiting"] == f"add points: {PLAIN - 3} are missing"
    await api.control("PATCH", "world", {"points": 10**9})
    assert (await explained(api, explanation["seq"]))["points"] == explanation["points"], "it is about that moment"


async def test_what_waiting_never_helps(api: Api) -> None:
    completed = (await api.finished())["task_id"]
    explanation = await refused(api, lambda: api.call("DELETE", f"/api/v1/task/{completed}"), 400)
    assert f"task {completed} was completed since" in explanation["because"]
    assert "no task" in (await refused(api, lambda: api.call("GET", "/api/v1/task/x"), 404))["because"]
    strict = await refused(api, lambda: api.create("seedance-2", image_urls=["asset://x"]), 422)
    assert strict["not_by_waiting"] == "use task_type seedance-2-less-restriction"
    bad = await refused(api, lambda: api.create(duration="long"), 400)
    assert (bad["field"], bad["not_by_waiting"]) == ("input.duration", "correct input.duration")
    long = await refused(api, lambda: api.create(duration=99), 400)
    assert long["field"] == "duration"
    lost = await refused(api, lambda: api.http.get("/api/v1/asset/lst/"), 404)
    assert "did you mean '/api/v1/asset/list'" in lost["because"]
    await api.control("PATCH", "world", {"plan": "free"})
    gate = await refused(api, api.upload, 403)
    assert "the world's plan was free" in gate["because"]
    assert "another plan" in gate["not_by_waiting"]
    batch = await api.http.post("/api/v1/asset/upload", json=[])
    assert batch.status_code == 403


async def test_an_accepted_request_tells_what_came_of_it(api: Api) -> None:
    task = await api.created()
    await api.advance("1m")
    await api.task(task)
    requests = (await api.control("GET", "journal?kind=request"))["entries"]
    explanation = await explained(api, requests[0]["seq"])
    assert (explanation["outcome"], explanation["records"]) == ("accepted", [{"task": task, "status": "completed"}])
    assert [item["line"].rpartition(" ")[2] for item in explanation["led_to"]] == ["(create)", "(start)", "(complete)"]
    looked = await explained(api, requests[1]["seq"])
    assert (looked["led_to"], looked["because"]) == ([], "it only looks")


@pytest.mark.parametrize(
    ("seq", "status", "text"),
    [
        ("x", 400, "a whole number from 1"),
        ("0", 400, "a whole number from 1"),
        ("-1", 400, "a whole number from 1"),
        ("1", 400, "entry 1 is no request: asset asset-"),
        ("3", 404, "the journal has no entry 3; the last one is 2"),
        ("9" * 29, 404, "the journal has no entry"),
        ("2?x=1", 400, "unknown query key"),
    ],
)
async def test_what_cannot_be_explained_is_told(api: Api, seq: str, status: int, text: str) -> None:
    await api.upload()
    await api.http.get("/api/v1/task/x", headers={"X-API-Key": "fs-invalid-x"})
    answer = await api.http.get(f"/_fakeseed/explain/{seq}")
    assert (answer.status_code, text in answer.json()["error"]) == (status, True), answer.text
    if status == 404:
        assert "requests whose key is missing or refused are not written down" in answer.json()["hint"]


async def test_a_dropped_entry_is_told(emulate: Callable[..., Api]) -> None:
    api = emulate(journal_bytes=5_000)
    for _ in range(20):
        await api.asset("x")
    answer = await api.http.get("/_fakeseed/explain/1")
    assert (answer.status_code, "was dropped" in answer.json()["error"]) == (404, True)
    assert "as far as the journal reaches" in (await explained(api))["because"]


def test_every_explainer_is_of_a_behaviour_that_refuses() -> None:
    assert set(EXPLAINERS) <= {row.behaviour for row in REFUSALS.values()}


@pytest.mark.parametrize("span", [0, 1, SECOND, 90 * SECOND, DAY + HOUR + 1, 3 * DAY, 1_500_000_000])
def test_a_span_reads_as_it_is_written(span: int) -> None:
    assert parse_span(span_text(span)) == span
