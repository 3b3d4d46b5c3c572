"""What will become of an ingest or a task, drawn once, when it is created.

In order of rank: directive, then pace and seed. ``draw`` gives a fraction in [0, 1) for a name; the same world and
name always give the same fraction.
"""

from collections.abc import Callable

import msgspec
from msgspec.structs import replace

from fakeseed.model.admission import Admission
from fakeseed.model.asset import IngestPlan
from fakeseed.model.behaviours import implements
from fakeseed.model.directives import Directives
from fakeseed.model.media import SUFFIXES, IngestFailure, MediaFacts, MediaKind, failure, judge, kind_of_suffix
from fakeseed.model.references import suffix
from fakeseed.model.task import TaskPlan
from fakeseed.model.task_draft import ASSUMED_VIDEO_SECONDS
from fakeseed.model.times import seconds

Draw = Callable[[str], float]
Span = tuple[float, float]


class Pace(msgspec.Struct, frozen=True):
    """How long things take, as ranges in seconds; ``run`` is for the 2.0 family, ``run_25`` for 2.5."""

    name: str
    ingest: Span
    queue: Span
    run: Span
    run_25: Span


# realistic: ingest as a client tells its users (asset.ingest-time); runs as logged live (task.run-time).
PACES: dict[str, Pace] = {
    pace.name: pace
    for pace in (
        Pace("instant", (0, 0), (0, 0), (0, 0), (0, 0)),
        Pace("fast", (1, 2), (0.2, 0.5), (1.5, 3), (2, 4)),
        Pace("realistic", (60, 180), (3, 9), (150, 190), (280, 570)),
    )
}
DEFAULT_PACE = "fast"
PACE_BEHAVIOURS = {"ingest": "asset.ingest-time", "queue": "task.run-time", "run": "task.run-time"}

_TYPICAL_BYTES: dict[MediaKind, int] = {"Image": 400_000, "Video": 4_000_000, "Audio": 200_000}


def within(span: Span, draw: Draw, name: str) -> int:
    """A point of a range in seconds, as a span in nanoseconds, drawn by name."""
    low, high = span
    return seconds(low + (high - low) * draw(name)) if high > low else seconds(low)


@implements("asset.suffix-contradicts-type")
def simulated_ingest(url: str, kind: MediaKind, directives: Directives) -> MediaFacts | IngestFailure:
    """What an ingest finds when nothing is fetched: from directive and suffix."""
    if directives.ingest_failure:
        return failure(directives.ingest_failure, url=url, cause="as its directive asks")
    ending, named = suffix(url), kind_of_suffix(url)
    if named not in (None, kind):
        return failure("TypeMismatch", asked=kind.lower(), found=ending[1:])
    if named is None and ending[1:] in _FOREIGN_PICTURES and kind == "Image":
        return failure("InvalidParameter.UnsupportedImageFormat", found=ending[1:])
    if named is None and ending[1:] in _FOREIGN_PICTURES | _FOREIGN_OTHERS:
        return failure("FormatUnsupported", found=ending[1:])
    facts = simulated_facts(ending, kind, directives)
    unmeasured = facts if directives.size else replace(facts, width=None, height=None)
    return judge(kind, facts) or unmeasured


# Suffixes of formats that no kind of asset takes.
_FOREIGN_PICTURES = frozenset({"svg", "psd", "raw", "avif", "ico"})
_FOREIGN_OTHERS = frozenset(
    [
        *("pdf", "txt", "html", "htm", "json", "zip"),
        *("avi", "mkv", "webm", "flv", "wmv", "m4v", "mpg", "mpeg"),
        *("ogg", "flac", "aac", "m4a", "wma"),
    ]
)


def simulated_facts(ending: str, kind: MediaKind, directives: Directives) -> MediaFacts:
    """Unremarkable media of a kind, with the length and size that directives name."""
    width, height = directives.size or (1280, 720)
    timed = kind != "Image"
    return MediaFacts(
        kind=kind,
        format=ending[1:] if ending[1:] in SUFFIXES[kind] else SUFFIXES[kind][0],
        size_bytes=_TYPICAL_BYTES[kind],
        width=width,
        height=height,
        seconds=(directives.length or ASSUMED_VIDEO_SECONDS) if timed else None,
        fps=24.0 if kind == "Video" else None,
    )


def plan_ingest(
    url: str, kind: MediaKind, directives: Directives, pace: Pace, draw: Draw, known: MediaFacts | None = None
) -> IngestPlan:
    """When an ingest ends and how; ``known`` is what is known of the file."""
    ingest = simulated_ingest(url, kind, directives)
    if known is not None and not directives.ingest_failure:
        ingest = judge(kind, known) or known
    delay = within(pace.ingest, draw, "ingest") if directives.ingest_takes is None else directives.ingest_takes
    when = None if directives.ingest_stuck else delay
    if isinstance(ingest, IngestFailure):
        return IngestPlan(when, failure=ingest)
    return IngestPlan(when, facts=ingest)


@implements("moderation.strict-rejects-faces")
def plan_task(admission: Admission, directives: Directives, faces: bool, pace: Pace, draw: Draw) -> TaskPlan:
    """When a task starts and ends, and how. ``faces``: a raw picture shows a real person."""
    draft = admission.draft
    outcome = directives.outcome or "completed"
    if directives.outcome is None and faces and not draft.auto_upload:
        outcome = "refused-person"
    runs = pace.run_25 if draft.type.name.startswith("seedance-2.5") else pace.run
    run = within(runs, draw, "run") if directives.run_takes is None else directives.run_takes
    return TaskPlan(within(pace.queue, draw, "queue"), None if directives.run_stuck else run, outcome)
