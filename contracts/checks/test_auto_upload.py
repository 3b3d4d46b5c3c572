"""Raw references that become ephemeral assets of one task."""

from typing import Any

import pytest

from ..harness.assertions import contains, holds, refused, same
from ..harness.client import LESS, PICTURE, START, STRICT, Client
from ..harness.instants import HOUR, later, nanoseconds

VIDEO, SOUND = "https://cdn.example/fs-length-5s.mp4", "https://cdn.example/voice.mp3"
ENABLED = "auto_upload_assets enabled, retention_hours={}"
CONVERTED = "auto_upload_assets: converted {} url(s) to ephemeral asset://"


def started(client: Client, **fields: Any) -> dict[str, Any]:
    """A less restricted task with auto-upload after its start."""
    task = client.created(LESS, **{"auto_upload_assets": True, "image_urls": [PICTURE], **fields})
    client.advance(0.6)
    return client.task(task["task_id"])


def ids_in(task: dict[str, Any], field: str = "image_urls") -> list[str]:
    """The assets that a task's stored input names."""
    return [uri.removeprefix("asset://") for uri in task["input"][field] if uri.startswith("asset://")]


def life(client: Client, asset_id: str) -> int:
    """How long an asset stays, from its upload."""
    asset = client.asset_data(asset_id)
    return nanoseconds(asset["expires_at"]) - nanoseconds(asset["upload_at"])


@pytest.mark.behaviour("auto-upload.conversion", "auto-upload.log")
def test_each_raw_reference_becomes_an_asset(world: Client) -> None:
    task = started(world, image_urls=[PICTURE] * 2, video_urls=[VIDEO], audio_urls=[SOUND])
    asset_ids = [asset_id for kind in ("image", "video", "audio") for asset_id in ids_in(task, f"{kind}_urls")]
    same(len(set(asset_ids)), 4, "assets in the stored input", "auto-upload.conversion")
    kinds = [world.asset_data(asset_id)["asset_type"] for asset_id in asset_ids]
    same(kinds, ["Image", "Image", "Video", "Audio"], "their types", "auto-upload.conversion")
    same(task["logs"][:2], [ENABLED.format(3), CONVERTED.format(4)], "the log", "auto-upload.log")


@pytest.mark.behaviour("auto-upload.mixed")
def test_assets_stay_as_they_are_in_their_places(world: Client) -> None:
    mine = f"asset://{world.active()}"
    task = started(world, image_urls=[PICTURE, mine, PICTURE])
    urls = task["input"]["image_urls"]
    same(urls[1], mine, "the asset in the middle")
    same([uri.startswith("asset://") and uri != mine for uri in urls], [True, False, True], "the others")
    contains(task["logs"], CONVERTED.format(2), "the log")


@pytest.mark.behaviour("auto-upload.log")
def test_a_task_with_nothing_to_convert_logs_nothing_of_it(world: Client) -> None:
    task = started(world, image_urls=[f"asset://{world.active()}"])
    conversions = [entry for entry in task["logs"] if entry.startswith("auto_upload")]
    same(conversions, [], "lines about auto-upload")


@pytest.mark.behaviour("auto-upload.default")
@pytest.mark.parametrize(
    ("profile", "task_type", "fields", "converted"),
    [
        ("current", LESS, {}, False),
        ("current", LESS, {"auto_upload_assets": False}, False),
        ("docs-2026-06", LESS, {}, False),
        ("live-2026-08", LESS, {}, True),
        ("live-2026-08", LESS, {"auto_upload_assets": False}, False),
        ("live-2026-08", STRICT, {}, False),
    ],
)
def test_without_the_flag(world: Client, profile: str, task_type: str, fields: dict[str, Any], converted: bool) -> None:
    world.patch(profile=profile)
    task = world.finished(task_type, image_urls=[PICTURE], **fields)
    same(task["input"]["image_urls"] != [PICTURE], converted, "whether the reference was converted")


@pytest.mark.behaviour("auto-upload.retention-default", "auto-upload.log")
@pytest.mark.parametrize(
    ("profile", "hours", "log_entry"),
    [
        ("current", 3, ENABLED.format(3)),
        ("live-2026-08", 168, ENABLED.format(168) + ", asset_quota_hold_hours=3"),
    ],
)
def test_how_long_ephemeral_assets_stay(world: Client, profile: str, hours: int, log_entry: str) -> None:
    world.patch(profile=profile)
    task = started(world)
    (asset_id,) = ids_in(task)
    same(life(world, asset_id), hours * HOUR, "life of the asset", "auto-upload.retention-default")
    same(task["logs"][0], log_entry, "the log", "auto-upload.log")


@pytest.mark.behaviour("auto-upload.retention-range", "auto-upload.retention-default")
@pytest.mark.parametrize("hours", [3, 5, 8])
def test_the_named_hours_hold_to_the_instant(world: Client, hours: int) -> None:
    (asset_id,) = ids_in(started(world, asset_retention_hours=hours))
    same(life(world, asset_id), hours * HOUR, "life of the asset")
    born = next(event["at"] for event in world.journal("event") if event.get("asset") == asset_id)
    world.advance_to(later(born, hours * HOUR - 1))
    same(world.asset(asset_id).status_code, 200, "get 1 ns before the end")
    world.advance_to(later(born, hours * HOUR))
    same(world.asset(asset_id).status_code, 404, "get at the end")


@pytest.mark.behaviour("auto-upload.visible-by-id", "auto-upload.separate-cap")
def test_ephemeral_assets_are_seen_by_id_only(world: Client) -> None:
    (asset_id,) = ids_in(started(world))
    body = world.listed()
    same((body["items"], body["total"], body["quota"]["used"]), ([], 0, 0), "the list")
    expires = world.asset_data(asset_id)["expires_at"]
    world.advance("1h")
    same(world.asset_data(asset_id)["expires_at"], expires, "expires_at after a get", "auto-upload.visible-by-id")
    answer = world.create(LESS, image_urls=[f"asset://{asset_id}"])
    same(answer.status_code, 200, "status of another task with it", "auto-upload.visible-by-id")
    same(world.asset_data(asset_id)["expires_at"], expires, "expires_at after the use", "auto-upload.visible-by-id")
    same(world.delete(asset_id).status_code, 204, "status of its delete", "auto-upload.visible-by-id")
    refused(world.asset(asset_id), 404, "asset not found", "get after the delete", "auto-upload.visible-by-id")


def fill(client: Client, count: int) -> list[dict[str, Any]]:
    """Fill a part of the cap with tasks of up to 9 pictures that have started."""
    tasks = []
    while count:
        now = min(count, 9)
        fields = {"image_urls": [PICTURE] * now, "mode": "omni_reference", "auto_upload_assets": True}
        tasks.append(client.created(LESS, **fields))
        count -= now
    client.advance(0.6)
    return [client.task(task["task_id"]) for task in tasks]


@pytest.mark.behaviour("auto-upload.cap", "auto-upload.separate-cap")
def test_the_cap_is_one_of_its_own(world: Client) -> None:
    world.patch(plan="hobbyist", concurrency=100)
    world.batch([PICTURE] * 50)
    balances = world.points()
    fill(world, 20)
    frozen = world.points()["frozen"]
    answer = world.create(LESS, image_urls=[PICTURE], auto_upload_assets=True)
    refused(answer, 429, "ephemeral asset hard cap reached", "a create above the cap", "auto-upload.cap")
    same(world.points()["frozen"], frozen, "frozen points after the refusal", "auto-upload.cap")
    same(world.listed()["quota"]["used"], 50, "managed assets used", "auto-upload.separate-cap")
    plain = world.create(LESS, image_urls=[PICTURE])
    same(plain.status_code, 200, "status of the same without auto-upload", "auto-upload.cap")
    holds(balances["available"] > world.points()["available"], "points", "less than before", balances)


@pytest.mark.behaviour("auto-upload.separate-cap")
def test_ephemeral_assets_leave_the_managed_limit_alone(world: Client) -> None:
    world.patch(plan="hobbyist", concurrency=100)
    fill(world, 20)
    same(world.batch([PICTURE] * 50).json()["success"], 50, "managed uploads that are accepted")


@pytest.mark.behaviour("auto-upload.slot-frees")
def test_a_place_is_free_again_after_purge_or_delete(world: Client) -> None:
    world.patch(plan="hobbyist", concurrency=100)
    tasks = fill(world, 20)

    def create() -> int:
        return world.create(LESS, image_urls=[PICTURE], auto_upload_assets=True).status_code

    same(create(), 429, "status at the cap")
    world.delete(ids_in(tasks[0])[0])
    same(create(), 200, "status after a delete")
    same(create(), 429, "status at the cap again")
    world.advance("3h")
    same(create(), 200, "status after the retention")


@pytest.mark.behaviour("auto-upload.quota-hold", "auto-upload.slot-frees")
@pytest.mark.parametrize(("profile", "status"), [("live-2026-08", 200), ("current", 429)])
def test_how_long_a_place_is_held(world: Client, profile: str, status: int) -> None:
    """With the documented maximum of 8 hours only the profile with a hold of 3 frees the place before."""
    world.patch(profile=profile, plan="hobbyist", concurrency=100)
    for _ in range(4):
        fields: dict[str, Any] = {"image_urls": [PICTURE] * 5, "auto_upload_assets": True, "asset_retention_hours": 8}
        same(world.create(LESS, **fields).status_code, 200, "status within the cap")
    world.advance("2h59m")
    create: dict[str, Any] = {"image_urls": [PICTURE], "auto_upload_assets": True}
    same(world.create(LESS, **create).status_code, 429, "status before 3 hours")
    world.advance("2m")
    same(world.create(LESS, **create).status_code, status, f"status after 3 hours in {profile}")


@pytest.mark.behaviour("auto-upload.ingest-failure", "money.refund")
def test_an_ephemeral_asset_that_fails_takes_its_task_along(world: Client) -> None:
    balances = world.points()
    bad = "https://cdn.example/fs-fail-download-failed.jpg"
    task = world.finished(LESS, image_urls=[PICTURE, bad], auto_upload_assets=True)
    error = task["error"]
    outcome = (task["status"], error["code"], error["message"])
    same(outcome, ("failed", 10000, "invalid request"), "the end of the task", "auto-upload.ingest-failure")
    contains(error["raw_message"], "Error while downloading", "raw_message", "auto-upload.ingest-failure")
    holds(any(bad in entry for entry in task["logs"]), "the log", bad, task["logs"], "auto-upload.ingest-failure")
    same(world.points(), balances, "points at the end", "money.refund")


@pytest.mark.behaviour("auto-upload.gone-while-processing", "money.refund", "plan.concurrency")
@pytest.mark.parametrize("end", ["delete", "clean-up"])
def test_a_task_does_not_wait_for_an_asset_that_is_gone(world: Client, end: str) -> None:
    world.patch(concurrency=1)
    balances = world.points()
    slow = "https://cdn.example/fs-stuck-ingest.jpg"
    task = started(world, image_urls=[PICTURE, slow])
    deleted = ids_in(task)[1]
    same((task["status"], world.asset_data(deleted)["status"]), ("processing", "Processing"), "task and asset before")
    if end == "delete":
        same(world.delete(deleted).status_code, 204, "status of the delete")
    else:
        world.advance("3h")
    task = world.task(task["task_id"])
    error = (task["status"], task["error"]["code"], task["error"]["message"], task["error"]["raw_message"])
    text = f"The specified asset {deleted} is not found."
    same(error, ("failed", 10000, "invalid request", text), "the end of the task")
    holds(any(slow in entry and text in entry for entry in task["logs"]), "the log", text, task["logs"])
    same(world.points(), balances, "points at the end", "money.refund")
    same(world.create().status_code, 200, "status of the next create", "plan.concurrency")


@pytest.mark.behaviour("auto-upload.conversion")
def test_nothing_is_converted_before_the_start(world: Client) -> None:
    task = world.created(LESS, image_urls=[PICTURE], auto_upload_assets=True)
    same((task["input"]["image_urls"], task["meta"]["created_at"]), ([PICTURE], START), "the task at its create")
    same(world.world()["assets"], 0, "assets before the start")
