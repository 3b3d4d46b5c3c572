"""Creates that are accepted: types, modes, defaults, and what is kept of the request."""

import re
from typing import Any

import pytest

from ..harness.assertions import case, contains, holds, json_of, same
from ..harness.client import CHEAP, CHEAP_POINTS, LESS, PICTURE, STRICT, Client
from ..harness.instants import FINE, ZERO, nanoseconds
from ..harness.prices import PERIOD_OF, TYPES, offered, price

VIDEO, SOUND = "https://cdn.example/clip.mp4", "https://cdn.example/voice.mp3"
FIELDS = {"task_id", "model", "task_type", "status", "config", "input", "output", "meta", "detail", "logs", "error"}
UUID4 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
NO_ERROR = {"code": 0, "raw_message": "", "message": "", "detail": None}


@pytest.mark.behaviour("task.envelope", "task.create", "task.fields", "task.id-format", "task.time-format")
@pytest.mark.behaviour("task.status-lower-case", "output.only-at-the-end")
@pytest.mark.costs(CHEAP_POINTS)
def test_a_create_answers_with_the_whole_task(client: Client) -> None:
    answer = client.create(**CHEAP)
    same(answer.status_code, 200, "status of a create", "task.envelope")
    body = json_of(answer, "a create", "task.envelope")
    same((set(body), body["code"], body["message"]), ({"code", "data", "message"}, 200, "success"), "the envelope")
    task = body["data"]
    same(set(task), FIELDS, "fields of a task", "task.fields")
    same(task["status"], "pending", "status of a fresh task", "task.create", "task.status-lower-case")
    holds(
        UUID4.fullmatch(task["task_id"]), "form of a task id", "a UUID of version 4", task["task_id"], "task.id-format"
    )
    same((task["model"], task["task_type"]), ("seedance", CHEAP["task_type"]), "model and type", "task.fields")
    same((task["output"], task["detail"], task["error"]), (None, None, NO_ERROR), "what has not come yet")
    meta = task["meta"]
    same((meta["started_at"], meta["ended_at"]), (ZERO, ZERO), "times that have not come", "task.time-format")
    holds(FINE.fullmatch(meta["created_at"]), "form of created_at", "RFC 3339", meta["created_at"], "task.time-format")


@pytest.mark.behaviour("task.get-envelope", "task.fields")
def test_a_get_shows_the_same_task(world: Client) -> None:
    created = world.created()
    answer = world.call("GET", f"/api/v1/task/{created['task_id']}")
    body = json_of(answer, "a get", "task.get-envelope")
    same(set(body), {"timestamp", "code", "data", "message"}, "fields of the envelope", "task.get-envelope")
    envelope = (body["timestamp"], body["code"], body["message"])
    same(envelope, (1780846883, 200, "success"), "the envelope", "task.get-envelope")
    same(body["data"], created, "the task a get shows", "task.fields")


@pytest.mark.behaviour("task.unknown")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_task_that_is_not_there_is_not_found(world: Client, method: str) -> None:
    foreign = world.of_other_key().created()["task_id"]
    for task_id in ("07ed43de-465d-43b1-b62c-44249b14d818", foreign, "nonsense"):
        answer = world.call(method, f"/api/v1/task/{task_id}")
        body = json_of(answer, f"{method} of a task that is not there")
        same((answer.status_code, body["code"], body["message"]), (404, 404, "task not found"), "the refusal")


@pytest.mark.behaviour("task.time-format")
def test_times_of_a_task_have_their_forms(world: Client) -> None:
    world.advance(0.123456789)
    meta = world.finished()["meta"]
    same(meta["created_at"], "2026-06-07T15:41:23.123456789Z", "created_at")
    for name in ("started_at", "ended_at"):
        holds(FINE.fullmatch(meta[name]) and "." in meta[name], f"form of {name}", "a time with a fraction", meta[name])
    instants = [nanoseconds(meta[name]) for name in ("created_at", "started_at", "ended_at")]
    same(instants, sorted(instants), "the order of the times")


@pytest.mark.behaviour("task.types")
@pytest.mark.parametrize("profile", PERIOD_OF)
def test_a_profile_offers_what_its_period_sold(world: Client, profile: str) -> None:
    world.patch(profile=profile, concurrency=1000)
    sold = {name for name, _ in offered(profile)}
    for name in TYPES:
        answer = world.create(name, resolution="720p")
        same(answer.status_code, 200 if name in sold else 400, f"status of {name} in {profile}")


@pytest.mark.behaviour("task.resolution-rule")
@pytest.mark.parametrize("profile", PERIOD_OF)
def test_a_resolution_without_a_price_is_refused(world: Client, profile: str) -> None:
    world.patch(profile=profile, concurrency=1000)
    sold = offered(profile)
    for name in {name for name, _ in sold}:
        for resolution in ("480p", "720p", "1080p"):
            expected = 200 if (name, resolution) in sold else 400
            answer = world.create(name, resolution=resolution)
            same(answer.status_code, expected, f"status of {name} at {resolution} in {profile}")


REDIRECTED = {
    "seedance-2-preview": "seedance-2",
    "seedance-2-preview-vip": "seedance-2",
    "seedance-2-fast-preview": "seedance-2-fast",
    "seedance-2-fast-preview-vip": "seedance-2-fast",
}


@pytest.mark.behaviour("task.preview-redirect")
@pytest.mark.parametrize("old", REDIRECTED)
def test_preview_names_run_as_their_successors(world: Client, old: str) -> None:
    task = world.created(old)
    same(task["task_type"], REDIRECTED[old], "the type that runs")
    same(task["meta"]["usage"]["frozen"], price(REDIRECTED[old], "480p", 5), "its price")


@pytest.mark.behaviour("task.remove-watermark")
def test_remove_watermark_needs_a_video_only(world: Client) -> None:
    answer = world.call(
        "POST",
        "/api/v1/task",
        json={
            "model": "seedance",
            "task_type": "remove-watermark",
            "input": {"video_url": "https://cdn.example/a.mp4"},
        },
    )
    same(answer.status_code, 200, "status")
    world.advance("1m")
    video = world.task(answer.json()["data"]["task_id"])["output"]["video"]
    holds(video.endswith(".mp4"), "its result", "a URL of a video", video)


MODES = [
    ({}, "text_to_video"),
    ({"image_urls": [PICTURE]}, "first_last_frames"),
    ({"image_urls": [PICTURE] * 2}, "first_last_frames"),
    ({"image_urls": [PICTURE] * 3}, "omni_reference"),
    ({"video_urls": [VIDEO]}, "omni_reference"),
    ({"image_urls": [PICTURE], "audio_urls": [SOUND]}, "omni_reference"),
]


@pytest.mark.behaviour("task.mode-inferred", "task.log-mode")
@pytest.mark.parametrize(("fields", "mode"), MODES)
def test_the_mode_is_read_off_the_references(world: Client, fields: dict[str, Any], mode: str) -> None:
    counts = [len(fields.get(f"{kind}_urls", ())) for kind in ("image", "video", "audio")]
    entry = "mode auto-detected: {} (images={}, videos={}, audios={})".format(mode, *counts)
    contains(world.finished(**fields)["logs"], entry, "the log")


RESOLVED = "aspect ratio resolved to {} from first image"
TALL, SQUARE = "https://cdn.example/fs-size-1080x1920.jpg", "https://cdn.example/fs-size-1000x1000.jpg"


@pytest.mark.parametrize(
    ("task_type", "fields", "ratio"),
    [
        case("task.log-ratio", STRICT, {"image_urls": [SQUARE]}, "1:1", name="frame"),
        case("task.log-ratio", STRICT, {"image_urls": [TALL, SQUARE], "aspect_ratio": "4:3"}, "9:16", name="frames"),
        case("task.log-ratio", "seedance-2.5", {"image_urls": [TALL] * 3}, "9:16", name="pictures-on-2.5"),
        case("task.log-ratio", STRICT, {"image_urls": [SQUARE] * 3}, "", name="omni"),
        case("task.log-ratio", STRICT, {"image_urls": [PICTURE]}, "", name="size-not-known"),
        case("task.log-ratio", STRICT, {"aspect_ratio": "1:1"}, "", name="no-image"),
    ],
)
def test_a_ratio_that_the_first_image_decides_is_logged(
    world: Client, task_type: str, fields: dict[str, Any], ratio: str
) -> None:
    logs = world.finished(task_type, **fields)["logs"]
    expected = [RESOLVED.format(ratio)] if ratio else []
    same([entry for entry in logs if entry.startswith("aspect ratio")], expected, "lines about the ratio")


@pytest.mark.behaviour("task.log-mode", "task.mode-rule")
@pytest.mark.parametrize("mode", ["text_to_video", "first_last_frames", "omni_reference"])
def test_a_named_mode_is_not_logged(world: Client, mode: str) -> None:
    fields: dict[str, Any] = {} if mode == "text_to_video" else {"image_urls": [PICTURE]}
    logs = world.finished(mode=mode, **fields)["logs"]
    same([entry for entry in logs if entry.startswith("mode auto-detected")], [], "lines about the mode")


MINI = {"task_type": "seedance-2-mini", "resolution": "720p"}
LIMITS = [
    case("task.prompt-length", {"prompt": "é" * 4000}, name="prompt-4000"),
    case("task.reference-images", {"image_urls": [PICTURE] * 9}, name="9-images"),
    case("task.reference-videos", {"video_urls": [VIDEO] * 3}, name="3-videos"),
    case("task.reference-audios", {"audio_urls": [SOUND] * 3, "image_urls": [PICTURE]}, name="3-sounds"),
    case(
        "task.reference-total",
        {"image_urls": [PICTURE] * 9, "video_urls": [VIDEO], "audio_urls": [SOUND] * 2},
        name="12-references",
    ),
    case("task.frames-mode-images", {"mode": "first_last_frames", "image_urls": [PICTURE] * 2}, name="2-frames"),
    case("task.duration-range", {"duration": 4}, name="4s"),
    case("task.duration-range", {"duration": 15, "task_type": LESS}, name="15s"),
    case("task.duration-range-25", {"duration": 4, "task_type": "seedance-2.5"}, name="2.5-4s"),
    case("task.duration-range-25", {"duration": 30, "task_type": "seedance-2.5-less-restriction"}, name="2.5-30s"),
    *(case("task.ratio-rule", {"aspect_ratio": ratio}) for ratio in ("21:9", "16:9", "4:3", "1:1", "3:4", "9:16")),
    case("task.ratio-auto", {"aspect_ratio": "auto", "image_urls": [PICTURE]}, name="auto-with-a-frame"),
    case(
        "task.ratio-auto",
        {"aspect_ratio": "auto", "image_urls": [PICTURE], "task_type": "seedance-2.5"},
        name="auto-with-a-frame-on-2.5",
    ),
    case("task.ratio-rule", {"aspect_ratio": "16:10", "image_urls": [PICTURE] * 2}, name="any-ratio-with-frames"),
    case("task.data-uri", {"image_urls": ["data:image/png;base64,AAAA"]}, name="data-uri"),
    case("task.reference-suffix", {"video_urls": ["https://cdn.example/a.MOV?x=1"]}, name="mov"),
    case("task.reference-suffix", {"image_urls": ["https://cdn.example/a"]}, name="picture-without-suffix"),
    case("task.reference-video-seconds", {"video_urls": ["https://cdn.example/fs-length-15.4s.mp4"]}, name="15.4s"),
    case(
        "task.reference-audio-seconds",
        {"audio_urls": ["https://cdn.example/fs-length-15s.mp3"] * 2, "image_urls": [PICTURE]},
        name="two-sounds-of-15s",
    ),
    *(
        case(
            "auto-upload.retention-range",
            {"task_type": LESS, "auto_upload_assets": True, "image_urls": [PICTURE], "asset_retention_hours": hours},
            name=f"retention-{hours}",
        )
        for hours in (3, 8)
    ),
    *(
        case("auto-upload.retention-range", {"image_urls": [PICTURE], "asset_retention_hours": hours})
        for hours in (2, "nine")
    ),
]


@pytest.mark.parametrize("fields", LIMITS)
def test_what_lies_on_the_edge_is_taken(world: Client, fields: dict[str, Any]) -> None:
    answer = world.create(**{"task_type": STRICT, **fields})
    same(answer.status_code, 200, f"status of a create with {str(fields)[:200]}")


@pytest.mark.parametrize(
    ("profile", "fields", "status"),
    [
        case("task.reference-total", "live-2026-08", {"image_urls": [PICTURE] * 9, "audio_urls": [SOUND]}, 400),
        case("task.reference-total", "live-2026-08", {"image_urls": [PICTURE] * 8, "audio_urls": [SOUND]}, 200),
        case("task.reference-videos", "legacy-lr", {"video_urls": [VIDEO] * 2}, 400),
        case("task.reference-videos", "legacy-lr", {"video_urls": [VIDEO]}, 200),
        *(case("task.ratio-default", name, {"aspect_ratio": "16:10"}, 200) for name in ("docs-2026-06", "legacy-lr")),
        *(case("task.ratio-default", name, {"aspect_ratio": "16:10"}, 400) for name in ("current", "live-2026-08")),
        case("task.ratio-default", "docs-2026-06", {"aspect_ratio": "auto"}, 200),
        case("task.mini-pictures-only", "docs-2026-06", {**MINI, "video_urls": [VIDEO]}, 400),
        case("task.mini-pictures-only", "docs-2026-06", {**MINI, "audio_urls": [SOUND], "image_urls": [PICTURE]}, 400),
        case("task.mini-pictures-only", "docs-2026-06", {**MINI, "image_urls": [PICTURE] * 3}, 200),
        case("task.mini-pictures-only", "current", {**MINI, "video_urls": [VIDEO]}, 200),
    ],
)
def test_limits_that_drifted(world: Client, profile: str, fields: dict[str, Any], status: int) -> None:
    world.patch(profile=profile)
    same(world.create(**fields).status_code, status, f"status in {profile}")


@pytest.mark.behaviour("task.legacy-duration-fallback", "task.duration-fallback-log")
@pytest.mark.parametrize(("duration", "runs"), [(5, 5), (10, 10), (15, 15), (7, 5), (0, 5), (99, 5)])
def test_the_first_less_restricted_release_fell_back_to_5_s(world: Client, duration: int, runs: int) -> None:
    world.patch(profile="legacy-lr")
    task = world.created(LESS, duration=duration)
    points = price(LESS, "480p", runs, profile="legacy-lr")
    same(task["meta"]["usage"]["frozen"], points, "points", "task.legacy-duration-fallback")
    same(task["input"]["duration"], duration, "the stored duration", "task.legacy-duration-fallback")
    world.advance("1m")
    logged = "invalid duration, use '5' as default" in world.task(task["task_id"])["logs"]
    same(logged, duration not in (5, 10, 15), "the line in the log", "task.duration-fallback-log")
    same(world.create(STRICT, duration=7).status_code, 200, "a strict type keeps its range")


@pytest.mark.behaviour("task.prompt-labels")
@pytest.mark.parametrize(
    ("prompt", "stored"),
    [
        ("@image1 walks to @Image2", "Image 1 walks to Image 2"),
        ("as in @video1 with @AUDIO1", "as in Video 1 with Audio 1"),
        ("Image 1 and me@image.example", "Image 1 and me@image.example"),
    ],
)
def test_labels_are_stored_in_plain_words(world: Client, prompt: str, stored: str) -> None:
    task = world.created(prompt=prompt, image_urls=[PICTURE] * 2)
    same(task["input"]["prompt"], stored, "the stored prompt")


@pytest.mark.parametrize(
    ("fields", "config"),
    [
        case("task.unknown-input-fields", {"seed": 7, "negative_prompt": "fog", "extra": {"a": [1]}}, None),
        case("task.service-mode", {}, {"service_mode": "private"}),
        case("task.service-mode", {}, None),
    ],
)
def test_what_changes_nothing_is_kept(world: Client, fields: dict[str, Any], config: dict[str, Any] | None) -> None:
    plain, task = world.created(), world.created(config=config, **fields)
    same(task["input"], {"prompt": "a corgi", **fields}, "the stored input")
    same(task["config"]["service_mode"], (config or {}).get("service_mode", ""), "service_mode")
    same(task["meta"], plain["meta"], "points and times against a plain task")
    same(task["meta"]["is_using_private_pool"], False, "is_using_private_pool")


@pytest.mark.behaviour("task.config-echo")
@pytest.mark.parametrize(
    ("config", "values"),
    [
        (None, ("", "", "")),
        ({"service_mode": "public"}, ("public", "", "")),
        ({"webhook_config": {"endpoint": "https://hook.example/a"}}, ("", "https://hook.example/a", "")),
        ({"webhook_config": {"endpoint": "", "secret": "s3cret"}}, ("", "", "s3cret")),
    ],
)
def test_the_config_is_shown_with_every_field(world: Client, config: object, values: tuple[str, str, str]) -> None:
    mode, endpoint, secret = values
    expected = {"service_mode": mode, "webhook_config": {"endpoint": endpoint, "secret": secret}}
    task = world.created(config=config)
    same(
        (task["config"], world.task(task["task_id"])["config"]), (expected, expected), "config after create and in get"
    )


@pytest.mark.behaviour("task.asset-reference", "task.reference-order")
@pytest.mark.parametrize("fields", [{}, {"mode": "omni_reference"}])
@pytest.mark.parametrize("task_type", [LESS, "seedance-2-fast-less-restriction", "seedance-2.5-less-restriction"])
def test_assets_and_raw_urls_stand_side_by_side(world: Client, task_type: str, fields: dict[str, Any]) -> None:
    named = {
        "image_urls": [PICTURE, f"asset://{world.active()}", "https://cdn.example/b.png"],
        "video_urls": [f"asset://{world.active(VIDEO)}"],
        "audio_urls": [SOUND, f"asset://{world.active(SOUND)}"],
    }
    task = world.finished(task_type, **named, **fields)
    same(task["status"], "completed", "the end of the task", "task.asset-reference")
    same({kind: task["input"][kind] for kind in named}, named, "the stored references", "task.reference-order")


@pytest.mark.behaviour("task.no-idempotency-key")
def test_the_same_body_twice_bills_two_tasks(world: Client) -> None:
    first, second = world.created(), world.created()
    holds(first["task_id"] != second["task_id"], "ids of two equal creates", "two ids", first["task_id"])
    same(world.points()["frozen"], 2 * price(STRICT, "480p", 5), "frozen points")


@pytest.mark.behaviour("auto-upload.only-inside-input")
def test_auto_upload_beside_the_input_is_ignored(world: Client) -> None:
    body = {"model": "seedance", "task_type": STRICT, "input": {"prompt": "a", "image_urls": [PICTURE]}}
    answer = world.call("POST", "/api/v1/task", json={**body, "auto_upload_assets": True})
    same(answer.status_code, 200, "status")
    world.advance("1m")
    same(world.task(answer.json()["data"]["task_id"])["input"]["image_urls"], [PICTURE], "the stored references")
