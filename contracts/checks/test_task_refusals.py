"""Creates that are refused: status, text, and that nothing is left behind."""

from typing import Any

import pytest

from ..harness.assertions import case, json_of, refused, same
from ..harness.client import LESS, PICTURE, STRICT, Client

VIDEO, SOUND = "https://cdn.example/clip.mp4", "https://cdn.example/voice.mp3"
GONE = "asset-20260607154123-zzzzz"
FRAMES, OMNI, TEXT = ({"mode": mode} for mode in ("first_last_frames", "omni_reference", "text_to_video"))

REFUSED = [
    case("task.model-rule", {"model": "kling"}, 400, "unknown model", name="model"),
    case("task.type-rule", {"task_type": "seedance-3"}, 400, "unknown task_type", name="type"),
    case("task.type-rule", {"task_type": "seedance-2-fats"}, 400, "seedance-2-fast", name="type-hint"),
    case("task.type-rule task.types", {"task_type": "seedance-2.5-fast"}, 400, "unknown task_type", name="no-2.5-fast"),
    case("task.prompt-required", {"prompt": ""}, 400, "prompt is required", name="prompt-empty"),
    case("task.prompt-required", {"prompt": None}, 400, "prompt is required", name="prompt-null"),
    case("task.prompt-required", {"prompt": " \n\t"}, 400, "prompt is required", name="prompt-blank"),
    case("task.prompt-length", {"prompt": "é" * 4001}, 400, "4000", name="prompt-4001"),
    case("task.reference-images", {"image_urls": [PICTURE] * 10}, 400, "image_urls", name="10-images"),
    case("task.reference-videos", {"video_urls": [VIDEO] * 4}, 400, "video_urls", name="4-videos"),
    case(
        "task.reference-audios",
        {"audio_urls": [SOUND] * 4, "image_urls": [PICTURE]},
        400,
        "audio_urls",
        name="4-sounds",
    ),
    case(
        "task.reference-total",
        {"image_urls": [PICTURE] * 9, "video_urls": [VIDEO] * 2, "audio_urls": [SOUND] * 2},
        400,
        "12",
        name="13-references",
    ),
    case("task.mode-rule", {"mode": "image_to_video"}, 400, "unknown mode", name="mode"),
    case("task.text-mode", {**TEXT, "image_urls": [PICTURE]}, 400, "text_to_video", name="text-with-image"),
    case("task.frames-mode-images", FRAMES, 400, "1 or 2", name="frames-0"),
    case("task.frames-mode-images", {**FRAMES, "image_urls": [PICTURE] * 3}, 400, "1 or 2", name="frames-3"),
    case(
        "task.frames-mode-media",
        {**FRAMES, "image_urls": [PICTURE], "video_urls": [VIDEO]},
        400,
        "images only",
        name="frames-with-video",
    ),
    case(
        "task.frames-mode-media",
        {**FRAMES, "image_urls": [PICTURE], "audio_urls": [SOUND]},
        400,
        "images only",
        name="frames-with-sound",
    ),
    case("task.omni-mode-empty", OMNI, 400, "at least one", name="omni-empty"),
    case("task.omni-mode-audio", {**OMNI, "audio_urls": [SOUND]}, 400, "audio_urls", name="sound-alone"),
    case("task.omni-mode-audio", {"audio_urls": [SOUND]}, 400, "audio_urls", name="sound-alone-inferred"),
    *(
        case("task.duration-range", {"duration": seconds, "task_type": name}, 400, "4 to 15", name=f"{name}-{seconds}s")
        for seconds in (-1, 0, 3, 16)
        for name in (STRICT, LESS)
    ),
    *(
        case("task.duration-range-25", {"duration": seconds, "task_type": "seedance-2.5"}, 400, "4 to 30")
        for seconds in (3, 31)
    ),
    case("task.ratio-rule", {"aspect_ratio": "16:10"}, 400, "aspect_ratio", name="ratio"),
    case("task.ratio-auto", {"aspect_ratio": "auto"}, 400, "auto", name="auto-in-text"),
    case(
        "task.ratio-auto", {**OMNI, "image_urls": [PICTURE], "aspect_ratio": "auto"}, 400, "auto", name="auto-in-omni"
    ),
    case("task.resolution-rule", {"resolution": "4k"}, 400, "resolution", name="4k"),
    *(
        case(
            "task.resolution-rule", {"resolution": "1080p", "task_type": name}, 400, "resolution", name=f"1080p-{name}"
        )
        for name in ("seedance-2-fast", "seedance-2-mini", "seedance-2-fast-less-restriction")
    ),
    case(
        "task.auto-upload-needs-less-restriction",
        {"auto_upload_assets": True, "image_urls": [PICTURE]},
        400,
        "auto_upload_assets",
        name="auto-upload-strict",
    ),
    case(
        "auto-upload.public-url",
        {"task_type": LESS, "auto_upload_assets": True, "image_urls": ["data:image/png;base64,AAAA"]},
        400,
        "InvalidParameter.URL",
        name="auto-upload-data",
    ),
    *(
        case(
            "auto-upload.retention-range",
            {"task_type": LESS, "auto_upload_assets": True, "image_urls": [PICTURE], "asset_retention_hours": hours},
            400,
            "asset_retention_hours",
            name=f"retention-{hours}",
        )
        for hours in (2, 9, 3.5, "3", True)
    ),
    case("task.reference-url", {"image_urls": ["ftp://cdn.example/a.jpg"]}, 400, "InvalidParameter.URL", name="ftp"),
    case("task.reference-url", {"image_urls": [PICTURE, "nothing"]}, 400, "image_urls[1]", name="no-url"),
    case("task.reference-suffix", {"video_urls": ["https://cdn.example/a.webm"]}, 400, ".mp4 or .mov", name="webm"),
    case("task.reference-suffix", {"video_urls": ["https://cdn.example/a"]}, 400, ".mp4 or .mov", name="no-suffix"),
    case(
        "task.reference-suffix",
        {"audio_urls": ["https://cdn.example/a.ogg"], "image_urls": [PICTURE]},
        400,
        ".mp3 or .wav",
        name="ogg",
    ),
    case(
        "task.asset-missing", {"task_type": LESS, "image_urls": [f"asset://{GONE}"]}, 400, f"asset {GONE} is not found"
    ),
    case(
        "task.reference-video-seconds",
        {"video_urls": ["https://cdn.example/fs-length-15.41s.mp4"]},
        400,
        "15.4",
        name="15.41s",
    ),
    case(
        "task.reference-video-seconds",
        {"video_urls": ["https://cdn.example/fs-length-7.7s.mp4", "https://cdn.example/fs-length-7.71s.mp4"]},
        400,
        "15.4",
        name="7.7s-and-7.71s",
    ),
    case(
        "task.reference-audio-seconds",
        {"audio_urls": [SOUND, "https://cdn.example/fs-length-15.1s.mp3"], "image_urls": [PICTURE]},
        400,
        "audio_urls[1] lasts 15.1 s",
        name="sound-15.1s",
    ),
    case("task.remove-watermark", {"task_type": "remove-watermark"}, 400, "video_url", name="watermark-no-video"),
]


@pytest.mark.parametrize(("fields", "status", "text"), REFUSED)
def test_a_bad_create_is_refused(client: Client, fields: dict[str, Any], status: int, text: str) -> None:
    answer = client.create(**{"task_type": STRICT, **fields})
    if answer.status_code == 200:
        client.cancel(answer.json()["data"]["task_id"])
    refused(answer, status, text, f"create with {str(fields)[:200]}")


@pytest.mark.behaviour("task.refusal-leaves-nothing", "task.error-codes", "task.refused-body")
def test_a_refusal_shows_a_failed_task_and_leaves_nothing(world: Client) -> None:
    for row in REFUSED:
        fields: dict[str, Any] = row.values[0]  # type: ignore[assignment]
        about = f"create with {str(fields)[:200]}"
        body = json_of(world.create(**{"task_type": STRICT, **fields}), about, "task.refused-body")
        data = body["data"]
        end = (data["status"], data["task_id"], data["error"]["message"])
        same(end, ("failed", "", body["message"]), f"the task in the answer to a {about}", "task.refused-body")
        same(data["logs"], [body["message"]], f"the log in the answer to a {about}", "task.refused-body")
        same(data["error"]["code"], 10000, f"error.code in the answer to a {about}", "task.error-codes")
        _nothing_left(world)


def _nothing_left(client: Client) -> None:
    totals = client.world()
    same(
        (totals["tasks"], totals["points"]["frozen"]), (0, 0), "tasks and frozen points", "task.refusal-leaves-nothing"
    )


@pytest.mark.behaviour("task.asset-needs-less-restriction", "task.refusal-leaves-nothing")
@pytest.mark.parametrize("task_type", ["seedance-2", "seedance-2-fast", "seedance-2-mini", "seedance-2.5"])
def test_a_strict_type_takes_no_asset(world: Client, task_type: str) -> None:
    asset_id = world.active()
    answer = world.create(task_type, image_urls=[f"asset://{asset_id}"])
    refused(answer, 422, "asset://", f"an asset on {task_type}", "task.asset-needs-less-restriction")
    _nothing_left(world)


@pytest.mark.behaviour("task.asset-needs-less-restriction")
@pytest.mark.parametrize("task_type", ["seedance-2", "seedance-2-fast", "seedance-2-mini", "seedance-2.5"])
def test_its_less_restricted_sibling_takes_it(world: Client, task_type: str) -> None:
    asset_id = world.active()
    answer = world.create(f"{task_type}-less-restriction", image_urls=[f"asset://{asset_id}"])
    same(answer.status_code, 200, f"status of an asset on {task_type}-less-restriction")


@pytest.mark.behaviour("task.asset-not-active", "task.refusal-leaves-nothing")
def test_an_asset_must_be_active(world: Client) -> None:
    for asset_id, status in ((world.uploaded(), "Processing"), (world.failed(), "Failed")):
        balances = world.world()["points"]
        answer = world.create(LESS, image_urls=[f"asset://{asset_id}"])
        refused(answer, 400, f"{asset_id} is not Active (status: {status})", f"use of an asset that is {status}")
        same(world.world()["points"], balances, "points afterwards")
    _nothing_left(world)


@pytest.mark.behaviour("task.asset-missing")
def test_an_asset_that_is_not_there_is_not_found(world: Client) -> None:
    foreign, deleted = world.of_other_key().active(), world.active()
    world.delete(deleted)
    for asset_id in (foreign, deleted):
        answer = world.create(LESS, image_urls=[f"asset://{asset_id}"])
        refused(answer, 400, f"The specified asset {asset_id} is not found.", "use of an asset that is not there")
    purged = world.active()
    world.advance("15d")
    answer = world.create(LESS, image_urls=[f"asset://{purged}"])
    refused(answer, 400, f"The specified asset {purged} is not found.", "use of a purged asset")


ARRAYS = {"image_urls": "an image", "video_urls": "a video", "audio_urls": "an audio"}
FILES = {"image_urls": PICTURE, "video_urls": VIDEO, "audio_urls": SOUND}


@pytest.mark.behaviour("task.asset-wrong-type")
@pytest.mark.parametrize("field", ARRAYS)
@pytest.mark.parametrize("source", FILES)
def test_an_asset_stands_in_the_array_of_its_kind(world: Client, field: str, source: str) -> None:
    asset_id = world.active(FILES[source])
    fields: dict[str, Any] = {"image_urls": [PICTURE]} if field == "audio_urls" else {}
    answer = world.create(LESS, **{**fields, field: [f"asset://{asset_id}"]})
    if field == source:
        same(answer.status_code, 200, f"status of {source} in {field}")
    else:
        refused(answer, 400, f"the specified asset is not {ARRAYS[field]}", f"an asset of {source} in {field}")


@pytest.mark.behaviour("task.refusal-leaves-nothing")
def test_a_refused_create_refreshes_no_asset(world: Client) -> None:
    asset_id = world.active()
    world.advance("5d")
    world.patch(points=0)
    refused(world.create(LESS, image_urls=[f"asset://{asset_id}"]), 402, "insufficient", "a create without points")
    world.advance("10d")
    same(world.world()["assets"], 0, "assets after 15 days without use")


@pytest.mark.behaviour("task.concurrency", "task.retry-after", "task.refusal-leaves-nothing")
def test_too_many_tasks_are_refused(world: Client) -> None:
    first = world.created()["task_id"]
    world.advance(1)
    world.created()
    answer = world.create()
    refused(answer, 429, "active task count 2 has reached the plan limit", "the third create", "task.concurrency")
    same(answer.headers.get("retry-after"), None, "a Retry-After header", "task.retry-after")
    world.control("POST", f"tasks/{first}/complete")
    same(world.create().status_code, 200, "status with one task ended", "task.concurrency")


ORDER: list[tuple[dict[str, Any], str]] = [
    ({"model": "kling"}, "unknown model"),
    ({"task_type": "seedance-3"}, "unknown task_type"),
    ({"draft_task_id": GONE}, "draft_task_id"),
    ({"task_type": "seedance-2.5"}, "asset://"),
    ({"prompt": ""}, "prompt is required"),
    ({"duration": 99}, "duration"),
    ({"aspect_ratio": "2:1"}, "aspect_ratio"),
    ({"image_urls": [f"asset://{GONE}"]}, "is not found"),
    ({"video_urls": ["https://cdn.example/fs-length-16s.mp4"]}, "15.4"),
]
"""Reasons to refuse a create, in the order in which they are answered; concurrency and credits come after them."""


@pytest.mark.behaviour("task.check-order")
def test_of_several_reasons_the_first_is_answered(world: Client) -> None:
    world.patch(points=0, concurrency=0)
    for position in range(len(ORDER)):
        fields: dict[str, Any] = {"task_type": "seedance-2.5-less-restriction"}
        for reason, _ in reversed(ORDER[position:]):
            fields |= reason
        answer = world.create(**fields)
        status = 422 if ORDER[position][1] == "asset://" else 400
        refused(answer, status, ORDER[position][1], f"a create that is wrong from {ORDER[position][1]!r} on")
    refused(world.create(), 429, "active task count", "a create with neither place nor points")
    world.patch(concurrency=1)
    refused(world.create(), 402, "insufficient credits", "a create without points")
