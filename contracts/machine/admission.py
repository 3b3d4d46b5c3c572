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
from .requests import FIELDS, NEVER, PLOTS, REFUSED_PERSON, SOURCES, TaskRequest

LEGACY = (5, 10, 15)
ASTRAY = {"Image": "Video", "Video": "Image", "Audio": "Image"}


class Objection(NamedTuple):
    """One reason to refuse: status, a part of the text, and the behaviour that says so."""

    status: int
    text: str
    behaviour: str


class Draft(NamedTuple):
    """A create with everything filled in."""

    request: TaskRequest
    references: list[Reference]
    missing: list[str]
    mode: str
    duration: int
    fell_back: bool
    resolution: str
    auto_upload: bool
    video_seconds: float

    @property
    def strict(self) -> bool:
        """Whether the type takes no assets."""
        return not self.request.task_type.endswith("-less-restriction")

    @property
    def is_25(self) -> bool:
        """Whether it is of the 2.5 family."""
        return self.request.task_type.startswith("seedance-2.5")

    def count(self, kind: str) -> int:
        """References of a kind."""
        return sum(reference.kind == kind for reference in self.references)


def draft_of(model: Model, task_request: TaskRequest, foreign: dict[str, str]) -> Draft:
    """Fill in what was not said. ``foreign``: labels and ids of another key's assets."""
    references, missing = [], []
    for name in task_request.references:
        if name in SOURCES:
            references.append(Reference(SOURCES[name], SOURCES[name].url, raw=True, kind=SOURCES[name].kind))
            continue
        asset_id = model.labels.get(name) or foreign[name]
        asset = model.assets.get(asset_id)
        if asset is None:
            missing.append(asset_id)
        source = asset.source if asset else SOURCES["picture"]
        kind = ASTRAY[source.kind] if task_request.astray else source.kind
        references.append(Reference(source, f"asset://{asset_id}", raw=False, kind=kind))
    references.sort(key=lambda reference: list(FIELDS).index(reference.kind))
    legacy = model.profile.legacy_durations and task_request.task_type.endswith("-less-restriction")
    duration = 5 if task_request.duration is None else task_request.duration
    fell_back = legacy and duration not in LEGACY
    default_on = model.profile.auto_upload and task_request.task_type.endswith("-less-restriction")
    return Draft(
        task_request,
        references,
        missing,
        task_request.mode or inferred_mode(references),
        5 if fell_back else duration,
        fell_back,
        task_request.resolution or default_resolution(task_request.task_type),
        default_on if task_request.auto_upload is None else task_request.auto_upload,
        sum(reference.source.length or UNMEASURED_SECONDS for reference in references if reference.kind == "Video"),
    )


def inferred_mode(references: list[Reference]) -> str:
    """The mode that references speak for."""
    if not references:
        return "text_to_video"
    pictures_only = all(reference.kind == "Image" for reference in references)
    return "first_last_frames" if pictures_only and len(references) < 3 else "omni_reference"


# -- objections -------------------------------------------------------------------------------------------------------


def objections(model: Model, draft: Draft) -> list[Objection]:
    """Every reason to refuse."""
    checks = (_of_form, _of_counts, _of_assets, _of_account)
    return [*_of_mode(draft), *(objection for check in checks for objection in check(model, draft))]


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
    task_request = draft.request
    if not 4 <= draft.duration <= (30 if draft.is_25 else 15):
        yield Objection(400, "duration", "task.duration-range")
    if task_request.ratio == "auto" and draft.mode != "first_last_frames" and model.profile.refuses_ratio:
        yield Objection(400, "auto", "task.ratio-auto")
    if not any(
        rate(task_request.task_type, resolution, model.profile_name) for resolution in ("480p", "720p", "1080p")
    ):
        yield Objection(400, "unknown task_type", "task.type-rule")
    if rate(task_request.task_type, draft.resolution, model.profile_name) is None:
        yield Objection(400, "resolution", "task.resolution-rule")
    if draft.auto_upload and draft.strict:
        yield Objection(400, "auto_upload_assets", "task.auto-upload-needs-less-restriction")
    if draft.auto_upload and task_request.retention not in (None, 3, 4, 5, 6, 7, 8):
        yield Objection(400, "asset_retention_hours", "auto-upload.retention-range")
    if draft.video_seconds > MOST_VIDEO_SECONDS:
        yield Objection(400, "15.4", "task.reference-video-seconds")


def _of_counts(model: Model, draft: Draft) -> Iterator[Objection]:
    pictures_only = model.profile.mini_pictures_only and "mini" in draft.request.task_type
    if pictures_only and len(draft.references) > draft.count("Image"):
        yield Objection(400, "takes neither", "task.mini-pictures-only")
    if draft.count("Video") > model.profile.videos:
        yield Objection(400, "video_urls", "task.reference-videos")


def _of_assets(model: Model, draft: Draft) -> Iterator[Objection]:
    named = [reference.uri.removeprefix("asset://") for reference in draft.references if not reference.raw]
    if named and draft.strict:
        yield Objection(422, "asset://", "task.asset-needs-less-restriction")
    for asset_id in draft.missing:
        yield Objection(400, f"asset {asset_id} is not found", "task.asset-missing")
    for asset_id in named:
        asset = model.assets.get(asset_id)
        if asset is not None and asset.status != "Active":
            yield Objection(400, f"{asset_id} is not Active (status: {asset.status})", "task.asset-not-active")
    if draft.request.astray:
        yield Objection(400, "the specified asset is not a", "task.asset-wrong-type")


def _of_account(model: Model, draft: Draft) -> Iterator[Objection]:
    raw_references = sum(reference.raw for reference in draft.references) if draft.auto_upload else 0
    if raw_references and model.ephemeral_used + raw_references > model.plan.ephemeral:
        yield Objection(429, "ephemeral asset hard cap reached", "auto-upload.cap")
    if model.active_tasks >= model.tasks_at_a_time:
        yield Objection(429, f"active task count {model.active_tasks} has", "task.concurrency")
    if price_of(model, draft) > model.points["available"]:
        yield Objection(402, "insufficient credits", "money.insufficient-credits")


def price_of(model: Model, draft: Draft) -> int:
    """Points that it costs; 0 where it is not offered."""
    if rate(draft.request.task_type, draft.resolution, model.profile_name) is None:
        return 0
    inputs = math.ceil(draft.video_seconds)
    return price(draft.request.task_type, draft.resolution, draft.duration, inputs, model.profile_name)


# -- the task ---------------------------------------------------------------------------------------------------------


def body_of(draft: Draft, config: dict[str, Any]) -> dict[str, Any]:
    """The request."""
    task_request = draft.request
    inputs: dict[str, Any] = {"prompt": PLOTS[task_request.plot].prompt}
    for reference in draft.references:
        inputs.setdefault(FIELDS[reference.kind], []).append(reference.uri)
    named = {
        "mode": task_request.mode,
        "duration": task_request.duration,
        "resolution": task_request.resolution,
        "aspect_ratio": task_request.ratio,
        "auto_upload_assets": task_request.auto_upload,
        "asset_retention_hours": task_request.retention,
    }
    inputs.update({name: value for name, value in named.items() if value is not None})
    return {
        "model": "seedance",
        "task_type": task_request.task_type,
        "input": inputs,
        **({"config": config} if config else {}),
    }


def task_of(model: Model, draft: Draft, task_id: str, body: dict[str, Any]) -> Task:
    """The task that an accepted create becomes."""
    plot, pace = PLOTS[draft.request.plot], model.pace
    shows_face = any(reference.raw and reference.source.face for reference in draft.references)
    if draft.request.plot in ("plain", "slow", "timed", "stuck") and shows_face and not draft.auto_upload:
        plot = REFUSED_PERSON._replace(takes=plot.takes)
    runs = pace.run_25 if draft.is_25 else pace.run
    seconds = _takes(draft, plot.takes)
    span = runs if seconds is None else (seconds, seconds)
    queue = model.window(pace.queue)
    hours = draft.request.retention if draft.auto_upload and isinstance(draft.request.retention, int) else None
    retention = hours or model.profile.retention
    hook = body.get("config", {}).get("webhook_config", {})
    return Task(
        model.label("t", task_id),
        task_id,
        draft.request.task_type,
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
        draft.request.hook,
    )


def _takes(draft: Draft, own: float | None) -> float | None:
    """Seconds of the run: words in raw URLs count too, and the later holds."""
    named = [
        reference.source.takes
        for reference in draft.references
        if reference.raw and "fs-takes-" in reference.source.url
    ]
    return NEVER if own == NEVER else [own, *named][-1]


def _start_lines(draft: Draft) -> list[str]:
    entries = []
    counts = [draft.count(kind) for kind in FIELDS]
    if not draft.request.mode:
        entries.append("mode auto-detected: {} (images={}, videos={}, audios={})".format(draft.mode, *counts))
    if draft.fell_back:
        entries.append("invalid duration, use '5' as default")
    if draft.video_seconds:
        seconds = f"{draft.video_seconds:.1f}s ({math.ceil(draft.video_seconds)}s)"
        entries.append(f"video reference total duration: {seconds}, billing includes input + output duration")
    return [*entries, "audio: enabled=true"]


TYPES = tuple(f"{name}{end}" for name in DEFAULT_RESOLUTION for end in ("", "-less-restriction"))
