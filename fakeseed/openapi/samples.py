"""Samples of requests and answers: the documented workflow, told with the types that make real answers."""

from typing import Any

import msgspec
from msgspec.structs import replace

from fakeseed.model.money import price
from fakeseed.model.refusals import CONTENT_POLICY
from fakeseed.model.task import CONTENT_MESSAGE, COPYRIGHT_LINE, REFUND_LINE
from fakeseed.openapi.operation import Json, example, wire
from fakeseed.openapi.text_patterns import PROFILE
from fakeseed.piapi import account_api, uploads_api
from fakeseed.piapi import wire as shapes

ASSET_ID = "asset-20260607154123-6nxk8"
SECOND_ID = "asset-20260607154124-p2m7q"
TASK_ID = "07ed43de-465d-43b1-b62c-44249b14d818"
FILE_ID = "5f3a9c1e-7b20-4d68-9c41-0a2b3c4d5e6f"
VIDEO = f"https://img.theapi.app/ephemeral/{FILE_ID}.mp4"
PICTURE = "https://cdn.example/person.jpg"
SCENE = "https://cdn.example/night-market.jpg"
HOOK = {"endpoint": "https://client.example/hooks/piapi", "secret": "s3cret"}

UPLOADED_AT, EXPIRES_AT = "2026-06-07T15:41:23Z", "2026-06-22T15:41:23Z"

# -- assets -----------------------------------------------------------------------------------------------------------

UPLOADED = shapes.UploadedAsset(ASSET_ID, "Processing", UPLOADED_AT, EXPIRES_AT)
ASSET = shapes.AssetView(ASSET_ID, "main-character", "Image", PICTURE, "Active", UPLOADED_AT, UPLOADED_AT, EXPIRES_AT)
FAILED_ASSET = replace(
    ASSET,
    asset_id=SECOND_ID,
    name="tiny.jpg",
    url="https://cdn.example/tiny.jpg",
    status="Failed",
    error=shapes.AssetError("InvalidParameter", "Width must be between 300px and 6000px"),
)
BATCH = shapes.BatchAnswer(
    2,
    1,
    1,
    [
        shapes.BatchResult(asset_id=SECOND_ID, status="Processing"),
        shapes.BatchResult(
            url="ftp://cdn.example/a.jpg", error="InvalidParameter.URL: url must be a public http(s) URL"
        ),
    ],
)
NONE_OF_BATCH = shapes.BatchAnswer(1, 0, 1, BATCH.results[1:])
PAGE = shapes.AssetList([FAILED_ASSET, ASSET], shapes.Quota(1, 500), 2, 1, 20)

UPLOADS: Json = {
    "one": example("A recurring character", {"url": PICTURE, "asset_type": "Image", "name": "main-character"}),
    "inferred": example("Kind and name follow from the URL", {"url": "https://cdn.example/voice.mp3"}),
    "array": example("Several, as an array", [PICTURE, {"url": SCENE, "name": "night-market"}]),
    "object": example("Several, in an object", {"assets": [{"url": PICTURE}, {"url": SCENE, "asset_type": "Image"}]}),
}

# -- tasks ------------------------------------------------------------------------------------------------------------


def _body(task_type: str, config: Json | None = None, **inputs: Any) -> Json:
    body: Json = {"model": "seedance", "task_type": task_type, "input": inputs}
    return {**body, "config": config} if config else body


LESS = "seedance-2-less-restriction"
WALK = "Image 1 walks through a night market, slow push in"
MANAGED = _body(
    LESS,
    {"service_mode": "public", "webhook_config": HOOK},
    prompt=WALK,
    image_urls=[f"asset://{ASSET_ID}"],
    duration=5,
    aspect_ratio="16:9",
    resolution="720p",
)
TASKS: Json = {
    "managed": example("A managed asset, and a webhook at the end", MANAGED),
    "text": example("Text alone", _body("seedance-2", prompt="A paper boat on a rainy street", duration=5)),
    "raw": example(
        "Raw URLs, used once",
        _body("seedance-2-fast", prompt="Image 1 at dusk, a slow pan", image_urls=[SCENE], mode="omni_reference"),
    ),
    "ephemeral": example(
        "A one-off guest, ingested for this task only",
        _body(LESS, prompt=WALK, image_urls=[PICTURE], auto_upload_assets=True, asset_retention_hours=3),
    ),
    "mixed": example(
        "A managed character before a raw background",
        _body(
            LESS,
            prompt="Image 1 walks through the street of Image 2",
            mode="omni_reference",
            image_urls=[f"asset://{ASSET_ID}", SCENE],
        ),
    ),
    "frames": example(
        "From a first to a last frame",
        _body(
            "seedance-2.5",
            prompt="The seasons change",
            mode="first_last_frames",
            image_urls=["https://cdn.example/summer.png", "https://cdn.example/winter.png"],
            duration=10,
        ),
    ),
    "remove-watermark": example("Remove a watermark", _body("remove-watermark", video_url=VIDEO)),
}

_PRICE = price(PROFILE.price_period, LESS, "720p", 5, 0)
PENDING = shapes.TaskView(
    task_id=TASK_ID,
    model="seedance",
    task_type=LESS,
    status="pending",
    config=shapes.ConfigView("public", shapes.WebhookView(**HOOK)),
    input=msgspec.Raw(msgspec.json.encode(MANAGED["input"])),
    meta=shapes.Meta(created_at="2026-06-07T15:45:00.10346684Z", usage=shapes.Usage("point", frozen=_PRICE)),
)
_STARTED = replace(PENDING.meta, started_at="2026-06-07T15:45:09.4128763Z")
_OPENING = ("mode auto-detected: first_last_frames (images=1, videos=0, audios=0)", "audio: enabled=true")
PROCESSING = replace(PENDING, status="processing", meta=_STARTED, logs=_OPENING)
COMPLETED = replace(
    PROCESSING,
    status="completed",
    output=shapes.Output(VIDEO),
    meta=replace(_STARTED, ended_at="2026-06-07T15:47:51.20931Z", usage=shapes.Usage("point", consume=_PRICE)),
)
FAILED = replace(
    PROCESSING,
    status="failed",
    meta=replace(_STARTED, ended_at="2026-06-07T15:47:51Z", usage=shapes.Usage()),
    logs=(*_OPENING, COPYRIGHT_LINE, REFUND_LINE),
    error=shapes.TaskError(CONTENT_POLICY, "", CONTENT_MESSAGE),
)
CANCELLED = replace(
    PENDING,
    status="failed",
    meta=replace(PENDING.meta, ended_at="2026-06-07T15:45:02Z", usage=shapes.Usage()),
    logs=(REFUND_LINE,),
    error=shapes.TaskError(10000, "", "task cancelled"),
)
ANSWERED_AT = 1780847280


def created(task: shapes.TaskView) -> Any:
    """What create and cancel answer."""
    return wire(shapes.TaskEnvelope(200, task, "success"))


def seen(task: shapes.TaskView) -> Any:
    """What a get answers."""
    return wire(shapes.TimedTaskEnvelope(ANSWERED_AT, 200, task, "success"))


def told(task: shapes.TaskView) -> Any:
    """What a webhook says."""
    return wire(shapes.WebhookMessage(ANSWERED_AT, task))


# -- account and files ------------------------------------------------------------------------------------------------

ACCOUNT = account_api.AccountEnvelope(
    200,
    account_api.AccountView(
        id=123456,
        name="Allison Hill",
        plan="premium",
        type="payg",
        is_enable=True,
        credit_pack_info=account_api.CreditPack(9_978_000_000, _PRICE, 10_000_000_000, _PRICE),
        equivalent_in_usd=997.8,
        quota=account_api.AccountQuota(997.8),
        max_concurrent_task_count=2,
    ),
    "success",
)
ACTIVE = account_api.ActiveEnvelope(200, {"seedance": account_api.ActiveTasks(0, 0, 1, [PROCESSING])}, "success")
HISTORY = account_api.HistoryEnvelope(
    200,
    account_api.HistoryPage(
        1,
        [
            account_api.HistoryEntry(
                id=1,
                account_id=123456,
                api_key_id=234567,
                task_id=TASK_ID,
                created_at="2026-06-07T15:45:00Z",
                updated_at="2026-06-07T15:47:51Z",
                service_mode="public",
                action=LESS,
                task_model="seedance",
                status="finished",
                usage=_PRICE,
                detail=account_api.HistoryDetail(VIDEO),
            )
        ],
        1,
        10,
    ),
    "success",
)
KEPT = uploads_api.UploadEnvelope(
    200, uploads_api.UploadedFile(f"https://img.theapi.app/ephemeral/{FILE_ID}.png"), "success"
)
_PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
FILE: Json = {
    "picture": example(
        "A picture of one pixel",
        {
            "file_name": "pixel.png",
            "file_data": _PIXEL,
        },
    )
}
