"""Auto-upload: conversion to ephemeral assets, their life, and their own cap."""

import asyncio
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.conftest import Api

pytestmark = pytest.mark.anyio
LR = "seedance-2-less-restriction"
RAW = ["https://cdn.example/a.png", "https://cdn.example/b.png"]


def ephemerals(data: dict[str, Any]) -> list[str]:
    return [uri.removeprefix("asset://") for uri in data["input"]["image_urls"]]


async def test_raw_references_become_ephemeral_assets_and_managed_ones_stay(api: Api) -> None:
    managed = f"asset://{await api.active_asset()}"
    data = await api.finished(
        LR,
        image_urls=[RAW[0], managed, RAW[1]],
        video_urls=["https://cdn.example/c.mp4"],
        auto_upload_assets=True,
        asset_retention_hours=4,
    )
    assert data["status"] == "completed"
    converted = data["input"]["image_urls"] + data["input"]["video_urls"]
    assert converted[1] == managed
    assert all(uri.startswith("asset://asset-20260607") for uri in converted)
    assert len(set(converted)) == 4
    assert data["logs"][:2] == [
        "auto_upload_assets enabled, retention_hours=4",
        "auto_upload_assets: converted 3 url(s) to ephemeral asset://",
    ]


async def test_without_the_flag_raw_references_stay(api: Api) -> None:
    for fields in ({}, {"auto_upload_assets": False, "asset_retention_hours": "nonsense"}):
        data = await api.finished(LR, image_urls=RAW, **fields)
        assert data["input"]["image_urls"] == RAW
        assert not any("auto_upload" in entry for entry in data["logs"])


async def test_with_nothing_to_convert_nothing_is_logged(emulate: Callable[..., Api]) -> None:
    api = emulate(profile="live-2026-08")
    assert not any("auto_upload" in entry for entry in (await api.finished(LR))["logs"])


async def test_a_flag_beside_input_is_ignored(api: Api) -> None:
    body = {"model": "seedance", "task_type": "seedance-2", "auto_upload_assets": True, "input": {"prompt": "a corgi"}}
    assert (await api.http.post("/api/v1/task", json=body)).status_code == 200


async def test_ephemeral_assets_are_seen_by_id_reused_and_cleaned_on_time(emulate: Callable[..., Api]) -> None:
    api = emulate(pace="instant")
    data = await api.finished(LR, image_urls=RAW, auto_upload_assets=True, asset_retention_hours=3)
    first, second = ephemerals(data)
    assert (await api.asset(first)).json()["status"] == "Active"
    assert (await api.listing())["items"] == []
    assert (await api.listing())["quota"]["used"] == 0
    assert (await api.create(LR, image_urls=[f"asset://{first}"])).status_code == 200
    assert (await api.call("DELETE", f"/api/v1/asset/{second}")).status_code == 204
    await api.advance("2h58m59s")
    assert (await api.asset(first)).status_code == 200
    await api.advance("1s")
    assert (await api.asset(first)).status_code == 404
    assert (await api.create(LR, image_urls=[f"asset://{first}"])).status_code == 400


async def test_looking_at_an_ephemeral_asset_does_not_keep_it(emulate: Callable[..., Api]) -> None:
    api = emulate(pace="instant")
    (name,) = ephemerals(await api.finished(LR, image_urls=RAW[:1], auto_upload_assets=True))
    await api.advance("2h")
    assert (await api.asset(name)).status_code == 200
    await api.advance("59m")
    assert (await api.asset(name)).status_code == 404


async def test_the_cap_is_its_own_and_frees_with_the_retention(emulate: Callable[..., Api]) -> None:
    api = emulate("fs-hobbyist-cap", pace="instant")
    for number in range(50):
        await api.upload(f"https://cdn.example/{number}.png")
    for _ in range(5):
        assert (await api.create(LR, image_urls=RAW * 2, auto_upload_assets=True)).status_code == 200
    refused = await api.create(LR, image_urls=RAW[:1], auto_upload_assets=True)
    assert (refused.status_code, refused.json()["message"]) == (429, "ephemeral asset hard cap reached")
    assert (await api.upload()).status_code == 429
    await api.advance("2h59m59s")
    assert (await api.create(LR, image_urls=RAW[:1], auto_upload_assets=True)).status_code == 429
    await api.advance("1s")
    assert (await api.create(LR, image_urls=RAW[:1], auto_upload_assets=True)).status_code == 200
    assert (await api.listing())["quota"]["used"] == 50


async def test_of_many_at_once_no_more_than_the_cap_pass(emulate: Callable[..., Api]) -> None:
    api = emulate("fs-hobbyist-storm", pace="instant", concurrency=1000)
    calls = (api.create(LR, image_urls=RAW * 2, auto_upload_assets=True) for _ in range(40))
    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert (statuses.count(200), statuses.count(429)) == (5, 35)


async def test_waiting_tasks_hold_places_under_the_cap_too(emulate: Callable[..., Api]) -> None:
    api = emulate("fs-hobbyist-waiting", concurrency=1000)
    statuses = [(await api.create(LR, image_urls=RAW * 2, auto_upload_assets=True)).status_code for _ in range(8)]
    assert (statuses.count(200), statuses.count(429)) == (5, 3)
    await api.advance("1m")
    assert (await api.create(LR, image_urls=RAW[:1], auto_upload_assets=True)).status_code == 429


async def test_a_failed_ingest_fails_the_task_and_gives_the_points_back(api: Api) -> None:
    points = await api.points()
    bad = "https://cdn.example/fs-fail-download-failed.png"
    data = await api.finished(LR, image_urls=[RAW[0], bad], auto_upload_assets=True)
    assert data["status"] == "failed"
    assert data["error"]["code"] == 10000
    assert any(bad in entry and "Error while downloading" in entry for entry in data["logs"])
    assert data["logs"][-1] == "restored frozen points"
    assert await api.points() == points


@pytest.mark.parametrize("end", ["delete", "clean-up"])
async def test_a_task_that_waits_for_an_asset_which_is_gone_fails(emulate: Callable[..., Api], end: str) -> None:
    requests: list[httpx.Request] = []

    def hear(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200)

    api = emulate(webhooks=hear)
    points = await api.points()
    config = {"webhook_config": {"endpoint": "https://hook.example/"}}
    slow = "https://cdn.example/fs-stuck-ingest.png"
    task_id = await api.created(LR, config=config, image_urls=[RAW[0], slow], auto_upload_assets=True)
    await api.advance("1m")
    data = await api.task(task_id)
    assert data["status"] == "processing"
    if end == "delete":
        assert (await api.call("DELETE", f"/api/v1/asset/{ephemerals(data)[1]}")).status_code == 204
        await api.advance("1s")
    else:
        await api.advance("3h")
    data = await api.task(task_id)
    assert (data["status"], data["error"]["code"], data["error"]["message"]) == ("failed", 10000, "invalid request")
    assert data["logs"][-1] == "restored frozen points"
    assert await api.points() == points
    assert len(requests) == 1
    await api.advance("8h")
    assert (await api.task(task_id))["status"] == "failed"


async def test_the_delete_of_an_active_ephemeral_asset_leaves_its_task_alone(api: Api) -> None:
    task_id = await api.created(LR, prompt="fs-takes-90s", image_urls=RAW, auto_upload_assets=True)
    await api.advance("5s")
    first, _ = ephemerals(await api.task(task_id))
    assert (await api.call("DELETE", f"/api/v1/asset/{first}")).status_code == 204
    await api.advance("2m")
    assert (await api.task(task_id))["status"] == "completed"


async def test_moderation_comes_after_the_conversion(api: Api) -> None:
    data = await api.finished(LR, prompt="fs-refuse-copyright", image_urls=RAW, auto_upload_assets=True)
    assert data["error"]["code"] == 10003
    assert all(uri.startswith("asset://") for uri in data["input"]["image_urls"])


async def test_a_slow_ingest_delays_the_end(api: Api) -> None:
    url = "https://cdn.example/fs-slow-ingest.png"
    task_id = await api.created(LR, image_urls=[url], auto_upload_assets=True)
    await api.advance("9m")
    assert (await api.task(task_id))["status"] == "processing"
    await api.advance("70s")
    assert (await api.task(task_id))["status"] == "completed"


async def test_the_live_profile_converts_without_being_asked(emulate: Callable[..., Api]) -> None:
    api = emulate("fs-hobbyist-live", profile="live-2026-08", pace="instant")
    data = await api.finished(LR, image_urls=RAW)
    assert data["logs"][0] == "auto_upload_assets enabled, retention_hours=168, asset_quota_hold_hours=3"
    first, _ = ephemerals(data)
    for _ in range(9):
        assert (await api.create(LR, image_urls=RAW)).status_code == 200
    assert (await api.create(LR, image_urls=RAW)).status_code == 429
    await api.advance("3h")
    assert (await api.create(LR, image_urls=RAW)).status_code == 200
    assert (await api.asset(first)).status_code == 200
    await api.advance("165h")
    assert (await api.asset(first)).status_code == 404
    assert (await api.finished("seedance-2", image_urls=RAW))["input"]["image_urls"] == RAW
