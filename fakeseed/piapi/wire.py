"""The vendor's JSON: every shape that an answer has, and how records become them."""

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.behaviours import implements
from fakeseed.model.profiles import Profile
from fakeseed.model.routes import OUTPUT_PATH
from fakeseed.model.task import Task
from fakeseed.model.times import SECOND, ZERO_TIME, whole_seconds, with_nanoseconds

encode = msgspec.json.Encoder().encode


class AssetError(msgspec.Struct, frozen=True, gc=False):
    """Why an asset is Failed."""

    code: str
    message: str


class UploadedAsset(msgspec.Struct, frozen=True, gc=False):
    """Answer to a single upload."""

    asset_id: str
    status: str
    upload_at: str
    expires_at: str


class BatchResult(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One entry of a batch: accepted (``asset_id``, ``status``) or refused (``url``, ``error``)."""

    asset_id: str | None = None
    status: str | None = None
    url: str | None = None
    error: str | None = None


class BatchAnswer(msgspec.Struct, frozen=True, gc=False):
    """Answer to a batch upload."""

    total: int
    success: int
    failed: int
    results: list[BatchResult]


class AssetView(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One asset, as list and get show it."""

    asset_id: str
    name: str
    asset_type: str
    url: str
    status: str
    upload_at: str
    last_used_at: str
    expires_at: str
    error: AssetError | None = None


class Quota(msgspec.Struct, frozen=True, gc=False):
    """Managed assets used and allowed."""

    used: int
    limit: int


class AssetList(msgspec.Struct, frozen=True, gc=False):
    """Answer to a list."""

    items: list[AssetView]
    quota: Quota
    total: int
    page: int
    size: int


class WebhookView(msgspec.Struct, frozen=True, gc=False):
    """``webhook_config`` as it is echoed."""

    endpoint: str = ""
    secret: str = ""


class ConfigView(msgspec.Struct, frozen=True, gc=False):
    """``config`` as it is echoed."""

    service_mode: str = ""
    webhook_config: WebhookView = WebhookView()


class Usage(msgspec.Struct, frozen=True, gc=False):
    """Points of a task."""

    type: str = "llm"
    frozen: int = 0
    consume: int = 0


class Meta(msgspec.Struct, frozen=True, gc=False):
    """Times and points of a task."""

    created_at: str = ZERO_TIME
    started_at: str = ZERO_TIME
    ended_at: str = ZERO_TIME
    usage: Usage = Usage()
    is_using_private_pool: bool = False


class TaskError(msgspec.Struct, frozen=True, gc=False):
    """Why a task failed; all zero while it has not."""

    code: int = 0
    raw_message: str = ""
    message: str = ""
    detail: None = None


class Output(msgspec.Struct, frozen=True, gc=False):
    """What a task made."""

    video: str


def _empty_input() -> msgspec.Raw:
    """A factory, since msgspec writes no schema with a raw default."""
    return msgspec.Raw(b"{}")


class TaskView(msgspec.Struct, frozen=True, gc=False):
    """One task, as create, get and the webhook show it."""

    task_id: str = ""
    model: str = ""
    task_type: str = ""
    status: str = ""
    config: ConfigView = ConfigView()
    input: msgspec.Raw = msgspec.field(default_factory=_empty_input)
    output: Output | None = None
    meta: Meta = Meta()
    detail: None = None
    logs: tuple[str, ...] = ()
    error: TaskError = TaskError()


class TaskEnvelope(msgspec.Struct, frozen=True, gc=False):
    """Answer to a create or a cancel, and to a create that is refused."""

    code: int
    data: TaskView
    message: str


class TimedTaskEnvelope(msgspec.Struct, frozen=True, gc=False):
    """Answer to a get. ``timestamp`` in Unix seconds."""

    timestamp: int
    code: int
    data: TaskView
    message: str


class WebhookMessage(msgspec.Struct, frozen=True, gc=False):
    """Body of a webhook. ``timestamp`` in Unix seconds."""

    timestamp: int
    data: TaskView


class ErrorEnvelope(msgspec.Struct, frozen=True, gc=False):
    """A refusal with nothing to show."""

    code: int
    message: str
    data: None = None


class BareErrorEnvelope(msgspec.Struct, frozen=True, gc=False):
    """A refusal that is not even shown as null: the upload of a file answers so."""

    code: int
    message: str


# -- records to shapes ------------------------------------------------------------------------------------------------


@implements("asset.time-format", "asset.flat-body")
def uploaded(asset: Asset) -> UploadedAsset:
    """A fresh asset."""
    return UploadedAsset(asset.asset_id, asset.status, whole_seconds(asset.upload_at), whole_seconds(asset.expires_at))


@implements("asset.fields", "asset.error-object")
def asset_view(asset: Asset) -> AssetView:
    """An asset."""
    failure = asset.failure if asset.status == "Failed" else None
    return AssetView(
        asset.asset_id,
        asset.name,
        asset.asset_type,
        asset.url,
        asset.status,
        whole_seconds(asset.upload_at),
        whole_seconds(asset.last_used_at),
        whole_seconds(asset.expires_at),
        AssetError(failure.code, failure.message) if failure else None,
    )


@implements("task.fields", "task.status-lower-case", "task.time-format", "output.only-at-the-end")
@implements("task.config-echo")
def task_view(task: Task, profile: Profile, base_url: str) -> TaskView:
    """A task, with URLs that lead to ``base_url``."""
    shows_output = task.status == "completed"
    return TaskView(
        task.task_id,
        "seedance",
        task.task_type,
        task.status,
        ConfigView(task.service_mode, WebhookView(task.webhook_endpoint, task.webhook_secret)),
        msgspec.Raw(task.input),
        Output(output_url(task, base_url)) if shows_output else None,
        Meta(
            with_nanoseconds(task.created_at),
            with_nanoseconds(task.started_at) if task.started_at else ZERO_TIME,
            with_nanoseconds(task.ended_at) if task.ended_at else ZERO_TIME,
            usage(task, profile),
        ),
        None,
        task.logs,
        TaskError(task.error_code, task.raw_message, task.error_message) if task.error_code else _NO_ERROR,
    )


_NO_ERROR = TaskError()


@implements("money.usage-fields", "money.usage-type")
def usage(task: Task, profile: Profile) -> Usage:
    """A task's points as the profile shows them while it is active."""
    points = "point" if task.frozen or task.consumed else "llm"
    if profile.usage_style == "consumed-at-create" and task.frozen:
        return Usage(points, consume=task.frozen)
    return Usage(points, task.frozen, task.consumed)


@implements("output.url", "output.host")
def output_url(task: Task, base_url: str) -> str:
    """Where a task's video is."""
    return f"{base_url}{OUTPUT_PATH}/{task.output_id}.mp4"


@implements("webhook.body", "webhook.timestamp")
def webhook_body(task: Task, profile: Profile) -> bytes:
    """The message that tells of a task's end; the same at every attempt, so that receivers can drop duplicates.

    Its URLs lead where the create call came in.
    """
    return encode(WebhookMessage(task.hook_at // SECOND, task_view(task, profile, task.base_url)))
