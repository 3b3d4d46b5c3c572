"""Assets: upload, list, get, delete, quota and the idle TTL, as a client sees them."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from fakeseed.model.media import FAILURES
from fakeseed.model.plans import PLANS
from fakeseed.model.times import SECOND, parse_instant, with_nanoseconds
from tests.conftest import START, Api

pytestmark = pytest.mark.anyio
PAYING = [plan for plan in PLANS.values() if plan.has_assets]


async def test_an_upload_is_accepted_and_becomes_active(api: Api) -> None:
    answer = await api.upload(asset_type="Image", name="main-character")
    assert answer.status_code == 202
    body = answer.json()
    assert body.keys() == {"asset_id", "status", "upload_at", "expires_at"}
    assert body["asset_id"].startswith("asset-20260607154123-")
    assert (body["status"], body["upload_at"], body["expires_at"]) == ("Processing", START, "2026-06-22T15:41:23Z")
    await api.advance(3)
    asset = (await api.asset(body["asset_id"])).json()
    assert asset["status"] == "Active"
    assert asset["name"] == "main-character"
    assert asset["asset_type"] == "Image"
    assert "error" not in asset


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("https://cdn.example/a/example1.png?sig=x", "Image", "example1.png"),
        ("https://cdn.example/clip.MOV", "Video", "clip.MOV"),
        ("http://cdn.example/voice.wav", "Audio", "voice.wav"),
    ],
)
async def test_type_and_name_are_taken_from_the_url(api: Api, url: str, kind: str, name: str) -> None:
    asset_id = (await api.upload(url)).json()["asset_id"]
    asset = (await api.asset(asset_id)).json()
    assert (asset["asset_type"], asset["name"], asset["url"]) == (kind, name, url)


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"url": None}, "url is required"),
        ({"url": ""}, "url is required"),
        ({"url": "ftp://cdn.example/a.png"}, "InvalidParameter.URL"),
        ({"url": "data:image/png;base64,AAAA"}, "InvalidParameter.URL"),
        ({"url": "https:///a.png"}, "InvalidParameter.URL"),
        ({"url": "https://[bad/a.png"}, "InvalidParameter.URL"),
        ({"url": "https://cdn.example/a b.png"}, "InvalidParameter.URL"),
        ({"asset_type": "image"}, "asset_type must be one of Image, Video, Audio"),
        ({"url": "https://cdn.example/nothing"}, "asset_type is missing"),
        ({"url": 7}, "Expected `str | null`, got `int` - at `$.url`"),
    ],
)
async def test_a_bad_upload_is_refused_and_leaves_nothing(api: Api, fields: dict[str, Any], text: str) -> None:
    answer = await api.upload(**{"url": "https://cdn.example/a.png", **fields})
    assert answer.status_code == 400
    assert answer.json()["code"] == 400
    assert answer.json()["data"] is None
    assert text in answer.json()["message"]
    assert (await api.listing())["quota"]["used"] == 0


@pytest.mark.parametrize("code", FAILURES)
async def test_every_failure_can_be_asked_for_and_says_why(api: Api, code: str) -> None:
    from fakeseed.model.directives import DIRECTIVES

    stem = next(row.stem for row in DIRECTIVES.values() if row.choose("").get("ingest_failure") == code)
    asset_id = (await api.upload(f"https://cdn.example/fs-{stem}.png")).json()["asset_id"]
    await api.advance(3)
    asset = (await api.asset(asset_id)).json()
    assert asset["status"] == "Failed"
    assert asset["error"]["code"] == FAILURES[code].code
    assert asset["error"]["message"]


@pytest.mark.parametrize(
    ("url", "fields", "code"),
    [
        ("https://cdn.example/a.mp4", {"asset_type": "Image"}, "TypeMismatch"),
        ("https://cdn.example/a.svg", {"asset_type": "Image"}, "InvalidParameter.UnsupportedImageFormat"),
        ("https://cdn.example/a.avi", {"asset_type": "Video"}, "FormatUnsupported"),
        ("https://cdn.example/fs-length-16s.mp4", {}, "DurationTooLong"),
        ("https://cdn.example/fs-length-1.9s.mp3", {}, "DurationTooShort"),
        ("https://cdn.example/fs-size-300x400.png", {}, "InvalidParameter"),
        ("https://cdn.example/a.png", {"name": "fs-fail-multiple-faces"}, "MultipleFaces"),
    ],
)
async def test_simulated_media_are_judged_by_the_documented_limits(
    api: Api, url: str, fields: dict[str, Any], code: str
) -> None:
    asset_id = (await api.upload(url, **fields)).json()["asset_id"]
    await api.advance(3)
    assert (await api.asset(asset_id)).json()["error"]["code"] == code


async def test_slow_and_stuck_ingests(api: Api) -> None:
    slow = (await api.upload("https://cdn.example/fs-slow-ingest.png")).json()["asset_id"]
    stuck = (await api.upload("https://cdn.example/fs-stuck-ingest.png")).json()["asset_id"]
    await api.advance("9m59s")
    assert (await api.asset(slow)).json()["status"] == "Processing"
    await api.advance("1s")
    assert (await api.asset(slow)).json()["status"] == "Active"
    await api.advance("3d")
    assert (await api.asset(stuck)).json()["status"] == "Processing"


# -- list -------------------------------------------------------------------------------------------------------------


async def test_a_list_pages_and_filters_newest_first(api: Api) -> None:
    ids = [(await api.upload(f"https://cdn.example/{number}.png")).json()["asset_id"] for number in range(5)]
    failed = (await api.upload("https://cdn.example/fs-fail-content-restricted.png")).json()["asset_id"]
    await api.advance(3)
    fresh = (await api.upload("https://cdn.example/fresh.png")).json()["asset_id"]
    newest_first = [fresh, failed, *reversed(ids)]
    assert [item["asset_id"] for item in (await api.listing())["items"]] == newest_first
    page = await api.listing("?page=2&size=3")
    assert [item["asset_id"] for item in page["items"]] == newest_first[3:6]
    assert (page["total"], page["page"], page["size"]) == (7, 2, 3)
    assert page["quota"] == {"used": 6, "limit": 500}
    for query, expected in (
        ("active", list(reversed(ids))),
        ("failed", [failed]),
        ("processing", [fresh]),
        ("processing,failed", [fresh, failed]),
        ("active,processing,failed", newest_first),
        ("Active", []),
        ("nonsense", []),
    ):
        assert [item["asset_id"] for item in (await api.listing(f"?status={query}"))["items"]] == expected, query


@pytest.mark.parametrize("query", ["?page=0", "?page=-1", "?size=x", "?page=1.5", "?size=0", "?page=%EF%BC%91"])
async def test_a_list_with_a_bad_page_is_refused(api: Api, query: str) -> None:
    answer = await api.http.get(f"/api/v1/asset/list{query}")
    assert answer.status_code == 400
    assert "whole number" in answer.json()["message"]


async def test_a_list_beyond_the_end_is_empty_and_its_size_is_bounded(api: Api) -> None:
    await api.upload()
    assert (await api.listing("?page=999999999999999999999"))["items"] == []
    assert (await api.listing("?size=5000"))["size"] == 100


# -- batch ------------------------------------------------------------------------------------------------------------

ENTRIES = [{"url": "https://cdn.example/a.png"}, "https://cdn.example/b.mp4"]


@pytest.mark.parametrize("body", [ENTRIES, {"assets": ENTRIES}, {"items": ENTRIES}, {"urls": ENTRIES}])
async def test_a_batch_in_each_form(api: Api, body: object) -> None:
    answer = await api.http.post("/api/v1/asset/upload", json=body)
    assert answer.status_code == 202
    asset = answer.json()
    assert (asset["total"], asset["success"], asset["failed"]) == (2, 2, 0)
    assert [result.keys() for result in asset["results"]] == [{"asset_id", "status"}] * 2
    assert {result["status"] for result in asset["results"]} == {"Processing"}


async def test_a_batch_can_succeed_in_part(api: Api) -> None:
    entries = [{"url": "https://cdn.example/a.png"}, {"url": "nope"}, {"url": "https://cdn.example/c.png"}]
    answer = await api.http.post("/api/v1/asset/upload", json=entries)
    assert answer.status_code == 202
    asset = answer.json()
    assert (asset["total"], asset["success"], asset["failed"]) == (3, 2, 1)
    assert asset["results"][1].keys() == {"url", "error"}
    assert "InvalidParameter.URL" in asset["results"][1]["error"]
    assert (await api.listing())["total"] == 2


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ([], "no entries"),
        ([{"url": "x"}], None),
        (["https://cdn.example/a.png"] * 51, "51 entries"),
        ([7], "got `int`"),
    ],
)
async def test_a_batch_of_nothing_good_is_refused(api: Api, body: object, text: str | None) -> None:
    answer = await api.http.post("/api/v1/asset/upload", json=body)
    assert answer.status_code == 400
    assert text is None or text in answer.json()["message"]
    assert (await api.listing())["total"] == 0


# -- plans and quota --------------------------------------------------------------------------------------------------


async def test_the_free_plan_has_no_assets(api: Api) -> None:
    free = api.other("fs-free-x")
    for method, path in (("POST", "upload"), ("GET", "list"), ("GET", "asset-1"), ("DELETE", "asset-1")):
        answer = await free.call(method, f"/api/v1/asset/{path}", **({"json": {}} if method == "POST" else {}))
        assert answer.status_code == 403, (method, path)
        assert "not allowed to use assets" in answer.json()["message"]


@pytest.mark.parametrize("plan", [plan for plan in PAYING if plan.managed_limit <= 200], ids=lambda plan: plan.name)
async def test_the_last_place_of_the_quota_is_given_and_no_more(api: Api, plan: Any) -> None:
    mine = api.other(f"fs-{plan.name}-quota")
    for number in range(plan.managed_limit):
        assert (await mine.upload(f"https://cdn.example/{number}.png")).status_code == 202
    answer = await mine.upload()
    assert answer.status_code == 429
    assert f"{plan.managed_limit} of {plan.managed_limit}" in answer.json()["message"]
    assert (await mine.listing())["quota"] == {"used": plan.managed_limit, "limit": plan.managed_limit}


async def test_fifty_of_two_hundred_uploads_at_once_pass(api: Api) -> None:
    mine = api.other("fs-hobbyist-storm")
    answers = await asyncio.gather(*(mine.upload(f"https://cdn.example/{number}.png") for number in range(200)))
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(202), statuses.count(429)) == (50, 150)


async def test_a_failed_asset_frees_its_place(api: Api) -> None:
    mine = api.other("fs-hobbyist-freed")
    for number in range(49):
        await mine.upload(f"https://cdn.example/{number}.png")
    await mine.upload("https://cdn.example/fs-fail-download-failed.png")
    assert (await mine.upload()).status_code == 429
    await mine.advance(3)
    assert (await mine.upload()).status_code == 202
    assert (await mine.upload()).status_code == 429


async def test_deleting_frees_a_place(api: Api) -> None:
    mine = api.other("fs-hobbyist-deleted")
    ids = [(await mine.upload(f"https://cdn.example/{number}.png")).json()["asset_id"] for number in range(50)]
    assert (await mine.upload()).status_code == 429
    assert (await mine.call("DELETE", f"/api/v1/asset/{ids[7]}")).status_code == 204
    assert (await mine.upload()).status_code == 202


async def test_a_batch_fills_the_quota_to_the_last_place(api: Api) -> None:
    mine = api.other("fs-hobbyist-batch")
    for number in range(48):
        await mine.upload(f"https://cdn.example/{number}.png")
    entries = [f"https://cdn.example/batch-{number}.png" for number in range(4)]
    asset = (await mine.http.post("/api/v1/asset/upload", json=entries)).json()
    assert (asset["success"], asset["failed"]) == (2, 2)
    assert "quota" in asset["results"][3]["error"]


# -- delete and foreign ids -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("url", ["a.png", "fs-stuck-ingest.png", "fs-fail-content-restricted.png"])
async def test_delete_in_any_status_and_once_only(api: Api, url: str) -> None:
    asset_id = (await api.upload(f"https://cdn.example/{url}")).json()["asset_id"]
    await api.advance(3)
    answer = await api.call("DELETE", f"/api/v1/asset/{asset_id}")
    assert (answer.status_code, answer.content) == (204, b"")
    again = await api.call("DELETE", f"/api/v1/asset/{asset_id}")
    assert (again.status_code, again.json()["message"]) == (404, "asset not found")
    assert (await api.asset(asset_id)).status_code == 404
    await api.advance("30d")


async def test_nobody_sees_another_keys_asset(api: Api) -> None:
    asset_id = (await api.upload()).json()["asset_id"]
    stranger = api.other("stranger")
    assert (await stranger.asset(asset_id)).status_code == 404
    assert (await stranger.call("DELETE", f"/api/v1/asset/{asset_id}")).status_code == 404
    assert (await stranger.listing())["items"] == []
    assert (await api.asset(asset_id)).status_code == 200


# -- the idle TTL -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("plan", PAYING, ids=lambda plan: plan.name)
async def test_an_idle_asset_dies_exactly_at_its_ttl(api: Api, plan: Any) -> None:
    mine = api.other(f"fs-{plan.name}-ttl")
    asset_id = (await mine.upload()).json()["asset_id"]
    end = parse_instant(START) + plan.idle_ttl
    journal = (await mine.control("GET", "journal"))["total"]
    await mine.control("POST", "clock/advance", {"to": with_nanoseconds(end - 1000)})
    events = (await mine.control("GET", "journal?kind=event"))["entries"]
    assert all(event["to"] for event in events), "alive a microsecond before"
    assert (await mine.control("GET", "world"))["assets"] == 1
    await mine.control("POST", "clock/advance", {"to": with_nanoseconds(end)})
    assert (await mine.control("GET", "world"))["assets"] == 0
    assert (await mine.asset(asset_id)).status_code == 404
    last = (await mine.control("GET", f"journal?kind=event&after={journal}"))["entries"][-1]
    assert (last["trigger"], last["at"], last["behaviour"]) == ("expired", with_nanoseconds(end), "asset.idle-purge")


async def _by_listing(api: Api, asset_id: str) -> None:
    await api.listing()


async def _by_looking(api: Api, asset_id: str) -> None:
    await api.asset(asset_id)


async def _by_use(api: Api, asset_id: str) -> None:
    await api.created("seedance-2-less-restriction", image_urls=[f"asset://{asset_id}"])


@pytest.mark.parametrize("touch", [_by_listing, _by_looking, _by_use])
async def test_listing_looking_and_using_move_the_date(api: Api, touch: Callable[..., Any]) -> None:
    asset_id = await api.active_asset()
    await api.advance("10d")
    await touch(api, asset_id)
    await api.advance(15 * 86400 - 1)
    assert (await api.control("GET", "world"))["assets"] == 1
    await api.advance(1)
    assert (await api.control("GET", "world"))["assets"] == 0


async def test_a_refused_use_moves_nothing(api: Api) -> None:
    asset_id = await api.active_asset()
    await api.advance("10d")
    assert (await api.create("seedance-2", image_urls=[f"asset://{asset_id}"])).status_code == 422
    await api.advance("5d")
    assert (await api.control("GET", "world"))["assets"] == 0


async def test_a_failed_asset_is_not_refreshed(api: Api) -> None:
    await api.upload("https://cdn.example/fs-fail-content-restricted.png")
    await api.advance("10d")
    assert len((await api.listing())["items"]) == 1
    await api.advance("5d")
    assert (await api.listing())["items"] == []


async def test_a_refresh_shows_in_the_answer(api: Api) -> None:
    asset_id = await api.active_asset()
    await api.advance("1d")
    asset = (await api.asset(asset_id)).json()
    assert asset["last_used_at"] == "2026-06-08T15:41:23Z"
    assert asset["expires_at"] == "2026-06-23T15:41:23Z"
    assert asset["upload_at"] == START


async def test_the_same_url_twice_is_two_assets(api: Api) -> None:
    first, second = (await api.upload()).json(), (await api.upload()).json()
    assert first["asset_id"] != second["asset_id"]


async def test_ids_stay_distinct_in_one_instant(api: Api) -> None:
    mine = api.other("fs-enterprise-ids")
    ids = {(await mine.upload("https://cdn.example/fs-fail-internal-error.png")).json()["asset_id"] for _ in range(300)}
    assert len(ids) == 300


async def test_assets_on_a_real_clock(emulate: Callable[..., Api]) -> None:
    now = [parse_instant(START)]
    api = emulate(freeze_at=None, system_time=lambda: now[0])
    asset_id = (await api.upload()).json()["asset_id"]
    now[0] += 3 * SECOND
    assert (await api.asset(asset_id)).json()["status"] == "Active"
    now[0] += 15 * 86400 * SECOND - 1
    assert (await api.control("GET", "world"))["assets"] == 1
    now[0] += 1
    assert (await api.control("GET", "world"))["assets"] == 0
