"""How a create is judged: every objection that the documents know, or the task that it becomes.

Which of several objections is answered is not documented, so any of them will do.
"""

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

from ..harness.prices import DEFAULT_RESOLUTION, default_resolution, price, rate
from ..harness.tables import MOST_VIDEO_SECONDS, UNMEASURED_SECONDS
from .model import Model
from .records import Reference, Task
from .requests import FIELDS, NEVER, PLOTS, REFUSED_PERSON, SOURCES, Asked

LEGACY = (5, 10, 15)
ASTRAY = {"Image": "Video", "Video": "Image", "Audio": "Image"}


class Objection(NamedTuple):
    """One reason to refuse: status, a part of the text, and the behaviour that says so."""

    status: int
    text: str
    behaviour: str


class Draft(NamedTuple):
    """A create with everything filled in."""

    asked: Asked
    references: list[Reference]
    unknown: list[str]
    mode: str
    duration: int
    fell_back: bool
    resolution: str
    auto_upload: bool
    video_seconds: float

    @property
    def strict(self) -> bool:
        """Whether the type takes no assets."""
        return not self.asked.task_type.endswith("-less-restriction")

    @property
    def is_25(self) -> bool:
        """Whether it is of the 2.5 family."""
        return self.asked.task_type.startswith("seedance-2.5")

    def count(self, kind: str) -> int:
        """References of a kind."""
        return sum(one.kind == kind for one in self.references)


def draft_of(model: Model, asked: Asked, foreign: dict[str, str]) -> Draft:
    """Fill in what was not said. ``foreign``: labels and ids of another key's assets."""
    references, unknown = [], []
    for name in asked.references:
        if name in SOURCES:
            references.append(Reference(SOURCES[name], SOURCES[name].url, raw=True, kind=SOURCES[name].kind))
            continue
        asset_id = model.labels.get(name) or foreign[name]
        asset = model.assets.get(asset_id)
        if asset is None:
            unknown.append(asset_id)
        source = asset.source if asset else SOURCES["picture"]
        kind = ASTRAY[source.kind] if asked.astray else source.kind
        references.append(Reference(source, f"asset://{asset_id}", raw=False, kind=kind))
    references.sort(key=lambda one: list(FIELDS).index(one.kind))
    legacy = model.profile.legacy_durations and asked.task_type.endswith("-less-restriction")
    duration = 5 if asked.duration is None else asked.duration
    fell_back = legacy and duration not in LEGACY
    default_on = model.profile.auto_upload and asked.task_type.endswith("-less-restriction")
    return Draft(
        asked,
        references,
        unknown,
        asked.mode or inferred_mode(references),
        5 if fell_back else duration,
        fell_back,
        asked.resolution or default_resolution(asked.task_type),
        default_on if asked.auto_upload is None else asked.auto_upload,
        sum(one.source.length or UNMEASURED_SECONDS for one in references if one.kind == "Video"),
    )


def inferred_mode(references: list[Reference]) -> str:
    """The mode that references speak for."""
    if not references:
        return "text_to_video"
    pictures_only = all(one.kind == "Image" for one in references)
    return "first_last_frames" if pictures_only and len(references) < 3 else "omni_reference"


# -- objections -------------------------------------------------------------------------------------------------------


def objections(model: Model, draft: Draft) -> list[Objection]:
    """Every reason to refuse."""
    return [*_of_mode(draft), *_of_form(model, draft), *_of_assets(model, draft), *_of_account(model, draft)]


def _of_mode(draft: Draft) -> Iterator[Objection]:
    pictures, total = draft.count("Image"), len(draft.references)
    if draft.mode == "text_to_video" and total:
        yield Objection(400, "text_to_video", "task.text-mode")
    if draft.mode == "first_last_frames" and total > pictures:
        yield Objection(400, "images only", "task.frames-mode-media")
    if draft.mode == "first_last_frames" and pictures not in (1, 2):
        yield Objection(400, "1 or 2", "task.frames-mode-images")
    if draft.mode == "omni_reference" and not total:
        yield Objection(400, "at least one", "task.omni-mode-empty")
    if total and draft.count("Audio") == total:
        yield Objection(400, "audio_urls", "task.omni-mode-audio")


def _of_form(model: Model, draft: Draft) -> Iterator[Objection]:
    asked = draft.asked
    if not 4 <= draft.duration <= (30 if draft.is_25 else 15):
        yield Objection(400, "duration", "task.duration-range")
    if asked.ratio == "auto" and (draft.mode != "first_last_frames" or draft.is_25):
        yield Objection(400, "auto", "task.ratio-auto")
    if not any(rate(asked.task_type, one, model.profile_name) for one in ("480p", "720p", "1080p")):
        yield Objection(400, "unknown task_type", "task.type-rule")
    if rate(asked.task_type, draft.resolution, model.profile_name) is None:
        yield Objection(400, "resolution", "task.resolution-rule")
    if draft.auto_upload and draft.strict:
        yield Objection(400, "auto_upload_assets", "task.auto-upload-needs-less-restriction")
    if draft.auto_upload and asked.retention not in (None, 3, 4, 5, 6, 7, 8):
        yield Objection(400, "asset_retention_hours", "auto-upload.retention-range")
    if draft.count("Video") > model.profile.videos:
        yield Objection(400, "video_urls", "task.reference-videos")
    if draft.video_seconds > MOST_VIDEO_SECONDS:
        yield Objection(400, "15.4", "task.reference-video-seconds")


def _of_assets(model: Model, draft: Draft) -> Iterator[Objection]:
    named = [one.uri.removeprefix("asset://") for one in draft.references if not one.raw]
    if named and draft.strict:
        yield Objection(422, "asset://", "task.asset-needs-less-restriction")
    for asset_id in draft.unknown:
        yield Objection(400, f"asset {asset_id} is not found", "task.asset-missing")
    for asset_id in named:
        asset = model.assets.get(asset_id)
        if asset is not None and asset.status != "Active":
            yield Objection(400, f"{asset_id} is not Active (status: {asset.status})", "task.asset-not-active")
    if draft.asked.astray:
        yield Objection(400, "the specified asset is not a", "task.asset-wrong-type")


def _of_account(model: Model, draft: Draft) -> Iterator[Objection]:
    wanted = sum(one.raw for one in draft.references) if draft.auto_upload else 0
    if wanted and model.ephemeral_used + wanted > model.plan.ephemeral:
        yield Objection(429, "ephemeral asset hard cap reached", "auto-upload.cap")
    if model.active_tasks >= model.tasks_at_a_time:
        yield Objection(429, f"active task count {model.active_tasks} has", "task.concurrency")
    if price_of(model, draft) > model.points["available"]:
        yield Objection(402, "insufficient credits", "money.insufficient-credits")


def price_of(model: Model, draft: Draft) -> int:
    """Points that it costs; 0 where it is not offered."""
    if rate(draft.asked.task_type, draft.resolution, model.profile_name) is None:
        return 0
    inputs = math.ceil(draft.video_seconds)
    return price(draft.asked.task_type, draft.resolution, draft.duration, inputs, model.profile_name)


# -- the task ---------------------------------------------------------------------------------------------------------


def body_of(draft: Draft, config: dict[str, Any]) -> dict[str, Any]:
    """The request."""
    asked = draft.asked
    given: dict[str, Any] = {"prompt": PLOTS[asked.plot].prompt}
    for reference in draft.references:
        given.setdefault(FIELDS[reference.kind], []).append(reference.uri)
    named = {
        "mode": asked.mode,
        "duration": asked.duration,
        "resolution": asked.resolution,
        "aspect_ratio": asked.ratio,
        "auto_upload_assets": asked.auto_upload,
        "asset_retention_hours": asked.retention,
    }
    given.update({name: value for name, value in named.items() if value is not None})
    return {"model": "seedance", "task_type": asked.task_type, "input": given, **({"config": config} if config else {})}


def task_of(model: Model, draft: Draft, task_id: str, body: dict[str, Any]) -> Task:
    """The task that an accepted create becomes."""
    plot, pace = PLOTS[draft.asked.plot], model.pace
    shows_face = any(one.raw and one.source.face for one in draft.references)
    if draft.asked.plot in ("plain", "slow", "timed", "stuck") and shows_face and not draft.auto_upload:
        plot = REFUSED_PERSON._replace(takes=plot.takes)
    runs = pace.run_25 if draft.is_25 else pace.run
    taken = _takes(draft, plot.takes)
    span = runs if taken is None else (taken, taken)
    queue = model.window(pace.queue)
    hours = draft.asked.retention if draft.auto_upload and isinstance(draft.asked.retention, int) else None
    retention = hours or model.profile.retention
    hook = body.get("config", {}).get("webhook_config", {})
    return Task(
        model.label("t", task_id),
        task_id,
        draft.asked.task_type,
        plot,
        price_of(model, draft),
        model.now,
        (model.now + queue[0], model.now + queue[1]),
        None if NEVER in span else model.window(span),
        draft.references,
        body["input"],
        {"service_mode": "", "webhook_config": {"endpoint": hook.get("endpoint", ""), "secret": ""}},
        _start_lines(draft),
        draft.auto_upload,
        retention,
        model.profile.hold or retention,
        draft.asked.hook,
    )


def _takes(draft: Draft, own: float | None) -> float | None:
    """Seconds of the run: words in raw URLs count too, and the later holds."""
    named = [one.source.takes for one in draft.references if one.raw and "fs-takes-" in one.source.url]
    return NEVER if own == NEVER else [own, *named][-1]


def _start_lines(draft: Draft) -> list[str]:
    lines = []
    counts = [draft.count(kind) for kind in FIELDS]
    if not draft.asked.mode:
        lines.append("mode auto-detected: {} (images={}, videos={}, audios={})".format(draft.mode, *counts))
    if draft.fell_back:
        lines.append("invalid duration, use '5' as default")
    if draft.video_seconds:
        seconds = f"{draft.video_seconds:.1f}s ({math.ceil(draft.video_seconds)}s)"
        lines.append(f"video reference total duration: {seconds}, billing includes input + output duration")
    return [*lines, "audio: enabled=true"]


TYPES = tuple(f"{name}{end}" for name in DEFAULT_RESOLUTION for end in ("", "-less-restriction"))
