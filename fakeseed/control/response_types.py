"""What control calls answer, as types: the document of the control API is made from them, and tests hold the answers
to them. Answers themselves are made as plain values, which is quicker.
"""

from typing import Any, Literal

import msgspec

from fakeseed.world.ledger import Balances


class Shape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An object with these fields and no others; one with a default may be absent."""


class Problem(Shape, frozen=True):
    """Why a call did nothing, and the next step."""

    error: str
    hint: str = ""
    seen: dict[str, Any] = {}


class ComingEvent(Shape, frozen=True):
    """Something that will happen: when, in how many seconds of world time, what, to which record."""

    at: str
    in_seconds: float
    kind: str
    ref: str


class ClockState(Shape, frozen=True):
    """Where a clock stands; ``rate`` of one that runs, ``step_seconds`` of one that polls move."""

    mode: Literal["real", "frozen", "auto"]
    now: str
    pending_events: int
    next: ComingEvent | None
    rate: float | None = None
    step_seconds: float | None = None


class QuotaShape(Shape, frozen=True):
    """What is used of what is allowed."""

    used: int
    limit: int


class Quotas(Shape, frozen=True):
    """Managed assets, places of ephemeral ones, tasks that run."""

    assets: QuotaShape
    ephemeral: QuotaShape
    running: QuotaShape


class JournalLength(Shape, frozen=True):
    """The number of the last entry, and how many of the first were dropped."""

    last: int
    dropped: int


class Overview(Shape, frozen=True):
    """A world's figures; ``faults`` counts those that are armed."""

    name: str
    plan: str
    profile: str
    pace: str
    seed: str
    clock: ClockState
    points: Balances
    quotas: Quotas
    assets: int
    tasks: int
    faults: int
    journal: JournalLength


class Worlds(Shape, frozen=True):
    """A page of worlds; ``next`` is the offset of the next one."""

    worlds: list[Overview]
    total: int
    next: int | None


class WorldStateShape(Shape, frozen=True):
    """A world's settings and counts."""

    plan: str
    profile: str
    pace: str
    seed: str
    ingest: str
    concurrency: int
    points: Balances
    assets: int
    tasks: int
    active_tasks: int
    clock: ClockState


class RequestEntryShape(Shape, frozen=True, tag="request", tag_field="kind"):
    """A request with its answer. Bodies are JSON where they are JSON, else text."""

    seq: int
    at: str
    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: Any
    status: int
    answer: Any
    refused_by: str = ""
    notes: list[str] = []
    faults: list[str] = []
    answer_headers: list[tuple[str, str]] = []


class TransitionEntry(Shape, frozen=True, tag="event", tag_field="kind", rename={"source": "from", "target": "to"}):
    """A transition of a task, an asset or an output."""

    seq: int
    at: str
    source: str | None
    trigger: str
    target: str | None
    behaviour: str
    task: str | None = None
    asset: str | None = None
    output: str | None = None


class DeliveryEntryShape(Shape, frozen=True, tag="delivery", tag_field="kind"):
    """A webhook attempt: the message, and the receiver's status, or 0 and a cause."""

    seq: int
    at: str
    task: str
    attempt: int
    url: str
    status: int
    cause: str
    headers: list[tuple[str, str]] = []
    body: Any = None
    redelivery: bool = False


Entry = RequestEntryShape | TransitionEntry | DeliveryEntryShape


class JournalPageShape(Shape, frozen=True):
    """Entries, oldest first."""

    total: int
    dropped: int
    entries: list[Entry]


class JournalRows(Shape, frozen=True):
    """Entries in short, newest first; ``next`` goes on with older ones, ``last`` is the number of the latest."""

    rows: list[dict[str, Any]]
    next: int | None
    last: int


class Moved(Shape, frozen=True):
    """A clock that was moved or set, and what happened on the way: the first of ``total`` entries, the journal has the
    others after ``next_after``.
    """

    clock: ClockState
    happened: list[TransitionEntry | DeliveryEntryShape]
    total: int = 0
    next_after: int | None = None


class TimelineShape(Shape, frozen=True):
    """What will happen, first things first."""

    total: int
    events: list[ComingEvent]


class PointsMovement(Shape, frozen=True):
    """Points that moved; ``balance`` is what is available after it."""

    seq: int
    at: str
    kind: str
    points: int
    balance: int
    task_id: str | None


class Ledger(Shape, frozen=True):
    """Balances, and a page of movements."""

    balances: Balances
    total: int
    movements: list[PointsMovement]


class ReferenceShape(Shape, frozen=True):
    """A reference of a task, as its prompt calls it."""

    label: str
    kind: str
    uri: str


class TaskCard(Shape, frozen=True):
    """A task as a viewer shows it."""

    task_id: str
    task_type: str
    status: str
    held: bool
    prompt: str
    width: int
    height: int
    seconds: int
    price: int
    frozen: int
    consumed: int
    created_at: str
    started_at: str | None
    ended_at: str | None
    output_until: str | None
    playable: bool
    error: str | None
    references: list[ReferenceShape]
    webhook: str | None
    deliveries: int
    logs: list[str]
    input: Any
    next: ComingEvent | None


class Tasks(Shape, frozen=True):
    """A page of tasks; ``total`` where nothing was filtered."""

    tasks: list[TaskCard]
    total: int | None
    next: int | None


class AssetErrorShape(Shape, frozen=True):
    """Why an asset is Failed."""

    code: str
    message: str


class AssetCard(Shape, frozen=True):
    """An asset as a viewer shows it."""

    asset_id: str
    name: str
    asset_type: str
    url: str
    status: str
    ephemeral: bool
    task_id: str | None
    upload_at: str
    last_used_at: str
    expires_at: str
    error: AssetErrorShape | None
    picture: bool
    next: ComingEvent | None


class Assets(Shape, frozen=True):
    """A page of assets; ``total`` where nothing was filtered."""

    assets: list[AssetCard]
    total: int | None
    next: int | None


class Faults(Shape, frozen=True):
    """Armed faults: each its order, an ``id``, how often it was ``met`` and how often it ``fired``."""

    faults: list[dict[str, Any]]


class Disarmed(Shape, frozen=True):
    """The ids of what was taken away."""

    disarmed: list[str]


class Copied(Shape, frozen=True):
    """Requests as something that runs."""

    form: str
    text: str


class Health(Shape, frozen=True):
    """Whether the emulator is well."""

    status: str
    version: str
    error: str = ""
