"""The control API: clock, world, records, ledger."""

from collections.abc import Callable
from typing import Any

import pytest

from fakeseed.model.times import SECOND, parse_instant
from tests.conftest import START, Api
from tests.support.prices import PLAIN, rate

pytestmark = pytest.mark.anyio


async def refused(api: Api, method: str, path: str, body: object = None) -> str:
    answer = await api.http.request(method, f"/_fakeseed/{path}", json=body)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


async def test_health_needs_no_key(api: Api) -> None:
    del api.http.headers["X-API-Key"]
    answer = await api.http.get("/_fakeseed/health")
    assert (answer.status_code, answer.json()["status"]) == (200, "ok")


async def test_advance_by_to_and_next(api: Api) -> None:
    await api.upload("https://cdn.example/fs-takes-90s.png")
    moved = await api.advance("1m")
    assert (moved["clock"]["now"], moved["happened"]) == ("2026-06-07T15:42:23Z", [])
    moved = await api.control("POST", "clock/advance", {"to": "next"})
    assert moved["clock"]["now"] == "2026-06-07T15:42:53Z"
    assert [entry["trigger"] for entry in moved["happened"]] == ["ingested"]
    moved = await api.control("POST", "clock/advance", {"to": "2026-07-07T00:00:00Z"})
    assert [entry["trigger"] for entry in moved["happened"]] == ["expired"]
    moved = await api.control("POST", "clock/advance", {"to": "next"})
    assert (moved["happened"], moved["clock"]["now"]) == ([], "2026-07-07T00:00:00Z")


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({}, "say either by or to"),
        ({"by": 1, "to": "next"}, "say either by or to"),
        ({"by": -1}, "negative"),
        ({"by": "soon"}, "not a span"),
        ({"by": 1e300}, ""),
        ({"to": "tomorrow"}, "not a time"),
        ({"to": "2026-06-01T00:00:00Z"}, "time only goes forward"),
        ({"buy": 1}, "did you mean 'by'"),
        ([], "Expected `object`"),
    ],
)
async def test_a_wrong_advance_moves_nothing(api: Api, body: object, text: str) -> None:
    await api.upload()
    if body == {"by": 1e300}:
        answer = await api.http.post("/_fakeseed/clock/advance", json=body)
        assert answer.status_code in (200, 400)
        return
    assert text in await refused(api, "POST", "clock/advance", body)
    assert (await api.control("GET", "clock"))["now"] == START


async def test_a_real_clock_can_be_frozen_moved_and_resumed(emulate: Callable[..., Api]) -> None:
    now = [parse_instant(START)]
    api = emulate(freeze_at=None, system_time=lambda: now[0])
    now[0] += SECOND
    assert (await api.control("GET", "clock"))["now"] == "2026-06-07T15:41:24Z"
    assert (await api.control("POST", "clock/freeze"))["clock"]["mode"] == "frozen"
    now[0] += 100 * SECOND
    assert (await api.control("GET", "clock"))["now"] == "2026-06-07T15:41:24Z"
    await api.control("POST", "clock/resume", {"rate": 60})
    now[0] += SECOND
    assert (await api.control("GET", "clock"))["now"] == "2026-06-07T15:42:24Z"
    await api.advance("1h")
    now[0] += SECOND
    assert (await api.control("GET", "clock"))["now"] == "2026-06-07T16:43:24Z"


async def test_a_world_can_be_frozen_in_the_past_only_while_nothing_has_happened(emulate: Callable[..., Api]) -> None:
    api = emulate(freeze_at=None)
    frozen = await api.control("POST", "clock/freeze", {"at": START})
    assert frozen["clock"] == {"mode": "frozen", "now": START, "pending_events": 0, "next": None}
    await api.upload()
    assert "time only goes forward" in await refused(api, "POST", "clock/freeze", {"at": "2026-06-01T00:00:00Z"})
    ahead = await api.control("POST", "clock/freeze", {"at": "2026-06-08T00:00:00Z"})
    assert [entry["trigger"] for entry in ahead["happened"]] == ["ingested"]
    assert ahead["clock"]["now"] == "2026-06-08T00:00:00Z"


async def test_on_an_auto_clock_polls_move_time(api: Api) -> None:
    await api.control("POST", "clock/auto", {"step": "10s"})
    task_id = await api.created(prompt="fs-takes-95s")
    polls = 0
    while (await api.task(task_id))["status"] != "completed":
        polls += 1
        assert polls < 20
    assert polls in (9, 10)


@pytest.mark.parametrize("rate", [0, -1, 1e9, "fast"])
async def test_a_rate_must_make_sense(api: Api, rate: object) -> None:
    await refused(api, "POST", "clock/resume", {"rate": rate})


async def test_the_world_can_be_looked_at_and_changed(api: Api) -> None:
    world = await api.control(
        "PATCH", "world", {"plan": "hobbyist", "points": 7, "pace": "instant", "profile": "legacy-lr"}
    )
    assert (world["plan"], world["pace"], world["profile"], world["points"]["available"]) == (
        *("hobbyist", "instant", "legacy-lr"),
        7,
    )
    assert (await api.listing())["quota"]["limit"] == 50
    assert (await api.control("PATCH", "world", {"concurrency": 9}))["concurrency"] == 9
    assert (await api.control("PATCH", "world", {"concurrency": None}))["concurrency"] == 2
    await api.points()


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"plan": "premiun"}, "did you mean 'premium'"),
        ({"profile": "docs"}, "did you mean 'docs-2026-06'"),
        ({"pace": "slow"}, "unknown pace"),
        ({"points": -1}, "points must lie in"),
        ({"concurrency": -1}, "concurrency must lie in"),
        ({"planet": "x"}, "did you mean 'plan'"),
        ({"plan": "hobbyist", "pace": "x"}, "unknown pace"),
    ],
)
async def test_a_wrong_change_changes_nothing(api: Api, body: object, text: str) -> None:
    original = await api.control("GET", "world")
    assert text in await refused(api, "PATCH", "world", body)
    assert await api.control("GET", "world") == original


async def test_reset_makes_a_world_as_on_first_use(api: Api) -> None:
    first = await api.control("GET", "world")
    asset_id = (await api.upload()).json()["asset_id"]
    await api.created()
    await api.advance("1d")
    assert await api.control("POST", "reset") == first
    assert (await api.listing())["items"] == []
    assert (await api.asset(asset_id)).status_code == 404
    assert (await api.control("GET", "journal?kind=event"))["total"] == 2


async def test_tasks_can_be_held_released_completed_and_failed(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=10)
    held_task = await api.created()
    await api.control("POST", f"tasks/{held_task}/hold")
    await api.advance("1h")
    assert (await api.task(held_task))["status"] == "pending"
    await api.control("POST", f"tasks/{held_task}/release")
    await api.advance("1m")
    assert (await api.task(held_task))["status"] == "completed"
    running = await api.created()
    await api.control("POST", "clock/advance", {"to": "next"})
    await api.control("POST", f"tasks/{running}/hold")
    await api.advance("1h")
    assert (await api.task(running))["status"] == "processing"
    completed = await api.control("POST", f"tasks/{running}/complete")
    assert (completed["status"], completed["output"] is not None) == ("completed", True)
    failing = await api.created()
    completed = await api.control("POST", f"tasks/{failing}/fail", {"cause": "refused-copyright"})
    assert (completed["status"], completed["error"]["code"]) == ("failed", 10003)
    await api.points()


@pytest.mark.parametrize(
    ("path", "body", "text"),
    [
        ("tasks/nope/complete", None, "no task 'nope'"),
        ("tasks/{task}/complete", None, "an ended task cannot be completed"),
        ("tasks/{task}/fail", {"cause": "refused-copyrigth"}, "did you mean 'refused-copyright'"),
        ("tasks/{task}/pause", None, "unknown action 'pause'"),
        ("tasks/{task}/releas", None, "did you mean 'release'"),
        ("assets/nope/activate", None, "no asset 'nope'"),
        ("assets/{asset}/activate", None, "only a Processing asset can be activated"),
        ("assets/{asset}/fail", {"code": "Nope"}, "unknown code"),
        ("assets/{asset}/kill", None, "unknown action"),
    ],
)
async def test_what_cannot_be_done_to_a_record_says_why(api: Api, path: str, body: object, text: str) -> None:
    asset = await api.active_asset()
    task = (await api.finished())["task_id"]
    assert text in await refused(api, "POST", path.format(task=task, asset=asset), body)


async def test_assets_can_be_failed_while_processing_and_when_active(api: Api) -> None:
    asset_id = (await api.upload()).json()["asset_id"]
    await api.control("POST", f"assets/{asset_id}/fail", {"code": "FileSizeTooLarge"})
    assert (await api.asset(asset_id)).json()["error"]["code"] == "FileSizeTooLarge"
    revoked = await api.active_asset()
    await api.control("POST", f"assets/{revoked}/fail")
    assert (await api.asset(revoked)).json()["status"] == "Failed"
    assert (await api.listing())["quota"]["used"] == 0
    await api.advance("20d")


async def test_the_timeline_tells_what_is_due(api: Api) -> None:
    await api.upload("https://cdn.example/fs-takes-90s.png")
    timeline = await api.control("GET", "timeline")
    assert [(event["kind"], event["in_seconds"]) for event in timeline["events"]] == [
        ("asset.ingest", 90),
        ("asset.expire", 15 * 86400),
    ]


async def test_the_journal_links_requests_and_transitions(api: Api) -> None:
    await api.created()
    await api.create("seedance-2", image_urls=["asset://x"])
    await api.advance("1m")
    entries = (await api.control("GET", "journal"))["entries"]
    assert [entry["kind"] for entry in entries] == ["event", "request", "request", "event", "event"]
    assert entries[2]["refused_by"] == "task.asset-needs-less-restriction"
    assert entries[1]["body"]["input"] == {"prompt": "a corgi"}
    assert [entry["seq"] for entry in entries] == [1, 2, 3, 4, 5]
    only = (await api.control("GET", "journal?kind=request&after=2&limit=5"))["entries"]
    assert [entry["seq"] for entry in only] == [3]
    assert "did you mean 'request'" in await refused(api, "GET", "journal?kind=requests")


async def test_a_misspelt_directive_is_noted(api: Api) -> None:
    await api.create(prompt="fs-refuse-copyrigth")
    await api.upload("https://cdn.example/fs-slow-ingestion.png")
    requests = (await api.control("GET", "journal?kind=request"))["entries"]
    assert requests[0]["notes"] == ["fs-refuse-copyrigth is no directive; did you mean 'refuse-copyright'?"]
    assert "did you mean 'slow-ingest'" in requests[1]["notes"][0]


async def test_an_unknown_control_call_names_the_nearest(api: Api) -> None:
    answer = await api.http.get("/_fakeseed/clok")
    assert answer.status_code == 404
    assert "/_fakeseed/clock" in answer.json()["hint"]


async def test_account_endpoints(api: Api) -> None:
    await api.finished()
    await api.finished(prompt="fs-internal-error")
    await api.created(resolution="720p")
    info = (await api.http.get("/account/info")).json()
    data: dict[str, Any] = info["data"]
    assert (info["code"], data["plan"], data["is_enable"]) == (200, "premium", True)
    pack = data["credit_pack_info"]
    assert (pack["used_credits"], pack["frozen_credits"]) == (PLAIN, 5 * rate(resolution="720p"))
    assert data["equivalent_in_usd"] == pack["available_credits"] / 10_000_000
    assert data["name"] == (await api.http.get("/account/info")).json()["data"]["name"]
    active = (await api.http.get("/account/active_tasks")).json()["data"]["seedance"]
    assert (active["pending_count"], active["processing_count"], len(active["active_tasks"])) == (1, 0, 1)
    history = (await api.http.get("/api/open/tasks/histories?page=1&page_size=1")).json()["data"]
    assert (history["total"], [entry["status"] for entry in history["data"]]) == (2, ["failed"])
    page_2 = (await api.http.get("/api/open/tasks/histories?page=2&page_size=1")).json()["data"]["data"][0]
    assert (page_2["status"], page_2["usage"], page_2["task_model"]) == ("finished", PLAIN, "seedance")
    assert page_2["detail"]["output"].endswith(".mp4")
    assert (await api.http.get("/api/open/tasks/histories?page_size=x")).status_code == 400


async def test_what_happened_is_told_up_to_a_limit_and_the_journal_has_the_rest(api: Api) -> None:
    await api.created()
    whole = await api.control("POST", "clock/advance", {"by": "1h"})
    assert (whole["total"], whole["next_after"]) == (len(whole["happened"]), None)
    await api.created()
    page = await api.control("POST", "clock/advance", {"by": "1h", "limit": 1})
    assert page["total"] > len(page["happened"]) == 1
    remaining = await api.control("GET", f"journal?after={page['next_after']}")
    assert len(remaining["entries"]) == page["total"] - 1
    for limit in (0, 10_001, "many"):
        now = (await api.control("GET", "clock"))["now"]
        answer = await api.http.post("/_fakeseed/clock/advance", json={"by": "1h", "limit": limit})
        assert answer.status_code == 400, "before the clock is moved"
        assert (await api.control("GET", "clock"))["now"] == now


@pytest.mark.parametrize(
    ("method", "path", "sentence"),
    [
        ("GET", "timeline?limt=5", "unknown query key 'limt'; did you mean 'limit'?"),
        ("GET", "ledger?ofset=5", "unknown query key 'ofset'; did you mean 'offset'?"),
        ("GET", "snapshot?secret=1", "unknown query key 'secret'; did you mean 'secrets'?"),
        ("GET", "world?limit=1", "unknown query key 'limit'"),
        ("POST", "reset?hard=1", "unknown query key 'hard'"),
        ("GET", "timeline?limit=1&limit=2", "query key 'limit' stands there 2 times"),
    ],
)
async def test_a_misspelt_query_is_told(api: Api, method: str, path: str, sentence: str) -> None:
    answer = await api.http.request(method, f"/_fakeseed/{path}")
    assert (answer.status_code, sentence in answer.json()["error"]) == (400, True), answer.text
