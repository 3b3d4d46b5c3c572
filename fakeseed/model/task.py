"""Tasks: the record, its possible outcomes, and the log lines that go with them."""

from typing import Literal

import msgspec

from fakeseed.model.behaviours import implements
from fakeseed.model.media import KINDS, MediaKind
from fakeseed.model.money import billed_seconds
from fakeseed.model.references import SCHEME
from fakeseed.model.refusals import CONTENT_POLICY, GENERIC

ACTIVE = frozenset({"pending", "processing"})
"""Statuses that count toward concurrency (behaviour ``task.concurrency``)."""
ENDED = frozenset({"completed", "failed"})

CONTENT_MESSAGE = "Your content violated community guidelines."
INTERNAL_MESSAGE = "Internal error. Please try again later."
COPYRIGHT_LINE = "The request was rejected due to copyright restrictions. Please try different inputs."
PERSON_LINE = (
    "The request was rejected because the input image may contain a real person. For -less-restriction task types, "
    "you can set `auto_upload_assets: true` in your request to have the image uploaded as a virtual asset before "
    "generation. You may also manually upload and manage virtual assets via the asset API "
    "(GET/POST/DELETE /api/v1/asset/...) to control asset creation. Otherwise please use a different image."
)
RETRY_LINE = "Attempt 1 failed (content restriction), retrying."
FAULT_LINE = "internal server error status code: 503"
FAULT_RETRY_LINE = "Attempt 1 failed, retrying."
REFUND_LINE = "restored frozen points"
CANCEL_MESSAGE = "task cancelled"


class Outcome(msgspec.Struct, frozen=True, gc=False):
    """How a task ends.

    ``line`` is logged by each attempt that does not succeed; ``retry_line`` after the first one, when there is a
    second. ``content`` marks a refusal of content: strict types retry it once, less-restriction types do not.
    """

    name: str
    behaviour: str
    completes: bool = False
    error_code: int = 0
    message: str = ""
    log_line: str = ""
    retry_line: str = ""
    content: bool = False

    def retried(self, strict: bool) -> bool:
        """Whether a second attempt is made (behaviour ``moderation.strict-retries-once``)."""
        return bool(self.retry_line) and (strict or not self.content)

    def succeeds(self, strict: bool) -> bool:
        """Whether the last attempt that is made gives a video."""
        return self.completes and (not self.log_line or self.retried(strict))


def _refused(name: str, log_line: str, behaviour: str, *, completes: bool = False) -> Outcome:
    return Outcome(name, behaviour, completes, CONTENT_POLICY, CONTENT_MESSAGE, log_line, RETRY_LINE, content=True)


OUTCOMES: dict[str, Outcome] = {
    row.name: row
    for row in (
        Outcome("completed", "task.complete", completes=True),
        _refused("refused-copyright", COPYRIGHT_LINE, "moderation.copyright"),
        _refused("refused-person", PERSON_LINE, "moderation.real-person"),
        _refused("refused-once", COPYRIGHT_LINE, "moderation.strict-retries-once", completes=True),
        Outcome(
            "internal-error",
            "task.internal-error",
            error_code=GENERIC,
            message=INTERNAL_MESSAGE,
            log_line=INTERNAL_MESSAGE,
        ),
        Outcome(
            "upstream-503",
            "task.upstream-fault-retried",
            completes=True,
            error_code=GENERIC,
            message=INTERNAL_MESSAGE,
            log_line=FAULT_LINE,
            retry_line=FAULT_RETRY_LINE,
        ),
        Outcome("reference-failed", "task.reference-failed", error_code=GENERIC, message="invalid request"),
        Outcome("cancelled", "task.cancel", error_code=GENERIC, message=CANCEL_MESSAGE),
        Outcome("failed-by-control", "task.failed-by-control", error_code=GENERIC, message=INTERNAL_MESSAGE),
    )
}


class TaskPlan(msgspec.Struct, frozen=True, gc=False):
    """What will become of a task: spans in nanoseconds from creation to start and from start to end (None: never)."""

    queue: int
    run: int | None
    outcome: str


class TaskReference(msgspec.Struct, frozen=True, gc=False):
    """One reference as it was when the task began: enough to draw it."""

    label: str
    kind: MediaKind
    uri: str
    picture: bytes | None = None

    @property
    def is_raw(self) -> bool:
        """Whether it is a URL and no asset."""
        return not self.uri.startswith(SCHEME)


class WebhookAttempt(msgspec.Struct, frozen=True, gc=False):
    """One webhook attempt: when, and what the receiver answered (a status, or 0 and a cause)."""

    attempt: int
    at: int
    status: int
    cause: str = ""


class WebhookPlan(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """How a task's end is told, where a fault wants it otherwise than the vendor does it.

    ``messages`` go out one after the other, ``gap`` nanoseconds apart, the first ``delay`` nanoseconds after the end:
    ``end`` tells of the end, ``processing`` is an old message that comes late. The first ``lost`` attempts of each
    never arrive and count as answered with ``lost_status``. ``secret`` replaces the task's own.
    """

    messages: tuple[Literal["end", "processing"], ...] = ("end",)
    delay: int = 0
    gap: int = 0
    lost: int = 0
    lost_status: int = 503
    secret: str | None = None


PLAIN_WEBHOOK_PLAN = WebhookPlan()


class Task(msgspec.Struct, gc=False):
    """One task. Times are instants, 0 while they have not come; ``input`` is the stored input as JSON.

    ``from_draft``: it makes a draft final. ``may_contain_secret``: what is shown of it may hold something that the
    journal has to blot out. ``output_life``: nanoseconds that its output lives, 0 for the profile's.
    ``hook_message`` counts the messages that have gone out. ``image_ratio``: the ratio that its first image gave it.
    """

    task_id: str
    seq: int
    task_type: str
    input: bytes
    service_mode: str
    webhook_endpoint: str
    webhook_secret: str
    base_url: str
    status: str
    created_at: int
    price: int
    fate: TaskPlan
    prompt: str
    mode: str
    seconds: int
    width: int
    height: int
    audio: bool
    references: tuple[TaskReference, ...] = msgspec.field(name="tiles")
    auto_upload: bool
    retention_hours: int
    hold_hours: int
    input_video_seconds: float
    mode_inferred: bool
    duration_fallback: bool
    output_id: str = ""
    started_at: int = 0
    ended_at: int = 0
    frozen: int = 0
    consumed: int = 0
    logs: tuple[str, ...] = ()
    error_code: int = 0
    error_message: str = ""
    raw_message: str = ""
    output_until: int = 0
    end_seq: int = 0
    from_draft: bool = False
    held: bool = False
    ingesting: int = 0
    may_contain_secret: bool = msgspec.field(default=True, name="secretive")
    hook_attempts: int = 0
    hook_at: int = 0
    deliveries: tuple[WebhookAttempt, ...] = ()
    hook_plan: WebhookPlan = PLAIN_WEBHOOK_PLAN
    hook_message: int = 0
    output_life: int = 0
    image_ratio: str = ""

    @property
    def strict(self) -> bool:
        """Whether content is judged strictly and asset:// is refused."""
        return not self.task_type.endswith("-less-restriction")

    @property
    def slots_wanted(self) -> int:
        """Ephemeral assets that auto-upload will make when the task starts."""
        return sum(tile.is_raw for tile in self.references) if self.auto_upload else 0

    def log(self, *entries: str) -> None:
        """Append lines to the task's log."""
        self.logs += entries


@implements("task.log-mode", "task.log-audio", "task.log-video-seconds", "task.duration-fallback-log", "task.log-ratio")
def start_lines(task: Task) -> tuple[str, ...]:
    """What the service logs when a task starts, beside auto-upload's own lines."""
    log_lines = []
    if task.mode_inferred:
        images, videos, audios = (sum(tile.kind == kind for tile in task.references) for kind in KINDS)
        log_lines.append(f"mode auto-detected: {task.mode} (images={images}, videos={videos}, audios={audios})")
    if task.image_ratio:
        log_lines.append(f"aspect ratio resolved to {task.image_ratio} from first image")
    if task.duration_fallback:
        log_lines.append(f"invalid duration, use '{task.seconds}' as default")
    if task.input_video_seconds:
        total = task.input_video_seconds
        log_lines.append(
            f"video reference total duration: {total:.1f}s ({billed_seconds(total)}s), "
            "billing includes input + output duration"
        )
    log_lines.append(f"audio: enabled={str(task.audio).lower()}")
    return tuple(log_lines)
