"""The life of an asset: ingest, refresh, purge, delete."""

from collections.abc import Callable

import pytest

from ..harness.assertions import holds, refused, same
from ..harness.client import LESS, PICTURE, START, Client
from ..harness.instants import DAY, SECOND, later, nanoseconds, whole_seconds
from ..harness.tables import PACES

TTL = 15 * DAY


@pytest.mark.behaviour("asset.ingest-time", "asset.becomes-active")
@pytest.mark.parametrize("pace", PACES)
def test_an_ingest_takes_as_long_as_its_pace_says(world: Client, pace: str) -> None:
    least, most = PACES[pace].ingest
    world.patch(pace=pace)
    world.batch([PICTURE] * 40)
    if least:
        world.advance(least - 0.001)
        same(world.listed("?status=processing")["total"], 40, f"Processing before {least} s", "asset.ingest-time")
    world.advance_to(later(START, round(most * SECOND)))
    same(world.listed("?status=active")["total"], 40, f"Active after {most} s", "asset.ingest-time")


@pytest.mark.behaviour("asset.becomes-failed")
def test_a_file_that_cannot_be_fetched_fails_for_good(world: Client) -> None:
    asset_id = world.uploaded("https://cdn.example/fs-fail-download-failed.jpg")
    same(world.asset_data(asset_id)["status"], "Processing", "status before the ingest ends")
    world.advance(2)
    same(world.asset_data(asset_id)["status"], "Failed", "status after the ingest")
    world.advance("10d")
    same(world.asset_data(asset_id)["status"], "Failed", "status days later")


@pytest.mark.behaviour("asset.revoked")
def test_an_active_asset_can_be_revoked_by_control(world: Client) -> None:
    asset_id = world.active()
    world.control("POST", f"assets/{asset_id}/fail", {"code": "ContentRestricted"})
    same(world.asset_data(asset_id)["status"], "Failed", "status after the revocation")
    refused(world.create(LESS, image_urls=[f"asset://{asset_id}"]), 400, "not Active", "use of a revoked asset")


def _listed(world: Client, asset_id: str) -> object:
    return world.listed()


def _seen(world: Client, asset_id: str) -> object:
    return world.asset_data(asset_id)


def _used(world: Client, asset_id: str) -> object:
    return world.created(LESS, image_urls=[f"asset://{asset_id}"])


@pytest.mark.behaviour("asset.idle-refresh", "asset.idle-purge")
@pytest.mark.parametrize("touch", [_listed, _seen, _used], ids=["list", "get", "use"])
def test_a_look_or_a_use_begins_the_idle_time_anew(world: Client, touch: Callable[[Client, str], object]) -> None:
    asset_id = world.active()
    world.advance("10d")
    touch(world, asset_id)
    refreshed = nanoseconds(START) + 10 * DAY
    world.advance_to(later(START, 10 * DAY + TTL - 1))
    same(world.world()["assets"], 1, "assets 1 ns before the end", "asset.idle-refresh")
    happened = world.advance(1e-9)
    same(
        [event["trigger"] for event in happened if event.get("asset") == asset_id],
        ["expired"],
        "what happened at the end",
    )
    refused(world.delete(asset_id), 404, "asset not found", "delete at the end", "asset.idle-purge")
    same(nanoseconds(world.now()), refreshed + TTL, "the instant of the purge")


@pytest.mark.behaviour("asset.idle-refresh")
@pytest.mark.parametrize("activate", [True, False], ids=["active", "processing"])
def test_a_get_shows_the_refreshed_times(world: Client, activate: bool) -> None:
    asset_id = world.uploaded("https://cdn.example/fs-stuck-ingest.jpg")
    if activate:
        world.activate(asset_id)
    world.advance("2d")
    at = nanoseconds(START) + 2 * DAY
    asset = world.asset_data(asset_id)
    same(asset["last_used_at"], whole_seconds(at), "last_used_at")
    same(asset["expires_at"], whole_seconds(at + TTL), "expires_at")
    same(asset["upload_at"], START, "upload_at")


@pytest.mark.behaviour("asset.idle-refresh")
def test_a_list_refreshes_only_the_page_that_it_shows(world: Client) -> None:
    old, new = world.active(), world.active()
    world.advance("10d")
    same([item["asset_id"] for item in world.listed("?size=1")["items"]], [new], "the page")
    world.advance("5d")
    same((world.delete(old).status_code, world.delete(new).status_code), (404, 204), "old and new after 15 days")


@pytest.mark.behaviour("asset.idle-purge")
def test_an_idle_asset_is_purged_to_the_instant(world: Client) -> None:
    first, second = world.active(), world.active()
    world.advance_to(later(START, TTL - 1))
    same(world.delete(first).status_code, 204, "delete 1 ns before the end")
    world.advance_to(later(START, TTL))
    same(world.delete(second).status_code, 404, "delete at the end")


@pytest.mark.behaviour("asset.failed-purge")
def test_nothing_refreshes_a_failed_asset(world: Client) -> None:
    asset_id = world.failed()
    world.advance("10d")
    same(world.asset_data(asset_id)["expires_at"], whole_seconds(nanoseconds(START) + TTL), "expires_at after a get")
    world.listed()
    world.advance_to(later(START, TTL - 1))
    same(world.asset_data(asset_id)["status"], "Failed", "status 1 ns before the end")
    world.advance_to(later(START, TTL))
    same(world.asset(asset_id).status_code, 404, "get at the end")


@pytest.mark.behaviour("asset.delete")
def test_a_delete_answers_204_once(client: Client) -> None:
    asset_id = client.uploaded()
    answer = client.delete(asset_id)
    same((answer.status_code, answer.content), (204, b""), "status and body of a delete")
    refused(client.delete(asset_id), 404, "asset not found", "the second delete")


@pytest.mark.behaviour("asset.delete")
def test_an_asset_can_be_deleted_in_any_status(world: Client) -> None:
    for asset_id in (world.uploaded(), world.active(), world.failed()):
        same(world.delete(asset_id).status_code, 204, "status of the delete")
        same(world.asset(asset_id).status_code, 404, "get afterwards")
    same(world.advance("20d"), [], "what still happens to them")


@pytest.mark.behaviour("asset.delete-while-used")
@pytest.mark.parametrize("when", ["0s", "1s"], ids=["pending", "processing"])
def test_deleting_an_asset_does_nothing_to_its_task(world: Client, when: str) -> None:
    asset_id = world.active()
    task_id = world.created(LESS, image_urls=[f"asset://{asset_id}"])["task_id"]
    world.advance(when)
    world.delete(asset_id)
    world.advance("1m")
    task = world.task(task_id)
    same(task["status"], "completed", "status of the task")
    holds(task["input"]["image_urls"] == [f"asset://{asset_id}"], "stored input", asset_id, task["input"])
