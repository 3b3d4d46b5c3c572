"""A snapshot as JSON, written and read a few records at a time, so that no second copy of a world is ever in memory."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import or_
from typing import Any

import msgspec

from fakeseed import __version__
from fakeseed.errors import UsageError
from fakeseed.faults.arming import unfit
from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.journal import DeliveryEntry, EventEntry, RequestEntry
from fakeseed.world.ledger import Movement
from fakeseed.world.snapshot import FORMAT, Due, WorldState, without_secrets
from fakeseed.world.snapshot_validation import find_faults, out_of_bounds, unknown_field
from fakeseed.world.tables import Account, Upload

MARK = "fakeseed_snapshot"
AT_ONCE = 200
"""Records that are written in one piece."""
RECORDS: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "assets": (Asset,),
    "tasks": (Task,),
    "uploads": (Upload,),
    "movements": (Movement,),
    "timeline": (Due,),
    "journal": (RequestEntry, EventEntry, DeliveryEntry),
}
"""List of a snapshot's world -> the shapes of its records. Beside them stand ``account`` and ``dropped``."""

Raws = Mapping[str, msgspec.Raw]
"""Values of a JSON object that are not decoded yet; they lie in the file's own bytes."""


# -- writing ----------------------------------------------------------------------------------------------------------


def snapshot_pieces(state: WorldState, *, secrets: bool) -> Iterator[bytes]:
    """A state as a snapshot's bytes, piece by piece."""
    encode = msgspec.json.encode
    head = {MARK: FORMAT, "version": __version__, "at": with_nanoseconds(state.account.latest)}
    account = {name: value for name, value in msgspec.to_builtins(state.account).items() if name != "name"}
    yield encode({**head, "secrets": "kept" if secrets else "blotted"})[:-1] + b',"world":{"account":' + encode(account)
    for name in RECORDS:
        yield b',"%b":[' % name.encode()
        records = getattr(state, name)
        for start in range(0, len(records), AT_ONCE):
            chunk = records[start : start + AT_ONCE]
            shown = chunk if secrets else [without_secrets(record) for record in chunk]
            yield (b"," if start else b"") + encode(shown)[1:-1]
        yield b"]"
    yield b',"dropped":%d}}' % state.dropped


# -- reading ----------------------------------------------------------------------------------------------------------


def read_snapshot(body: bytes) -> WorldState:
    """A snapshot's bytes as a sound state. Raises UsageError with what is wrong and where."""
    try:
        world = _world_of(_object(body))
        state = WorldState(
            account=_account(world["account"]),
            dropped=_record(msgspec.json.decode(world["dropped"]), (), int, "$.world.dropped"),
            **{name: list(_records(world[name], name)) for name in RECORDS},
        )
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        defect = "is empty" if not body.strip() else f"is cut off or no JSON: {problem}"
        raise UsageError(f"the snapshot {defect}", "save it again: fakeseed snapshot save FILE") from None
    fault = find_faults(state) or next(filter(None, map(unfit, state.account.faults)), "")
    if fault:
        raise _refused(fault)
    return state


def _object(text: bytes | msgspec.Raw) -> Raws | None:
    """A JSON object's values, None for JSON that is none."""
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError:
        return None


def _world_of(content: Raws | None) -> Raws:
    if content is None or MARK not in content:
        raise UsageError(f"this is no snapshot: it has no {MARK}", "GET snapshot makes one")
    if bytes(content[MARK]) != b"%d" % FORMAT:
        version = bytes(content.get("version", b"None")).decode("utf-8", "replace").strip('"')
        raise UsageError(
            f"the snapshot's format is {bytes(content[MARK])[:40].decode('utf-8', 'replace')}, "
            f"this fakeseed ({__version__}) reads {FORMAT}",
            f"load it with the fakeseed that wrote it ({version[:40]})",
        )
    world = _object(content.get("world", msgspec.Raw(b"null"))) or {}
    if missing := set(WorldState.__struct_fields__) - set(world):
        raise _refused(f"its world lacks {', '.join(sorted(missing))}")
    if odd := sorted(set(world) - set(WorldState.__struct_fields__)):
        raise _refused(f"its world has an unknown part {odd[0][:80]!r}")
    return world


def _account(text: msgspec.Raw) -> Account:
    fields = msgspec.json.decode(text)
    if not isinstance(fields, dict):
        raise _refused("its account is no object - at `$.world.account`")
    account: Account = _record({**fields, "name": ""}, (Account,), Account, "$.world.account")
    return account


def _records(text: msgspec.Raw, name: str) -> Iterator[Any]:
    try:
        raws = msgspec.json.decode(text, type=list[msgspec.Raw])
    except msgspec.ValidationError as problem:
        raise _refused(f"{problem} - at `$.world.{name}`") from None
    shapes = RECORDS[name]
    record_type = reduce(or_, shapes)
    for position, raw in enumerate(raws):
        yield _record(msgspec.json.decode(raw), shapes, record_type, f"$.world.{name}[{position}]")


def _record(value: object, shapes: tuple[type[msgspec.Struct], ...], record_type: Any, path: str) -> Any:
    """A decoded value as what it has to be. Raises UsageError with what is wrong and where."""
    wrong = out_of_bounds(value) or (shapes and unknown_field(value, shapes))
    if wrong:
        raise _refused(f"{wrong} - at `{path}`")
    try:
        return msgspec.convert(value, record_type)
    except (msgspec.ValidationError, OverflowError, RecursionError) as problem:
        text = str(problem)
        raise _refused(text.replace("`$", f"`{path}") if "`$" in text else f"{text} - at `{path}`") from None


def _refused(why: str) -> UsageError:
    return UsageError(f"the snapshot cannot be loaded, nothing was changed: {why[:400]}", "save it again, unedited")
