"""Whether a state that came from outside can be a world: each check tells what cannot be so.

A world made of a sound state never meets a record or an event that its own machinery could not have made.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator

import msgspec

from fakeseed.errors import UsageError
from fakeseed.model.asset import STATUSES
from fakeseed.model.money import MAX_POINTS
from fakeseed.model.outcome_plan import PACES
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import PROFILES
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import ACTIVE, ENDED, OUTCOMES, Task
from fakeseed.model.task_types import SIZES, TASK_TYPES
from fakeseed.model.times import LONGEST_SPAN
from fakeseed.world.settings import MAX_CONCURRENCY
from fakeseed.world.settings_patch import WorldPatch, validate_patch
from fakeseed.world.snapshot import WorldState, refs
from fakeseed.world.uploads_service import TYPES
from fakeseed.world.webhooks import MAX_ATTEMPTS

LARGEST = 10**22
"""No number in a world is larger: instants reach 10,000 years ahead more than ten times over."""
_FILE_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", re.ASCII)
_FRAMES = {size for sizes in SIZES.values() for size in sizes.values()}
MAX_SECONDS = 60
"""Seconds of a video that a task may have."""


def find_faults(state: WorldState) -> str:
    """The first thing that cannot be so, or nothing."""
    return next((fault for validate_patch in CHECKS for fault in validate_patch(state)), "")


def out_of_bounds(value: object) -> str:
    """The first number inside a decoded JSON value that no world holds, or nothing."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item
        elif isinstance(item, int | float) and not abs(item) < LARGEST:
            return f"the number {str(item)[:40]} is too large"
    return ""


def _words(state: WorldState) -> Iterator[str]:
    account = state.account
    checks: tuple[tuple[str, str, Collection[str]], ...] = (
        ("plan", account.plan, PLANS),
        ("profile", account.profile, PROFILES),
        ("pace", account.pace, PACES),
        *(("status", asset.status, STATUSES) for asset in state.assets),
        *(("status", task.status, ACTIVE | ENDED) for task in state.tasks),
        *(("task type", task.task_type, TASK_TYPES) for task in state.tasks),
        *(("outcome", task.fate.outcome, OUTCOMES) for task in state.tasks),
        *(("file type", upload.suffix, TYPES) for upload in state.uploads),
    )
    for setting, value, table in checks:
        if value not in table:
            yield f"unknown {setting} {value[:80]!r}{did_you_mean(value, table)}"


def _script(state: WorldState) -> Iterator[str]:
    for act in state.account.script:
        if act.cause and (act.cause not in OUTCOMES or OUTCOMES[act.cause].completes):
            yield f"unknown cause {act.cause[:80]!r}{did_you_mean(act.cause, OUTCOMES)}"
        try:
            validate_patch(msgspec.convert(act.change, WorldPatch))
        except (msgspec.ValidationError, UsageError) as problem:
            yield f"a scenario's act cannot be: {problem}"


def _account(state: WorldState) -> Iterator[str]:
    account, clock = state.account, state.account.clock
    if account.opening is not None:
        yield "the account has not been opened"
    if not (1e-6 <= clock.rate <= 1e6 and 0 <= clock.step <= LONGEST_SPAN):
        yield "the clock's rate or step is out of range"
    if clock.base < 0 or clock.base != account.latest:
        yield "the clock does not stand at the account's latest instant"
    if account.concurrency is not None and not 0 <= account.concurrency <= MAX_CONCURRENCY:
        yield "the account's concurrency is out of range"
    waiting = sum(task.slots_wanted for task in state.tasks if task.status == "pending")
    if account.reserved_slots != waiting:
        yield f"{account.reserved_slots} places are reserved, but pending tasks want {waiting}"


def _ids(state: WorldState) -> Iterator[str]:
    yield from _twice("asset", (asset.asset_id for asset in state.assets))
    yield from _twice("task", (task.task_id for task in state.tasks))
    yield from _twice("file", (upload.file_id for upload in state.uploads))
    yield from _twice("output", (task.output_id for task in state.tasks if task.output_id))
    files = [*(upload.file_id for upload in state.uploads), *(task.output_id for task in state.tasks if task.output_id)]
    yield from (f"{name[:80]!r} is no file's id" for name in files if not _FILE_ID.fullmatch(name))


def _twice(subject: str, names: Iterable[object]) -> Iterator[str]:
    yield from (
        f"{subject} {str(name)[:80]!r} stands there twice" for name, count in Counter(names).items() if count > 1
    )


def _numbers(state: WorldState) -> Iterator[str]:
    ends = [task.end_seq for task in state.tasks if task.end_seq]
    own = [record.seq for records in (state.assets, state.tasks, state.movements) for record in records]
    yield from _twice("number", [*own, *ends])
    if min([1, *own, *ends]) < 1 or max([0, *own, *ends]) > state.account.counter:
        yield "a record's number lies outside the account's counter"
    written = [entry.seq for entry in state.journal]
    if written != sorted(set(written)) or min([1, *written]) < 1 or max([0, *written]) > state.account.journal_counter:
        yield "the journal's numbers are out of order"
    if state.dropped < 0:
        yield "the number of dropped entries is negative"


def _tasks(state: WorldState) -> Iterator[str]:
    for task in state.tasks:
        broken_rule = next((broken_rule for broken_rule, holds in TASK_RULES.items() if not holds(task)), "")
        if broken_rule:
            yield f"task {task.task_id[:80]}: {broken_rule}"


def _is_object(text: bytes) -> bool:
    try:
        return isinstance(msgspec.json.decode(text), dict)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return False


TASK_RULES: dict[str, Callable[[Task], bool]] = {
    "it has ended if, and only if, it has a number of its end": lambda task: (
        (task.status in ENDED) == (task.end_seq > 0)
    ),
    "a task that has ended holds no points": lambda task: task.status in ACTIVE or task.frozen == 0,
    "its points are negative": lambda task: min(task.price, task.frozen, task.consumed) >= 0,
    "a completed task has an output, any other has none": lambda task: (
        (task.status == "completed") == bool(task.output_id)
    ),
    "its video has a size that no task has": lambda task: (task.width, task.height) in _FRAMES,
    "its video has a length that no task has": lambda task: 1 <= task.seconds <= MAX_SECONDS,
    "its input is no JSON object": lambda task: _is_object(task.input),
    "its references do not fit those that are being fetched": lambda task: 0 <= task.ingesting <= len(task.references),
    "a span of it is negative": lambda task: min(task.fate.queue, task.fate.run or 0, task.hold_hours) >= 0,
    "its webhook's messages or attempts are out of range": lambda task: (
        0 <= task.hook_message <= max(len(task.hook_plan.messages) - 1, 0) and 0 <= task.hook_attempts <= MAX_ATTEMPTS
    ),
    "a time of it lies before 1970": lambda task: min(task.created_at, task.started_at, task.ended_at) >= 0,
}
"""What must hold for every task, by what is said when it does not."""


def _points(state: WorldState) -> Iterator[str]:
    points, moved = state.account.balances, Counter[str]()
    for movement in state.movements:
        moved[movement.kind] += movement.points
    frozen = sum(task.frozen for task in state.tasks)
    if points.granted != points.available + points.frozen + points.consumed:
        yield "points are lost: granted is not available + frozen + consumed"
    if min(points.available, points.frozen, points.consumed) < 0 or points.granted > 2 * MAX_POINTS:
        yield "a balance is out of range"
    if points.frozen != frozen:
        yield f"{points.frozen} points are frozen, but tasks hold {frozen}"
    if moved["grant"] != points.granted:
        yield f"{points.granted} points are granted, but the movements say {moved['grant']}"
    if moved["freeze"] - moved["consume"] - moved["restore"] != points.frozen:
        yield "the movements do not add up to the frozen points"


NEEDS = {
    "asset.ingest": {"Processing"},
    "task.start": {"pending"},
    "task.retry": {"processing"},
    "task.end": {"processing"},
    "output.expire": {"completed"},
}
"""Kind of event -> states of its record in which it can happen; other kinds can in any."""


def _timeline(state: WorldState) -> Iterator[str]:
    targets = [(head, set(names)) for head, names in refs(state)]
    status: dict[str, str] = {asset.asset_id: asset.status for asset in state.assets}
    status |= {task.task_id: task.status for task in state.tasks}
    for due in state.timeline:
        names = next(names for head, names in targets if due.kind.startswith(head))
        if due.ref not in names:
            yield f"the timeline names {due.kind} of {due.ref[:80]!r}, which is not there"
        if due.kind in NEEDS and status.get(due.ref) not in NEEDS[due.kind]:
            yield f"the timeline names {due.kind} of {due.ref[:80]!r}, which is {status.get(due.ref)}"
        if due.at < state.account.latest:
            yield f"the timeline names {due.kind} of {due.ref[:80]!r} at an instant that is over"
    yield from _twice("on the timeline,", ((due.kind, due.ref) for due in state.timeline))
    if [due.at for due in state.timeline] != sorted(due.at for due in state.timeline):
        yield "the timeline is out of order"


CHECKS: tuple[Callable[[WorldState], Iterator[str]], ...] = (
    _words,
    _script,
    _account,
    _ids,
    _numbers,
    _tasks,
    _points,
    _timeline,
)


def unknown_field(record: object, shapes: tuple[type[msgspec.Struct], ...]) -> str:
    """The first field of a decoded record that none of its shapes has, or nothing."""
    if not isinstance(record, dict):
        return ""
    fields = {field for shape in shapes for field in shape.__struct_encode_fields__} | {"type"}
    odd = next((field for field in record if field not in fields), None)
    return "" if odd is None else f"unknown field {odd[:80]!r}{did_you_mean(odd, fields)}"
