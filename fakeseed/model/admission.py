"""Whether a task is created: one draft, one table of checks, one admission or refusal.

Nothing here changes anything. The checks run in the order of ``CHECKS``; the first that objects decides.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import TaskInput
from fakeseed.model.media import MediaKind
from fakeseed.model.parent_tasks import inherited, promoted
from fakeseed.model.profiles import Profile
from fakeseed.model.references import REFERENCE_SUFFIXES, Reference, is_http_url, suffix
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import Task
from fakeseed.model.task_draft import (
    ADAPTIVE,
    OMNI_TASKS,
    AdmissionContext,
    Draft,
    OutputShape,
    draft_of,
    final_of,
    output_shape,
)
from fakeseed.model.task_types import PRICES, RATIOS, REDIRECTED, TASK_TYPES, TaskType, offered

MODEL = "seedance"
MODES = ("text_to_video", "first_last_frames", "omni_reference")
MAX_PROMPT = 4000
MAX_IMAGES = 9
MAX_AUDIOS = 3
MAX_VIDEO_SECONDS = 15.4
MAX_AUDIO_SECONDS = 15
RETENTION_HOURS = (3, 8)

LIMIT_BEHAVIOURS = {
    "MAX_PROMPT": "task.prompt-length",
    "MAX_IMAGES": "task.reference-images",
    "MAX_AUDIOS": "task.reference-audios",
    "MAX_VIDEO_SECONDS": "task.reference-video-seconds",
    "MAX_AUDIO_SECONDS": "task.reference-audio-seconds",
    "RETENTION_HOURS": "auto-upload.retention-range",
}


class Admission(msgspec.Struct, frozen=True):
    """A task that will be created. Hours as named."""

    draft: Draft
    assets: dict[str, Asset]
    shape: OutputShape
    retention_hours: int
    hold_hours: int


Check = Callable[[Draft, AdmissionContext], Refusal | None]


@implements("task.check-order")
def decide_task(
    model: str | None, task_type: str | None, task_input: TaskInput, context: AdmissionContext
) -> Admission | Refusal:
    """Whether a task is created. The answer is either everything that the task will be, or one refusal."""
    if model != MODEL:
        return refuse("model-unknown", got=repr(model or ""))
    row = resolve_type(task_type or "", context.profile)
    if row is None:
        names = offered(context.profile.price_period)
        return refuse("task-type-unknown", got=repr(task_type or ""), hint=did_you_mean(task_type or "", names))
    completed = inherited(task_type or "", task_input, context.find_task)
    earlier = promoted(row, task_input, context.find_task)
    for refusal in (completed, earlier):
        if isinstance(refusal, Refusal):
            return refusal
    assert isinstance(completed, TaskInput)
    draft = (
        final_of(row, task_input, earlier, context) if isinstance(earlier, Task) else draft_of(row, completed, context)
    )
    for check in FINAL_CHECKS if draft.promotes else CHECKS if row.generates else TOOL_CHECKS:
        objection = check(draft, context)
        if objection:
            return objection
    return _admit(draft, context)


@implements("task.preview-redirect", "task.types")
def resolve_type(name: str, profile: Profile) -> TaskType | None:
    """The task type behind a name, redirected ones included, if the profile's period offers it."""
    name = REDIRECTED.get(name, name)
    row = TASK_TYPES.get(name)
    if row is None or (row.generates and name not in PRICES[profile.price_period]):
        return None
    return row


# -- checks -----------------------------------------------------------------------------------------------------------


def check_prompt(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """A prompt is required and has at most 4000 characters."""
    prompt = draft.input.prompt or ""
    if not prompt.strip():
        return refuse("prompt-missing")
    if len(prompt) > MAX_PROMPT:
        return refuse("prompt-too-long", count=len(prompt), limit=MAX_PROMPT)
    return None


def check_counts(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """How many references of each kind and together."""
    limits = {"Image": MAX_IMAGES, "Video": context.profile.max_videos, "Audio": MAX_AUDIOS}
    for kind, count in draft.counts.items():
        if count > limits[kind]:
            return refuse(f"too-many-{kind.lower()}s", count=count, limit=limits[kind])
    if len(draft.references) > context.profile.max_references:
        return refuse("too-many-references", count=len(draft.references), limit=context.profile.max_references)
    return None


def check_mini(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """The mini type takes pictures only, where the profile says so."""
    media = draft.counts["Video"] + draft.counts["Audio"]
    if media and draft.type.name.startswith("seedance-2-mini") and context.profile.mini_takes_pictures_only:
        return refuse("mini-media", task_type=draft.type.name)
    return None


def check_mode(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """Each mode's own rule about references."""
    if draft.mode not in MODES:
        hint = did_you_mean(draft.mode, MODES)
        return refuse("mode-unknown", got=repr(draft.mode), allowed=", ".join(MODES) + hint)
    counts = draft.counts
    for name, applies in _MODE_RULES[draft.mode]:
        if applies(counts):
            return refuse(name, count=counts["Image"])
    return None


Counts = dict[MediaKind, int]
_MODE_RULES: dict[str, tuple[tuple[str, Callable[[Counts], bool]], ...]] = {
    "text_to_video": (("mode-text-references", lambda counts: any(counts.values())),),
    "first_last_frames": (
        ("mode-frames-media", lambda counts: counts["Video"] + counts["Audio"] > 0),
        ("mode-frames-images", lambda counts: counts["Image"] not in (1, 2)),
    ),
    "omni_reference": (
        ("mode-omni-empty", lambda counts: not any(counts.values())),
        ("audio-alone", lambda counts: counts["Image"] + counts["Video"] == 0),
    ),
}
"""Mode -> refusals with the counts of references to which they apply."""


def check_omni_task(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """What is done with the references, on the types that ask."""
    if draft.omni_task in OMNI_TASKS:
        return None
    return refuse("omni-task-unknown", allowed=", ".join(OMNI_TASKS), got=repr(draft.omni_task))


def check_duration(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """Output length in whole seconds."""
    least, most, _default = draft.type.durations
    if least <= draft.duration <= most:
        return None
    duration = draft.duration if abs(draft.duration) < 10**18 else "a number far outside"
    return refuse("duration-invalid", least=least, most=most, got=duration)


def check_ratio(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Six ratios, and ``adaptive`` where the input video decides. Frames decide themselves: any ratio passes there."""
    if draft.ratio in RATIOS or draft.mode == "first_last_frames" or not context.profile.refuses_invalid_ratio:
        return None
    if draft.ratio == ADAPTIVE and draft.adaptive:
        return None
    if draft.ratio == "auto":
        return refuse("ratio-auto")
    return refuse("ratio-invalid", allowed=", ".join(RATIOS), got=repr(draft.ratio))


def check_resolution(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Only what the period has a price for."""
    allowed = PRICES[context.profile.price_period][draft.type.name]
    if draft.resolution in allowed:
        return None
    return refuse(
        "resolution-invalid", task_type=draft.type.name, allowed=", ".join(allowed), got=repr(draft.resolution)
    )


def check_strictness(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Strict types take neither asset:// nor auto-upload."""
    if draft.type.takes_assets:
        return None
    name, instead = draft.type.name, f"{draft.type.name}-less-restriction"
    if any(reference.asset_id is not None for reference in draft.references):
        return refuse("asset-on-strict", task_type=name, instead=instead)
    if draft.auto_upload:
        status = context.profile.strict_auto_upload_status
        return refuse("auto-upload-on-strict", status=status, task_type=name, instead=instead)
    return None


@implements("task.data-uri")
def check_urls(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """Raw references are http(s) URLs with a fitting suffix, or data URIs."""
    for reference in draft.references:
        where: dict[str, Any] = {"field": reference.field, "index": reference.index}
        if reference.asset_id is not None:
            continue
        if reference.is_data_uri:
            if draft.auto_upload:
                return refuse("auto-upload-data-uri", **where)
        elif not is_http_url(reference.uri):
            return refuse("reference-url-invalid", **where)
        elif (allowed := REFERENCE_SUFFIXES.get(reference.kind)) and suffix(reference.uri) not in allowed:
            ending = suffix(reference.uri) or "no suffix"
            return refuse("reference-suffix", **where, allowed=" or ".join(allowed), got=ending)
    return None


def check_retention(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Hours that ephemeral assets stay; looked at only while auto-upload is on."""
    hours = draft.input.asset_retention_hours
    if not draft.auto_upload or hours is None:
        return None
    least, most = RETENTION_HOURS
    if isinstance(hours, int) and not isinstance(hours, bool) and least <= hours <= most:
        return None
    return refuse("retention-invalid", least=least, most=most)


_AN = {"Image": "an image", "Video": "a video", "Audio": "an audio"}


def check_assets(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Referenced assets exist, are Active and are of the array's kind."""
    for reference in draft.references:
        if reference.asset_id is None:
            continue
        asset = context.find_asset(reference.asset_id)
        if asset is None:
            return refuse("asset-missing", asset_id=reference.asset_id)
        if asset.status != "Active":
            return refuse("asset-not-active", asset_id=asset.asset_id, state=asset.status)
        if asset.asset_type != reference.kind:
            return refuse("asset-wrong-type", wanted=_AN[reference.kind])
    return None


def check_video_seconds(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """All input videos together."""
    if draft.video_seconds <= MAX_VIDEO_SECONDS:
        return None
    return refuse("videos-too-long", seconds=f"{draft.video_seconds:.1f}", limit=MAX_VIDEO_SECONDS)


def check_audio_seconds(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Each raw sound whose length is known."""
    for reference in draft.references:
        seconds = context.raw_seconds.get(reference.uri, 0) if reference.kind == "Audio" else 0
        if seconds > MAX_AUDIO_SECONDS:
            where: dict[str, Any] = {"field": reference.field, "index": reference.index}
            return refuse("audio-too-long", **where, seconds=f"{seconds:.1f}", limit=MAX_AUDIO_SECONDS)
    return None


def check_ephemeral_cap(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Places for the assets that auto-upload will make."""
    needed = len(raw_references(draft)) if draft.auto_upload else 0
    if not needed or context.ephemeral_used + needed <= context.plan.ephemeral_cap:
        return None
    return refuse("ephemeral-cap")


def check_concurrency(_: Draft, context: AdmissionContext) -> Refusal | None:
    """Pending and processing tasks of the account."""
    if context.active < context.concurrency:
        return None
    seconds = context.profile.retry_after_seconds
    headers = () if seconds is None else (("retry-after", str(seconds)),)
    return refuse("too-many-active", headers=headers, count=context.active)


def check_credits(draft: Draft, context: AdmissionContext) -> Refusal | None:
    """Points for the whole price, before anything starts."""
    if draft.price <= context.available:
        return None
    return refuse("no-credits", status=context.profile.insufficient_credits_status)


def check_video_url(draft: Draft, _: AdmissionContext) -> Refusal | None:
    """What remove-watermark works on."""
    url = draft.input.video_url or ""
    if not url:
        return refuse("video-url-missing")
    return None if is_http_url(url) else refuse("reference-url-invalid", field="video_url", index=0)


CHECKS: tuple[Check, ...] = (
    check_strictness,
    check_prompt,
    check_counts,
    check_mini,
    check_mode,
    check_omni_task,
    check_duration,
    check_ratio,
    check_resolution,
    check_urls,
    check_retention,
    check_assets,
    check_video_seconds,
    check_audio_seconds,
    check_ephemeral_cap,
    check_concurrency,
    check_credits,
)
FINAL_CHECKS: tuple[Check, ...] = (check_resolution, check_concurrency, check_credits)
TOOL_CHECKS: tuple[Check, ...] = (check_video_url, check_concurrency)
"""What a task is judged by, in order: one that generates, one that makes a draft final, one that changes a video."""


# -- the admission ----------------------------------------------------------------------------------------------------


def raw_references(draft: Draft) -> list[Reference]:
    """References that auto-upload would turn into ephemeral assets."""
    return [reference for reference in draft.references if reference.asset_id is None]


def _admit(draft: Draft, context: AdmissionContext) -> Admission:
    hours = draft.input.asset_retention_hours
    retention = hours if draft.auto_upload and isinstance(hours, int) else context.profile.retention_default_hours
    named = {reference.asset_id for reference in draft.references if reference.asset_id}
    return Admission(
        draft=draft,
        assets={name: asset for name in named if (asset := context.find_asset(name))},
        shape=output_shape(draft, context),
        retention_hours=retention,
        hold_hours=context.profile.quota_hold_hours or retention,
    )
