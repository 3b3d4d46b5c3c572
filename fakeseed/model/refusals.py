"""Every way the vendor's API says no to a request, in one table.

A refusal leaves nothing behind: it is decided before anything is changed.
"""

from typing import Literal

import msgspec

Shape = Literal["plain", "task", "bare", "text"]
"""How the body is built: ``{code, message, data: null}``, that around a failed task or without ``data``, or text."""


class RefusalKind(msgspec.Struct, frozen=True, gc=False):
    """One row: HTTP status, template of the message, shape of the body, the task API's ``error.code``, behaviour."""

    name: str
    status: int
    message: str
    behaviour: str
    shape: Shape = "plain"
    error_code: int = 0


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """One refusal as it will be answered. ``headers`` go onto the answer."""

    kind: RefusalKind
    message: str
    status: int
    headers: tuple[tuple[str, str], ...] = ()


GENERIC = 10000
NO_CREDITS = 10002
CONTENT_POLICY = 10003
"""The known values of a task's ``error.code``."""
ERROR_CODES_BEHAVIOUR = "task.error-codes"


def _asset(name: str, status: int, message: str, behaviour: str) -> RefusalKind:
    return RefusalKind(name, status, message, behaviour)


def _upload(name: str, behaviour: str, status: int = 400, message: str = "Invalid request parameters") -> RefusalKind:
    """The upload of a file names no reason beside the status."""
    return RefusalKind(name, status, message, behaviour, "bare")


def _task(name: str, status: int, message: str, behaviour: str, code: int = GENERIC) -> RefusalKind:
    return RefusalKind(name, status, message, behaviour, "task", code)


REFUSALS: dict[str, RefusalKind] = {
    row.name: row
    for row in (
        # The door
        _asset("key-missing", 401, "failed to verify api key: the X-API-Key header is missing", "auth.key-missing"),
        _asset("key-invalid", 401, "failed to verify api key", "auth.key-invalid"),
        RefusalKind("path-unknown", 404, "404 page not found", "wire.unknown-path", "text"),
        _asset("body-invalid", 400, "invalid request body: {reason}", "wire.invalid-body"),
        _asset("body-too-large", 413, "request body too large: the limit is {limit} bytes", "wire.body-limit"),
        _asset("query-invalid", 400, "invalid query: {name} must be {rule}", "wire.invalid-query"),
        # Assets
        _asset(
            "plan-without-assets",
            403,
            "your plan ({plan}) is not allowed to use assets; hobbyist or above is required",
            "asset.plan-gate",
        ),
        _asset("quota-full", 429, "asset quota exceeded: {used} of {limit} assets used", "asset.quota-full"),
        _asset("url-missing", 400, "url is required", "asset.url-rule"),
        _asset(
            "url-invalid", 400, "InvalidParameter.URL: url must be a public http(s) URL, got {url}", "asset.url-rule"
        ),
        _asset("type-invalid", 400, "asset_type must be one of Image, Video, Audio; got {got}", "asset.type-rule"),
        _asset(
            "type-unknown",
            400,
            "asset_type is missing and cannot be inferred from the url {url}",
            "asset.type-inferred",
        ),
        _asset("batch-empty", 400, "the batch holds no entries", "asset.batch-form"),
        _asset("batch-too-large", 400, "the batch holds {count} entries; the limit is {limit}", "asset.batch-limit"),
        _asset("asset-unknown", 404, "asset not found", "asset.unknown"),
        # Tasks: what is asked
        _task("task-body-invalid", 400, "invalid request body: {reason}", "wire.invalid-body"),
        _task("model-unknown", 400, "unknown model {got}; this endpoint serves seedance", "task.model-rule"),
        _task("task-type-unknown", 400, "unknown task_type {got}{hint}", "task.type-rule"),
        _task("prompt-missing", 400, "prompt is required", "task.prompt-required"),
        _task("prompt-too-long", 400, "prompt has {count} characters; the limit is {limit}", "task.prompt-length"),
        _task("mode-unknown", 400, "unknown mode {got}; use {allowed}", "task.mode-rule"),
        _task("mode-text-references", 400, "mode text_to_video takes no reference urls", "task.text-mode"),
        _task(
            "mode-frames-images",
            400,
            "mode first_last_frames needs 1 or 2 image_urls, got {count}",
            "task.frames-mode-images",
        ),
        _task(
            "mode-frames-media",
            400,
            "mode first_last_frames takes images only; remove video_urls and audio_urls",
            "task.frames-mode-media",
        ),
        _task("mode-omni-empty", 400, "mode omni_reference needs at least one reference url", "task.omni-mode-empty"),
        _task(
            "audio-alone",
            400,
            "audio_urls need at least one image or video reference beside them",
            "task.omni-mode-audio",
        ),
        _task("too-many-images", 400, "too many image_urls: {count}, the limit is {limit}", "task.reference-images"),
        _task("too-many-videos", 400, "too many video_urls: {count}, the limit is {limit}", "task.reference-videos"),
        _task("too-many-audios", 400, "too many audio_urls: {count}, the limit is {limit}", "task.reference-audios"),
        _task("mini-media", 400, "{task_type} takes neither video_urls nor audio_urls", "task.mini-pictures-only"),
        _task("too-many-references", 400, "too many references: {count}, the limit is {limit}", "task.reference-total"),
        _task(
            "duration-invalid", 400, "duration must be from {least} to {most} seconds, got {got}", "task.duration-range"
        ),
        _task("ratio-invalid", 400, "aspect_ratio must be one of {allowed}; got {got}", "task.ratio-rule"),
        _task(
            "ratio-auto",
            400,
            "aspect_ratio auto is only allowed with mode first_last_frames",
            "task.ratio-auto",
        ),
        _task(
            "resolution-invalid",
            400,
            "resolution of {task_type} must be one of {allowed}; got {got}",
            "task.resolution-rule",
        ),
        _task(
            "reference-url-invalid",
            400,
            "InvalidParameter.URL: {field}[{index}] must be an http(s) URL or asset://<asset_id>",
            "task.reference-url",
        ),
        _task("reference-suffix", 400, "{field}[{index}] must end in {allowed}; got {got}", "task.reference-suffix"),
        _task(
            "videos-too-long",
            400,
            "reference videos last {seconds} s together; the limit is {limit} s",
            "task.reference-video-seconds",
        ),
        _task(
            "audio-too-long",
            400,
            "{field}[{index}] lasts {seconds} s; the limit is {limit} s",
            "task.reference-audio-seconds",
        ),
        _task(
            "omni-task-unknown",
            400,
            "omni_reference_task_type must be one of {allowed}; got {got}",
            "task.omni-task-type",
        ),
        # Tasks: earlier ones
        _task("earlier-task-missing", 400, "{field}: task {task_id} is not found", "task.earlier-task-missing"),
        _task(
            "earlier-task-not-completed",
            400,
            "{field}: the task is {state}; only a completed one can be named",
            "task.earlier-task-not-completed",
        ),
        _task(
            "draft-unfit",
            400,
            "draft_task_id: only a {resolution} draft of {task_type} can be made final",
            "task.draft-unfit",
        ),
        _task("video-url-missing", 400, "video_url is required for remove-watermark", "task.remove-watermark"),
        # Tasks: assets
        _task(
            "asset-on-strict",
            422,
            "asset:// references are not supported by {task_type}; use {instead}",
            "task.asset-needs-less-restriction",
        ),
        _task(
            "auto-upload-on-strict",
            400,
            "auto_upload_assets is not supported by {task_type}; use {instead}",
            "task.auto-upload-needs-less-restriction",
        ),
        _task(
            "auto-upload-data-uri",
            400,
            "InvalidParameter.URL: {field}[{index}] must be a public http(s) URL for auto_upload_assets",
            "auto-upload.public-url",
        ),
        _task(
            "retention-invalid",
            400,
            "asset_retention_hours must be an integer from {least} to {most}",
            "auto-upload.retention-range",
        ),
        _task(
            "asset-missing",
            400,
            "The specified asset {asset_id} is not found.",
            "task.asset-missing",
        ),
        _task(
            "asset-not-active",
            400,
            "The specified asset {asset_id} is not Active (status: {state})",
            "task.asset-not-active",
        ),
        _task("asset-wrong-type", 400, "the specified asset is not {wanted}", "task.asset-wrong-type"),
        _task("ephemeral-cap", 429, "ephemeral asset hard cap reached", "auto-upload.cap"),
        # Tasks: the account
        _task(
            "too-many-active",
            429,
            "active task count {count} has reached the plan limit",
            "task.concurrency",
        ),
        _task("no-credits", 402, "insufficient credits", "money.insufficient-credits", NO_CREDITS),
        # Tasks: afterwards
        _asset("task-unknown", 404, "task not found", "task.unknown"),
        _asset("cancel-too-late", 400, "task is {state}; only a pending task can be cancelled", "task.cancel"),
        # Ephemeral upload
        _upload("upload-plan", "upload.plan-gate", 403, "Insufficient plan level"),
        _upload("upload-body", "wire.invalid-body"),
        _upload("upload-name", "upload.name-rule"),
        _upload("upload-type", "upload.types"),
        _upload("upload-data", "upload.base64"),
        _upload("upload-data-type", "upload.data-uri-prefix"),
        _upload("upload-size", "upload.size"),
    )
}

_QUOTED = 80


def refuse(
    name: str, /, *, status: int | None = None, headers: tuple[tuple[str, str], ...] = (), **details: object
) -> Refusal:
    """The refusal of that name with its message filled in.

    ``status`` replaces the table's where a profile holds another. Text from the client is shortened, so that an
    answer never grows with the request.
    """
    kind = REFUSALS[name]
    values = {key: _short(value) for key, value in details.items()}
    return Refusal(kind, kind.message.format(**values), status or kind.status, headers)


def _short(value: object) -> str:
    text = value if isinstance(value, str) else str(value)
    return text if len(text) <= 3 * _QUOTED else text[:_QUOTED] + "…"
