"""What PiAPI's article tells developers to do, and what it warns them of, each as a check.

The article: https://piapi.ai/blogs/seedance-private-assets-api; sections are named beside each story.
"""

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from ..harness.assertions import contains, holds, refused, same
from ..harness.client import LESS, Client
from ..harness.prices import price

ARTICLE = "https://piapi.ai/blogs/seedance-private-assets-api"
PERSON = "https://your-cdn.com/person-reference.jpg"
SCENE = "https://your-cdn.com/scenic-background.jpg"
GUEST = "https://your-cdn.com/one-time-character.jpg"
PROMPT = "Image 1 is the person reference. Image 2 is the scenic background."
COMMON = {"aspect_ratio": "16:9", "duration": 5, "resolution": "720p"}


Check = TypeVar("Check", bound=Callable[..., None])


def story(section: str, *behaviours: str) -> Callable[[Check], Check]:
    """Mark a check as a story of the article's: the section that tells it, and the behaviours it holds."""

    def mark(check: Check) -> Check:
        for marker in (pytest.mark.source(ARTICLE, section), pytest.mark.behaviour(*behaviours)):
            check = marker(check)
        return check

    return mark


def ran(client: Client, task_type: str = LESS, prompt: str = PROMPT, **fields: Any) -> dict[str, Any]:
    """A task of the article's kind at its end."""
    return client.finished(task_type, prompt=prompt, **{**COMMON, **fields})


def video_of(client: Client, task: dict[str, Any]) -> bytes:
    """The video of a task that must be completed."""
    same(task["status"], "completed", f"status of the task, which says {task['error']}")
    answer = client.download(task["output"]["video"])
    same(answer.status_code, 200, "status of the download")
    return answer.content


# -- the workflow -----------------------------------------------------------------------------------------------------


@story(
    "How the Seedance Private Asset Workflow Works",
    *("asset.upload", "asset.becomes-active", "task.create", "task.complete", "output.only-at-the-end"),
)
def test_the_workflow_in_five_parts(world: Client) -> None:
    uploaded = world.upload(PERSON, asset_type="Image", name="main-character").json()
    same(uploaded["status"], "Processing", "status after the upload", "asset.upload")
    polls = 0
    while world.listed("?status=active,processing,failed")["items"][0]["status"] == "Processing" and polls < 20:
        world.advance(1)
        polls += 1
    holds(polls in (1, 2), "polls of one second until Active", "1 or 2", polls, "asset.becomes-active")
    uri = f"asset://{uploaded['asset_id']}"
    task = world.created(LESS, prompt=PROMPT, image_urls=[uri, SCENE], **COMMON)
    same((task["status"], task["output"]), ("pending", None), "the fresh task", "task.create")
    polls = 0
    while task["status"] not in ("completed", "failed") and polls < 20:
        world.advance(1)
        task, polls = world.task(task["task_id"]), polls + 1
    contains(video_of(world, task)[:64], b"ftyp", "the downloaded video", "task.complete")


@story("Step 2: Check Asset Status", "asset.error-object", "asset.becomes-failed")
def test_a_failed_asset_says_what_to_correct(world: Client) -> None:
    asset_id = world.uploaded("https://your-cdn.com/fs-size-200x200.jpg")
    world.advance(2)
    error = world.asset_data(asset_id)["error"]
    contains(error["message"], "Width must be between 300px and 6000px", "the message")
    same(world.asset_data(world.active(PERSON))["status"], "Active", "the corrected file")


@story("Use clear prompt labels", "task.prompt-labels", "auto-upload.mixed")
def test_labels_follow_the_order_of_the_arrays(world: Client) -> None:
    uri = f"asset://{world.active(PERSON)}"
    task = ran(world, prompt="@image1 stands in @image2", image_urls=[uri, SCENE])
    same(task["input"]["prompt"], "Image 1 stands in Image 2", "the stored prompt")
    same(task["input"]["image_urls"], [uri, SCENE], "the stored order")


# -- the patterns -----------------------------------------------------------------------------------------------------


@story(
    "Private Assets vs Raw URLs vs Auto-Upload Mode: Managed private asset",
    *("asset.idle-refresh", "asset.free-of-charge", "task.complete"),
)
def test_managed_only(world: Client) -> None:
    """One upload serves many tasks, and each use keeps it alive."""
    uri = f"asset://{world.active(PERSON)}"
    for _ in range(3):
        task = ran(world, image_urls=[uri])
        same(task["meta"]["usage"]["consume"], price(LESS, "720p", 5), "points of the task", "asset.free-of-charge")
        same(task["input"]["image_urls"], [uri], "the stored reference", "task.complete")
        world.advance("14d")
    same(world.listed()["total"], 1, "assets after 42 days with a use every 14", "asset.idle-refresh")


@story("Private Assets vs Raw URLs vs Auto-Upload Mode: Raw URL", "auto-upload.default", "task.complete")
def test_raw_only(world: Client) -> None:
    """A raw URL makes no asset of any kind."""
    task = ran(world, image_urls=[SCENE])
    video_of(world, task)
    same(task["input"]["image_urls"], [SCENE], "the stored reference", "auto-upload.default")
    same((world.world()["assets"], world.listed()["total"]), (0, 0), "assets afterwards", "auto-upload.default")


@story(
    "Auto-Upload Mode for One-Off References",
    *("auto-upload.conversion", "auto-upload.retention-default", "auto-upload.visible-by-id"),
)
def test_ephemeral_only(world: Client) -> None:
    """A raw URL is ingested for one task and cleaned up after the window."""
    task = ran(world, image_urls=[GUEST], auto_upload_assets=True, asset_retention_hours=3)
    video_of(world, task)
    (uri,) = task["input"]["image_urls"]
    contains(uri, "asset://asset-", "the stored reference", "auto-upload.conversion")
    same(world.listed()["total"], 0, "listed assets", "auto-upload.visible-by-id")
    ran(world, image_urls=[uri])
    world.advance("3h")
    same(
        world.asset(uri.removeprefix("asset://")).status_code, 404, "get after 3 hours", "auto-upload.retention-default"
    )


@story("Managed cast + raw scenery", "auto-upload.default", "auto-upload.mixed")
@pytest.mark.parametrize("flag", [{}, {"auto_upload_assets": False}], ids=["absent", "false"])
def test_managed_cast_and_raw_scenery(world: Client, flag: dict[str, Any]) -> None:
    uri = f"asset://{world.active(PERSON)}"
    task = ran(world, image_urls=[uri, SCENE], **flag)
    video_of(world, task)
    same(task["input"]["image_urls"], [uri, SCENE], "the stored references")
    same(world.world()["assets"], 1, "assets afterwards")


@story("Managed cast + ephemeral guest", "auto-upload.mixed", "auto-upload.separate-cap")
def test_managed_cast_and_ephemeral_guest(world: Client) -> None:
    uri = f"asset://{world.active(PERSON)}"
    task = ran(world, image_urls=[uri, GUEST], auto_upload_assets=True)
    video_of(world, task)
    first, second = task["input"]["image_urls"]
    same(first, uri, "the managed reference", "auto-upload.mixed")
    holds(second.startswith("asset://") and second != uri, "the guest", "an asset of its own", second)
    same(world.listed()["quota"]["used"], 1, "managed assets used", "auto-upload.separate-cap")


# -- the decision table -----------------------------------------------------------------------------------------------

DECISIONS = [
    ("recurring, any medium: private asset", [("image_urls", "managed")], {}, 1),
    ("recurring, any medium: private asset", [("video_urls", "managed")], {}, 1),
    ("recurring, any medium: private asset", [("image_urls", "raw"), ("audio_urls", "managed")], {}, 1),
    ("one-time background: raw URL", [("image_urls", "raw")], {}, 0),
    ("temporary user upload: auto-upload", [("image_urls", "raw")], {"auto_upload_assets": True}, 1),
    ("reusable person, changing background", [("image_urls", "managed"), ("image_urls", "raw")], {}, 1),
]
FILES = {
    "image_urls": "https://your-cdn.com/a.jpg",
    "video_urls": "https://your-cdn.com/a.mp4",
    "audio_urls": "https://your-cdn.com/a.mp3",
}


@story("When Should You Use Each Input Method?", "task.complete", "auto-upload.default", "auto-upload.conversion")
@pytest.mark.parametrize(("row", "references", "fields", "asset_count"), DECISIONS)
def test_the_decision_table(
    world: Client, row: str, references: list[tuple[str, str]], fields: dict[str, Any], asset_count: int
) -> None:
    arrays: dict[str, Any] = {}
    for field, source in references:
        url = FILES[field]
        arrays.setdefault(field, []).append(f"asset://{world.active(url)}" if source == "managed" else url)
    video_of(world, ran(world, **arrays, **fields))
    same(world.world()["assets"], asset_count, f"assets that are kept: {row}")


# -- the five mistakes ------------------------------------------------------------------------------------------------


@story("Mistake 1: Using a Strict Task Type", "task.asset-needs-less-restriction", "task.refusal-leaves-nothing")
def test_mistake_1_a_strict_task_type(world: Client) -> None:
    uri, balances = f"asset://{world.active(PERSON)}", world.points()
    answer = world.create("seedance-2", image_urls=[uri])
    refused(answer, 422, "seedance-2-less-restriction", "an asset on seedance-2", "task.asset-needs-less-restriction")
    same(world.points(), balances, "points after the refusal", "task.refusal-leaves-nothing")
    for task_type in (LESS, "seedance-2-fast-less-restriction"):
        same(world.create(task_type, image_urls=[uri]).status_code, 200, f"status on {task_type}")


@story("Mistake 2: Referencing the Asset Too Early", "task.asset-not-active", "asset.becomes-active")
def test_mistake_2_referencing_too_early(world: Client) -> None:
    asset_id = world.uploaded(PERSON)
    answer = world.create(LESS, image_urls=[f"asset://{asset_id}"])
    refused(answer, 400, "not Active (status: Processing)", "a use right after the upload", "task.asset-not-active")
    world.advance(2)
    same(world.asset_data(asset_id)["status"], "Active", "status after the wait", "asset.becomes-active")
    same(world.create(LESS, image_urls=[f"asset://{asset_id}"]).status_code, 200, "status of the use after the wait")


@story("Mistake 3: Uploading Every Background as a Managed Asset", "asset.quota-full", "auto-upload.default")
def test_mistake_3_every_background_as_an_asset(world: Client) -> None:
    world.patch(plan="hobbyist")
    world.batch([SCENE] * 50)
    refused(world.upload(PERSON), 429, "quota", "the upload that matters", "asset.quota-full")
    video_of(world, ran(world, image_urls=[SCENE]))
    same(world.listed()["quota"]["used"], 50, "managed assets used after a raw background", "auto-upload.default")


@story("Mistake 4: Treating Private Assets as Exact Image Editing", "task.create", "task.unknown-input-fields")
def test_mistake_4_there_is_no_exact_editing(world: Client) -> None:
    """A mask means nothing here: it is kept like any unknown field, and the task is an ordinary generation."""
    uri = f"asset://{world.active(PERSON)}"
    plain, masked = (
        world.created(LESS, image_urls=[uri], **fields) for fields in ({}, {"mask_url": SCENE, "strength": 1})
    )
    same(masked["meta"]["usage"], plain["meta"]["usage"], "points of both")
    same(masked["input"]["mask_url"], SCENE, "the stored input")


@story(
    "Mistake 5: Letting the Source URL Disappear Too Soon",
    *("asset.becomes-failed", "asset.ingest.download-failed", "asset.failed-is-free"),
)
def test_mistake_5_a_source_that_disappears(world: Client) -> None:
    asset_id = world.uploaded("https://your-cdn.com/expired.jpg", name="fs-fail-download-failed")
    world.advance(2)
    asset = world.asset_data(asset_id)
    same((asset["status"], asset["error"]["code"]), ("Failed", "DownloadFailed"), "the asset", "asset.becomes-failed")
    same(world.listed()["quota"]["used"], 0, "places that it takes", "asset.failed-is-free")
