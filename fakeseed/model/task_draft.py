"""A task as asked, with every default filled in: what the checks judge and the world makes."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import TaskInput
from fakeseed.model.media import MediaKind
from fakeseed.model.money import billed_seconds, price
from fakeseed.model.parent_tasks import FINAL_RESOLUTION, FindTask
from fakeseed.model.plans import Plan
from fakeseed.model.profiles import Profile
from fakeseed.model.references import Reference, count_by_kind, references
from fakeseed.model.task import Task
from fakeseed.model.task_types import DEFAULT_RATIO, RATIOS, SIZES, TaskType, nearest_ratio

LEGACY_DURATIONS = (5, 10, 15)
ASSUMED_VIDEO_SECONDS = 5.0
"""Length of a raw reference video that nobody has measured (behaviour ``money.unmeasured-video``)."""

OMNI_TASKS = {"auto": False, "reference": False, "edit": True, "extend": True}
"""Values of omni_reference_task_type, and whether the output takes the input's ratio (``task.omni-task-type``)."""
ADAPTIVE, AS_LONG = "adaptive", -1
"""The ratio of edit and extend, and the duration of edit: as the input is."""


DRAFTING_BEHAVIOURS = {
    "LEGACY_DURATIONS": "task.legacy-duration-fallback",
    "ASSUMED_VIDEO_SECONDS": "money.unmeasured-video",
}


class AdmissionContext(msgspec.Struct, frozen=True):
    """What a decision about a task needs to know of its world.

    ``find_asset`` and ``find_task`` give what the key has; ``raw_seconds`` and ``raw_sizes`` hold what was measured of
    raw references, by URL.
    """

    profile: Profile
    plan: Plan
    concurrency: int
    active: int
    available: int
    ephemeral_used: int
    find_asset: Callable[[str], Asset | None]
    find_task: FindTask
    raw_seconds: Mapping[str, float]
    raw_sizes: Mapping[str, tuple[int, int]]


class Draft(msgspec.Struct, frozen=True):
    """A task as asked, with every default filled in; not yet judged.

    ``counts`` of references by kind, ``video_seconds`` of all input videos together, ``price`` in points; ``promotes``
    is the draft task that it makes final.
    """

    input: TaskInput
    type: TaskType
    mode: str
    inferred: bool
    references: list[Reference]
    duration: int
    duration_fallback: bool
    ratio: str
    resolution: str
    auto_upload: bool
    counts: dict[MediaKind, int]
    video_seconds: float
    price: int
    omni_task: str = "auto"
    promotes: Task | None = None

    @property
    def adaptive(self) -> bool:
        """Whether the output takes the ratio of the input video."""
        return self.mode == "omni_reference" and OMNI_TASKS.get(self.omni_task, False)


@implements("task.mode-inferred", "task.duration-default", "task.ratio-default", "task.resolution-default")
@implements("task.audio-default", "task.omni-task-type")
def draft_of(row: TaskType, task_input: TaskInput, context: AdmissionContext) -> Draft:
    """Fill in what was not said."""
    profile = context.profile
    listed = references(task_input) if row.generates else [Reference("Video", 0, task_input.video_url or "")]
    mode = task_input.mode or inferred_mode(listed)
    omni = (task_input.omni_reference_task_type or "auto") if row.has_extras else "auto"
    resolution = task_input.resolution or row.default_resolution
    seconds = sum((_seconds_of(reference, context) for reference in listed if reference.kind == "Video"), start=0.0)
    duration = _duration(row, task_input, seconds) if omni == "edit" else task_input.duration
    duration = row.durations.default if duration is None else duration
    legacy = profile.legacy_less_restriction_durations and not row.strict
    fallback = legacy and duration not in LEGACY_DURATIONS
    duration = row.durations.default if fallback else duration
    return Draft(
        input=task_input,
        type=row,
        mode=mode,
        inferred=not task_input.mode,
        references=listed,
        duration=duration,
        duration_fallback=fallback,
        ratio=task_input.aspect_ratio or DEFAULT_RATIO,
        resolution=resolution,
        auto_upload=_auto_upload(row, task_input, profile),
        counts=count_by_kind(listed),
        video_seconds=seconds,
        price=price(profile.price_period, row.name, resolution, duration, seconds),
        omni_task=omni,
    )


@implements("task.draft-task-id")
def final_of(row: TaskType, task_input: TaskInput, earlier: Task, context: AdmissionContext) -> Draft:
    """The final of an earlier draft: all that it is comes from the draft, but for the resolution."""
    return Draft(
        input=task_input,
        type=row,
        mode=earlier.mode,
        inferred=False,
        references=[],
        duration=earlier.seconds,
        duration_fallback=False,
        ratio=nearest_ratio(earlier.width, earlier.height),
        resolution=FINAL_RESOLUTION,
        auto_upload=False,
        counts=count_by_kind([]),
        video_seconds=0.0,
        price=price(context.profile.price_period, row.name, FINAL_RESOLUTION, earlier.seconds, 0),
        promotes=earlier,
    )


def inferred_mode(listed: list[Reference]) -> str:
    """The mode of a request that names none, from its references."""
    if not listed:
        return "text_to_video"
    pictures_only = all(reference.kind == "Image" for reference in listed)
    return "first_last_frames" if pictures_only and len(listed) <= 2 else "omni_reference"


def _auto_upload(row: TaskType, task_input: TaskInput, profile: Profile) -> bool:
    if task_input.auto_upload_assets is None:
        return profile.auto_upload_default and row.takes_assets
    return task_input.auto_upload_assets and row.generates


def _duration(row: TaskType, task_input: TaskInput, edited: float) -> int | None:
    """Output length of an edit: as long as the videos that are edited, unless another is asked for."""
    if task_input.duration not in (None, AS_LONG):
        return task_input.duration
    return min(max(billed_seconds(edited), row.durations.least), row.durations.most) if edited else None


def _seconds_of(reference: Reference, context: AdmissionContext) -> float:
    """Seconds of an input video: what ingest found, what was measured, or what is assumed."""
    if reference.asset_id is None:
        return context.raw_seconds.get(reference.uri, ASSUMED_VIDEO_SECONDS)
    asset = context.find_asset(reference.asset_id)
    measured = asset.facts.seconds if asset and asset.facts else None
    return ASSUMED_VIDEO_SECONDS if measured is None else measured


class OutputShape(NamedTuple):
    """Width and height in pixels; ``image_ratio`` where the first image decided, else empty."""

    width: int
    height: int
    image_ratio: str


@implements("task.ratio-follows-frame", "task.output-size", "task.reference-ratio-wins", "task.watermark-source")
def output_shape(draft: Draft, context: AdmissionContext) -> OutputShape:
    """Width and height of the output, and the ratio that the first image gave it.

    Frames decide the ratio themselves; so does a reference picture on types that say so, and an input video that is
    edited or extended. Where its size is not known, the asked ratio stands, and 16:9 for what is no ratio.
    """
    if not draft.type.generates:
        width, height = first_size(draft, context, "Video") or SIZES["720p"]["16:9"]
        return OutputShape(_side(width), _side(height), "")
    ratio = draft.ratio
    pictures = draft.mode == "first_last_frames" or draft.type.picture_decides_ratio
    kinds: tuple[MediaKind, ...] = (*(("Video",) if draft.adaptive else ()), *(("Image",) if pictures else ()))
    sizes = {kind: size for kind in kinds if (size := first_size(draft, context, kind))}
    kind = next(iter(sizes), None)
    if kind is not None:
        ratio = nearest_ratio(*sizes[kind])
    elif ratio not in RATIOS:
        ratio = DEFAULT_RATIO
    width, height = SIZES.get(draft.resolution, SIZES["720p"])[ratio]
    return OutputShape(width, height, ratio if kind == "Image" else "")


def _side(pixels: int) -> int:
    """A side of a video as it can be encoded: even, and no smaller or larger than a stub can be drawn."""
    return min(max(pixels, 160), 3840) // 2 * 2


def first_size(draft: Draft, context: AdmissionContext, kind: MediaKind) -> tuple[int, int] | None:
    """Size of the first reference of a kind, if it was ever measured."""
    first = next((reference for reference in draft.references if reference.kind == kind), None)
    if first is None or first.asset_id is None:
        return context.raw_sizes.get(first.uri) if first else None
    asset = context.find_asset(first.asset_id)
    if asset is None or asset.facts is None or not asset.facts.width or not asset.facts.height:
        return None
    return asset.facts.width, asset.facts.height
