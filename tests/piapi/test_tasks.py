"""Tasks: what is created, what is refused, how they end and what they cost."""

from collections.abc import Callable
from typing import Any

import pytest

from fakeseed.model.task import CONTENT_MESSAGE, COPYRIGHT_LINE, INTERNAL_MESSAGE, REFUND_LINE, RETRY_LINE
from fakeseed.model.task_types import PRICES, RATIOS, SIZES, TASK_TYPES, offered
from tests.conftest import Api
from tests.support.prices import PLAIN, rate

pytestmark = pytest.mark.anyio
PNG, MP4, MP3 = "https://cdn.example/a.png", "https://cdn.example/a.mp4", "https://cdn.example/a.mp3"
LR = "seedance-2-less-restriction"
GENERATING = [name for name, row in TASK_TYPES.items() if row.generates]


async def test_a_created_task_has_the_documented_shape(api: Api) -> None:
    answer = await api.create("seedance-2", duration=5, aspect_ratio="16:9", resolution="480p", foo={"bar": [1]})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["code"], body["message"]) == (200, "success")
    data = body["data"]
    assert list(data) == [
        *("task_id", "model", "task_type", "status", "config", "input"),
        *("output", "meta", "detail", "logs", "error"),
    ]
    assert (data["model"], data["task_type"], data["status"]) == ("seedance", "seedance-2", "pending")
    assert data["config"] == {"service_mode": "", "webhook_config": {"endpoint": "", "secret": ""}}
    assert data["input"]["foo"] == {"bar": [1]}
    assert (data["output"], data["detail"], data["logs"]) == (None, None, [])
    assert data["error"] == {"code": 0, "raw_message": "", "message": "", "detail": None}
    assert data["meta"] == {
        "created_at": "2026-06-07T15:41:23Z",
        "started_at": "0001-01-01T00:00:00Z",
        "ended_at": "0001-01-01T00:00:00Z",
        "usage": {"type": "point", "frozen": PLAIN, "consume": 0},
        "is_using_private_pool": False,
    }


async def test_a_task_runs_to_its_end(api: Api) -> None:
    task_id = await api.created()
    statuses = []
    for _ in range(3):
        data = await api.task(task_id)
        statuses.append(data["status"])
        assert (data["output"] is not None) == (data["status"] == "completed")
        await api.control("POST", "clock/advance", {"to": "next"})
    assert statuses == ["pending", "processing", "completed"]
    data = await api.task(task_id)
    assert data["output"].keys() == {"video"}
    assert data["meta"]["usage"] == {"type": "point", "frozen": 0, "consume": PLAIN}
    assert data["meta"]["started_at"] < data["meta"]["ended_at"]
    assert data["logs"] == [
        "mode auto-detected: text_to_video (images=0, videos=0, audios=0)",
        "audio: enabled=true",
    ]


async def test_a_get_carries_envelope_and_timestamp(api: Api) -> None:
    answer = await api.http.get(f"/api/v1/task/{await api.created()}")
    body = answer.json()
    assert body.keys() == {"timestamp", "code", "data", "message"}
    assert (body["timestamp"], body["code"]) == (1780846883, 200)
    assert answer.headers["date"] == "Sun, 07 Jun 2026 15:41:23 GMT"


# -- refusals ---------------------------------------------------------------------------------------------------------

REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("unknown type", "seedance-3", {}, 400, "unknown task_type 'seedance-3'; did you mean"),
    ("no prompt", "seedance-2", {"prompt": None}, 400, "prompt is required"),
    ("blank prompt", "seedance-2", {"prompt": "  "}, 400, "prompt is required"),
    ("long prompt", "seedance-2", {"prompt": "x" * 4001}, 400, "4001 characters"),
    ("prompt of another type", "seedance-2", {"prompt": 5}, 400, "at `$.input.prompt`"),
    ("unknown mode", "seedance-2", {"mode": "omni"}, 400, "did you mean 'omni_reference'"),
    ("text with picture", "seedance-2", {"mode": "text_to_video", "image_urls": [PNG]}, 400, "takes no reference"),
    ("frames without", "seedance-2", {"mode": "first_last_frames"}, 400, "needs 1 or 2 image_urls, got 0"),
    ("three frames", "seedance-2", {"mode": "first_last_frames", "image_urls": [PNG] * 3}, 400, "got 3"),
    (
        "frames and video",
        "seedance-2",
        {"mode": "first_last_frames", "image_urls": [PNG], "video_urls": [MP4]},
        400,
        "images only",
    ),
    ("omni without", "seedance-2", {"mode": "omni_reference"}, 400, "at least one reference"),
    ("audio alone", "seedance-2", {"audio_urls": [MP3]}, 400, "image or video reference beside"),
    ("ten pictures", "seedance-2", {"image_urls": [PNG] * 10}, 400, "too many image_urls: 10, the limit is 9"),
    ("four videos", "seedance-2", {"video_urls": [MP4] * 4}, 400, "too many video_urls"),
    ("four audios", "seedance-2", {"image_urls": [PNG], "audio_urls": [MP3] * 4}, 400, "too many audio_urls"),
    (
        "thirteen in all",
        "seedance-2",
        {"image_urls": [PNG] * 9, "video_urls": [MP4], "audio_urls": [MP3] * 3},
        400,
        "too many references: 13, the limit is 12",
    ),
    ("short", "seedance-2", {"duration": 3}, 400, "from 4 to 15"),
    ("long", "seedance-2", {"duration": 16}, 400, "from 4 to 15"),
    ("zero", LR, {"duration": 0}, 400, "from 4 to 15"),
    ("2.5 too long", "seedance-2.5", {"duration": 31}, 400, "from 4 to 30"),
    ("half seconds", "seedance-2", {"duration": 5.5}, 400, "at `$.input.duration`"),
    ("huge duration", "seedance-2", {"duration": 10**300}, 400, "duration"),
    ("odd ratio", "seedance-2", {"aspect_ratio": "2:1"}, 400, "aspect_ratio must be one of"),
    ("auto without frames", "seedance-2", {"aspect_ratio": "auto"}, 400, "auto is only allowed"),
    ("1080p fast", "seedance-2-fast", {"resolution": "1080p"}, 400, "must be one of 480p, 720p"),
    ("odd resolution", "seedance-2", {"resolution": "4k"}, 400, "resolution of seedance-2"),
    ("strict asset", "seedance-2", {"image_urls": ["asset://asset-1"]}, 422, "use seedance-2-less-restriction"),
    ("strict asset on 2.5", "seedance-2.5", {"image_urls": ["asset://asset-1"]}, 422, "not supported by seedance-2.5"),
    ("strict auto-upload", "seedance-2-fast", {"image_urls": [PNG], "auto_upload_assets": True}, 400, "auto_upload"),
    ("no such asset", LR, {"image_urls": ["asset://asset-9"]}, 400, "The specified asset asset-9 is not found."),
    ("empty asset", LR, {"image_urls": ["asset://"]}, 400, "is not found."),
    ("file url", "seedance-2", {"image_urls": ["file:///etc/passwd"]}, 400, "InvalidParameter.URL: image_urls[0]"),
    ("empty url", "seedance-2", {"image_urls": [PNG, ""]}, 400, "image_urls[1]"),
    ("video suffix", "seedance-2", {"video_urls": ["https://x.example/a.webm"]}, 400, ".mp4 or .mov; got .webm"),
    (
        "audio suffix",
        "seedance-2",
        {"image_urls": [PNG], "audio_urls": ["https://x.example/a"]},
        400,
        "audio_urls[0] must end in .mp3 or .wav; got no suffix",
    ),
    (
        "data uri with auto-upload",
        LR,
        {"image_urls": ["data:image/png;base64,AA"], "auto_upload_assets": True},
        400,
        "InvalidParameter.URL",
    ),
    ("retention 2", LR, {"image_urls": [PNG], "auto_upload_assets": True, "asset_retention_hours": 2}, 400, "3 to 8"),
    ("retention 9", LR, {"image_urls": [PNG], "auto_upload_assets": True, "asset_retention_hours": 9}, 400, "3 to 8"),
    ("retention x", LR, {"image_urls": [PNG], "auto_upload_assets": True, "asset_retention_hours": "3"}, 400, "3 to 8"),
    ("long videos", "seedance-2", {"video_urls": [MP4.replace("a.", "fs-length-15.5s.")]}, 400, "15.5 s together"),
    ("no video", "remove-watermark", {}, 400, "video_url is required"),
]


@pytest.mark.parametrize(
    ("task_type", "fields", "status", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
async def test_a_bad_task_is_refused_and_leaves_nothing(
    api: Api, task_type: str, fields: dict[str, Any], status: int, text: str
) -> None:
    balance = await api.points()
    answer = await api.create(task_type, **fields)
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert body["code"] == status
    assert text in body["message"]
    assert body["data"]["task_id"] == ""
    assert body["data"]["status"] == "failed"
    assert (body["data"]["error"]["code"], body["data"]["error"]["message"]) == (10000, body["message"])
    assert await api.points() == balance
    assert (await api.control("GET", "world"))["tasks"] == 0


async def test_remove_watermark_takes_no_references(api: Api) -> None:
    data = await api.finished("remove-watermark", video_url=MP4, image_urls=[PNG] * 30, auto_upload_assets=True)
    assert data["status"] == "completed"
    assert data["input"]["image_urls"] == [PNG] * 30
    assert (await api.control("GET", "world"))["assets"] == 0


async def test_another_model_is_refused(api: Api) -> None:
    assert "unknown model 'kling'" in (await api.create(model="kling")).json()["message"]


async def test_at_the_limit_everything_is_taken(api: Api) -> None:
    fields: dict[str, Any] = {"image_urls": [PNG] * 9, "video_urls": [MP4], "audio_urls": [MP3] * 2}
    assert (await api.create("seedance-2", prompt="x" * 4000, duration=15, **fields)).status_code == 200
    assert (await api.create("seedance-2.5", duration=30)).status_code == 200


@pytest.mark.parametrize(
    ("profile", "fields", "status"),
    [
        ("live-2026-08", {"image_urls": [PNG] * 9, "audio_urls": [MP3]}, 400),
        ("current", {"image_urls": [PNG] * 9, "audio_urls": [MP3]}, 200),
        ("legacy-lr", {"video_urls": [MP4] * 2}, 400),
        ("docs-2026-06", {"video_urls": [MP4] * 2}, 200),
    ],
)
async def test_what_sources_disagree_on_is_a_value_of_the_profile(
    emulate: Callable[..., Api], profile: str, fields: dict[str, Any], status: int
) -> None:
    assert (await emulate(profile=profile).create("seedance-2", **fields)).status_code == status


async def test_types_of_a_period_are_those_it_has_a_price_for(emulate: Callable[..., Api]) -> None:
    api = emulate(profile="docs-2026-06")
    assert "unknown task_type" in (await api.create("seedance-2.5")).json()["message"]
    assert (await api.create("seedance-2-mini", resolution="480p")).status_code == 400
    assert (await api.create("seedance-2-mini")).status_code == 200


async def test_the_old_fallback_of_less_restriction_durations(emulate: Callable[..., Api]) -> None:
    api = emulate(profile="legacy-lr")
    data = await api.finished(LR, duration=0)
    assert data["status"] == "completed"
    assert "invalid duration, use '5' as default" in data["logs"]
    assert data["meta"]["usage"]["consume"] == 5 * rate(LR, profile="legacy-lr")
    assert (await api.create("seedance-2", duration=0)).status_code == 400


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("seedance-2-preview", "seedance-2"),
        ("seedance-2-preview-vip", "seedance-2"),
        ("seedance-2-fast-preview", "seedance-2-fast"),
        ("seedance-2-fast-preview-vip", "seedance-2-fast"),
    ],
)
async def test_preview_names_are_redirected(api: Api, old: str, new: str) -> None:
    data = (await api.create(old)).json()["data"]
    assert data["task_type"] == new


async def test_every_offered_type_completes(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=100)
    for name in offered("2026-09"):
        fields = {"video_url": MP4} if name == "remove-watermark" else {}
        assert (await api.finished(name, **fields))["status"] == "completed", name


# -- modes, prompt, output --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "mode"),
    [
        ({}, "text_to_video (images=0, videos=0, audios=0)"),
        ({"image_urls": [PNG]}, "first_last_frames (images=1, videos=0, audios=0)"),
        ({"image_urls": [PNG, PNG]}, "first_last_frames (images=2, videos=0, audios=0)"),
        ({"image_urls": [PNG] * 3}, "omni_reference (images=3, videos=0, audios=0)"),
        ({"image_urls": [PNG], "audio_urls": [MP3]}, "omni_reference (images=1, videos=0, audios=1)"),
        ({"video_urls": [MP4]}, "omni_reference (images=0, videos=1, audios=0)"),
    ],
)
async def test_a_mode_that_is_not_said_is_inferred_and_logged(api: Api, fields: dict[str, Any], mode: str) -> None:
    data = await api.finished(**fields)
    assert data["logs"][0] == f"mode auto-detected: {mode}"


async def test_a_mode_that_is_said_is_not_logged(api: Api) -> None:
    data = await api.finished(mode="omni_reference", image_urls=[PNG], audio=False)
    assert data["logs"] == ["audio: enabled=false"]


async def test_labels_of_the_prompt_are_stored_in_plain_words(api: Api) -> None:
    data = (
        await api.create(prompt="@image1 walks like @Video2 to @audio 3, mail@image.example", image_urls=[PNG])
    ).json()
    assert data["data"]["input"]["prompt"] == "Image 1 walks like Video 2 to Audio 3, mail@image.example"


@pytest.mark.parametrize("name", GENERATING)
async def test_every_size_is_the_one_of_type_resolution_and_ratio(emulate: Callable[..., Api], name: str) -> None:
    api = emulate(concurrency=1000)
    for resolution in PRICES["2026-09"][name]:
        for ratio in RATIOS:
            task_id = await api.created(name, resolution=resolution, aspect_ratio=ratio)
            task = await api.stored(task_id)
            assert (task.width, task.height) == SIZES[resolution][ratio]


async def test_frames_decide_the_ratio_where_their_size_is_known(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=100)

    async def size(task_type: str, **fields: Any) -> tuple[int, int]:
        task_id = await api.created(task_type, resolution="480p", **fields)
        task = await api.stored(task_id)
        return task.width, task.height

    tall = "https://cdn.example/fs-size-1080x1920.png"
    upright, wide = SIZES["480p"]["9:16"], SIZES["480p"]["16:9"]
    assert await size("seedance-2", image_urls=[tall], aspect_ratio="16:9") == upright
    assert await size("seedance-2", image_urls=[tall], aspect_ratio="auto") == upright
    assert await size("seedance-2", image_urls=[PNG], aspect_ratio="auto") == wide
    assert await size("seedance-2", image_urls=[tall] * 3, aspect_ratio="16:9") == wide
    assert await size("seedance-2.5", image_urls=[tall] * 3, aspect_ratio="16:9") == upright
    asset = await api.active_asset(tall)
    assert await size(LR, image_urls=[f"asset://{asset}"]) == upright


# -- assets in tasks --------------------------------------------------------------------------------------------------


async def test_an_asset_must_be_active_and_of_the_right_kind(api: Api) -> None:
    asset_id = (await api.upload()).json()["asset_id"]
    answer = await api.create(LR, image_urls=[f"asset://{asset_id}"])
    assert answer.status_code == 400
    assert answer.json()["message"] == f"The specified asset {asset_id} is not Active (status: Processing)"
    await api.advance(3)
    assert (await api.create(LR, video_urls=[f"asset://{asset_id}"])).json()["message"] == (
        "the specified asset is not a video"
    )
    assert (await api.create(LR, image_urls=[f"asset://{asset_id}", PNG])).status_code == 200


async def test_a_failed_a_foreign_and_a_deleted_asset_are_refused(api: Api) -> None:
    failed = (await api.upload("https://cdn.example/fs-fail-content-restricted.png")).json()["asset_id"]
    deleted, foreign = await api.active_asset(), await api.other("other").active_asset()
    await api.call("DELETE", f"/api/v1/asset/{deleted}")
    await api.advance(3)
    for asset_id, text in ((failed, "status: Failed"), (deleted, "is not found"), (foreign, "is not found")):
        answer = await api.create(LR, image_urls=[f"asset://{asset_id}"])
        assert answer.status_code == 400
        assert text in answer.json()["message"]


async def test_deleting_an_asset_does_not_disturb_a_running_task(api: Api) -> None:
    asset_id = await api.active_asset()
    task_id = await api.created(LR, image_urls=[f"asset://{asset_id}"])
    await api.call("DELETE", f"/api/v1/asset/{asset_id}")
    await api.advance("1m")
    assert (await api.task(task_id))["status"] == "completed"


# -- money ------------------------------------------------------------------------------------------------------------


async def test_points_are_frozen_consumed_and_restored(api: Api) -> None:
    start = (await api.points())["available"]
    paid = 10 * rate(resolution="720p")
    good = await api.created(resolution="720p", duration=10)
    bad = await api.created(prompt="fs-internal-error")
    assert await api.points() == {
        "granted": start,
        "available": start - paid - PLAIN,
        "frozen": paid + PLAIN,
        "consumed": 0,
    }
    await api.advance("1m")
    assert await api.points() == {
        "granted": start,
        "available": start - paid,
        "frozen": 0,
        "consumed": paid,
    }
    movements = (await api.control("GET", "ledger"))["movements"]
    assert [(move["kind"], move["points"]) for move in movements if move["task_id"] == good] == [
        ("freeze", paid),
        ("consume", paid),
    ]
    assert [(move["kind"], move["points"]) for move in movements if move["task_id"] == bad] == [
        ("freeze", PLAIN),
        ("restore", PLAIN),
    ]


@pytest.mark.parametrize(
    ("task_type", "points"),
    [
        ("seedance-2-fast", 9_600_000),
        ("seedance-2-mini-less-restriction", 6_900_000),
        ("seedance-2-fast-less-restriction", 10_500_000),
    ],
)
async def test_input_videos_cost_as_they_did_live(emulate: Callable[..., Api], task_type: str, points: int) -> None:
    api = emulate(profile="live-2026-08")
    data = await api.finished(
        task_type,
        resolution="480p",
        duration=10,
        mode="omni_reference",
        video_urls=["https://cdn.example/fs-length-10s.mp4"],
        auto_upload_assets=False,
    )
    assert data["meta"]["usage"]["consume"] == points
    assert "video reference total duration: 10.0s (10s), billing includes input + output duration" in data["logs"]


async def test_a_broke_account_is_refused_and_nothing_is_charged(api: Api) -> None:
    broke = api.other("fs-broke-x")
    answer = await broke.create()
    assert answer.status_code == 402
    assert (answer.json()["data"]["error"]["code"], answer.json()["message"]) == (10002, "insufficient credits")
    assert await broke.points() == {"granted": 0, "available": 0, "frozen": 0, "consumed": 0}


async def test_points_to_the_last_one(api: Api) -> None:
    await api.control("PATCH", "world", {"points": 2 * PLAIN, "concurrency": 10})
    assert [(await api.create()).status_code for _ in range(3)] == [200, 200, 402]
    await api.control("PATCH", "world", {"points": PLAIN})
    assert [(await api.create()).status_code for _ in range(2)] == [200, 402]
    await api.points()


async def test_the_documented_sample_of_usage_is_a_profile(emulate: Callable[..., Api]) -> None:
    api = emulate(profile="docs-2026-06")
    charged = 5 * rate(profile="docs-2026-06")
    assert (await api.create()).json()["data"]["meta"]["usage"] == {"type": "point", "frozen": 0, "consume": charged}
    await api.points()


async def test_concurrency_is_limited_and_frees(api: Api) -> None:
    assert [(await api.create()).status_code for _ in range(2)] == [200, 200]
    refused = await api.create()
    assert refused.status_code == 429
    assert refused.json()["message"] == "active task count 2 has reached the plan limit"
    assert "retry-after" not in refused.headers
    await api.advance("1m")
    assert (await api.create()).status_code == 200


# -- content, faults, control words ----------------------------------------------------------------------------------


async def test_a_strict_type_retries_a_refusal_once(api: Api) -> None:
    data = await api.finished(prompt="fs-refuse-copyright")
    assert data["status"] == "failed"
    assert data["error"] == {"code": 10003, "raw_message": "", "message": CONTENT_MESSAGE, "detail": None}
    assert data["logs"][1:] == ["audio: enabled=true", COPYRIGHT_LINE, RETRY_LINE, COPYRIGHT_LINE, REFUND_LINE]
    assert data["meta"]["usage"] == {"type": "llm", "frozen": 0, "consume": 0}
    assert data["output"] is None


async def test_on_a_less_restriction_type_a_refusal_is_final(api: Api) -> None:
    data = await api.finished(LR, prompt="fs-refuse-copyright")
    assert data["logs"][1:] == ["audio: enabled=true", COPYRIGHT_LINE, REFUND_LINE]


async def test_a_refusal_once(api: Api) -> None:
    assert (await api.finished(prompt="fs-refuse-once"))["status"] == "completed"
    assert (await api.finished(LR, prompt="fs-refuse-once"))["status"] == "failed"


async def test_internal_errors_and_upstream_faults(api: Api) -> None:
    data = await api.finished(prompt="a corgi fs-internal-error!")
    assert (data["error"]["code"], data["error"]["message"]) == (10000, INTERNAL_MESSAGE)
    data = await api.finished(LR, prompt="fs-upstream-503")
    assert data["status"] == "completed"
    assert data["logs"][-2:] == ["internal server error status code: 503", "Attempt 1 failed, retrying."]


async def test_a_real_person_is_refused_unless_vetted_as_an_asset(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=100)
    face = "https://cdn.example/fs-face.png"
    for name in ("seedance-2", LR):
        data = await api.finished(name, image_urls=[face])
        assert data["status"] == "failed"
        assert any("may contain a real person" in entry for entry in data["logs"])
    asset = await api.active_asset(face)
    assert (await api.finished(LR, image_urls=[f"asset://{asset}"]))["status"] == "completed"
    assert (await api.finished(LR, image_urls=[face], auto_upload_assets=True))["status"] == "completed"


async def test_slow_stuck_and_timed_tasks(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=100)
    slow, stuck = await api.created(prompt="fs-slow-task"), await api.created(prompt="fs-stuck-task")
    timed = await api.created(prompt="fs-takes-90s")
    await api.advance(90)
    assert (await api.task(timed))["status"] == "processing"
    await api.advance(1)
    assert (await api.task(timed))["status"] == "completed"
    await api.advance("58m")
    assert (await api.task(slow))["status"] == "processing"
    await api.advance("2m")
    assert (await api.task(slow))["status"] == "completed"
    await api.advance("7d")
    assert (await api.task(stuck))["status"] == "processing"


async def test_words_about_ingest_do_not_touch_a_run(api: Api) -> None:
    slow = "https://cdn.example/fs-slow-ingest.png"
    task_id = await api.created(prompt="fs-slow-task", image_urls=[slow])
    second_task = await api.created(image_urls=["https://cdn.example/fs-stuck-ingest.png"])
    await api.advance("59m")
    assert (await api.task(task_id))["status"] == "processing"
    assert (await api.task(second_task))["status"] == "completed"
    await api.advance("2m")
    assert (await api.task(task_id))["status"] == "completed"
    clip = "https://cdn.example/fs-stuck-task.png"
    assert (await api.upload(clip)).status_code == 202
    await api.advance(3)
    assert (await api.listing())["items"][0]["status"] == "Active"


# -- cancel, get, eviction --------------------------------------------------------------------------------------------


async def test_only_a_pending_task_can_be_cancelled(api: Api) -> None:
    balance = await api.points()
    task_id = await api.created()
    answer = await api.call("DELETE", f"/api/v1/task/{task_id}")
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == "failed"
    assert await api.points() == balance
    await api.advance("1m")
    assert (await api.task(task_id))["status"] == "failed"
    running = await api.created()
    await api.control("POST", "clock/advance", {"to": "next"})
    answer = await api.call("DELETE", f"/api/v1/task/{running}")
    assert (answer.status_code, answer.json()["message"]) == (
        400,
        "task is processing; only a pending task can be cancelled",
    )
    await api.advance("1m")
    assert (await api.task(running))["status"] == "completed"


async def test_unknown_and_foreign_tasks(api: Api) -> None:
    task_id = await api.created()
    for client, name in ((api, "nope"), (api.other("stranger"), task_id)):
        for method in ("GET", "DELETE"):
            answer = await client.call(method, f"/api/v1/task/{name}")
            assert (answer.status_code, answer.json()["message"]) == (404, "task not found")


async def test_the_oldest_ended_task_goes_first(emulate: Callable[..., Api]) -> None:
    api = emulate(max_tasks=3, pace="instant")
    ids = [await api.created() for _ in range(5)]
    held = await api.created(prompt="fs-stuck-task")
    codes = [(await api.http.get(f"/api/v1/task/{task_id}")).status_code for task_id in [*ids, held]]
    assert codes == [404, 404, 200, 200, 200, 200]
    assert [await api.created() for _ in range(2)]
    assert (await api.task(held))["status"] == "processing"
    assert (await api.control("GET", "world"))["tasks"] <= 4
    await api.points()


async def test_the_same_body_twice_is_two_tasks_and_two_charges(api: Api) -> None:
    first, second = await api.created(), await api.created()
    assert first != second
    assert (await api.points())["frozen"] == 2 * PLAIN


async def test_an_instant_pace_answers_pending_and_is_done_at_once(emulate: Callable[..., Api]) -> None:
    api = emulate(pace="instant")
    answer = (await api.create()).json()["data"]
    assert answer["status"] == "pending"
    assert (await api.task(answer["task_id"]))["status"] == "completed"


@pytest.mark.parametrize("text", [r"\ud83d", r"\ude00", r"a\ud83d b", r"\ud83d\ud83d", r"\\\ud83d"])
async def test_half_of_a_character_is_refused_with_a_true_reason(api: Api, text: str) -> None:
    body = f'{{"model":"seedance","task_type":"seedance-2","input":{{"prompt":"{text}"}}}}'
    answer = await api.http.post("/api/v1/task", content=body.encode())
    assert answer.status_code == 400
    assert "half of a character" in answer.json()["message"]


@pytest.mark.parametrize("text", [r"\ud83d\ude00", r"\\ud83d", r"\\\\ud83d"])
async def test_whole_characters_are_taken(api: Api, text: str) -> None:
    body = f'{{"model":"seedance","task_type":"seedance-2","input":{{"prompt":"{text}"}}}}'
    assert (await api.http.post("/api/v1/task", content=body.encode())).status_code == 200
