"""``GET`` and ``PUT snapshot``: a whole world as one JSON file, and back.

A file is read and judged as a whole before anything changes. Its own key is not in it, so it may go into another
key's world; what clients told in confidence (webhook secrets, tokens in URLs) is in it only with ``?secrets=1``.
"""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed import __version__
from fakeseed.control.endpoint import ControlApiError, ControlApp, body_of
from fakeseed.control.views import world_view
from fakeseed.errors import UsageError
from fakeseed.faults.arming import unfit
from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.journal import DeliveryEntry, EventEntry, RequestEntry
from fakeseed.world.ledger import Movement
from fakeseed.world.snapshot import FORMAT, Due, WorldState, account_for, fill, state_of, take_back_secrets
from fakeseed.world.snapshot_validation import find_faults, out_of_bounds, unknown_fields
from fakeseed.world.tables import Account, Upload
from fakeseed.world.world import World

MAX_SNAPSHOT = 4 * 1024**3
"""Bytes of a snapshot that are read: ten times what a world with all the files and entries that it keeps has."""
MARK = "fakeseed_snapshot"
_AGAIN = 0.02
"""Real seconds between looks at a world whose effects are still to come back."""
SHAPES: dict[str, tuple[type[msgspec.Struct], ...]] = {
    "account": (Account,),
    "assets": (Asset,),
    "tasks": (Task,),
    "uploads": (Upload,),
    "movements": (Movement,),
    "timeline": (Due,),
    "journal": (RequestEntry, EventEntry, DeliveryEntry),
}
"""What stands in a snapshot's world beside ``dropped``."""


async def save_snapshot(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET snapshot``. Effects that are under way come to their end first, since a file cannot hold them."""
    query = request.query_params
    if query.get("secrets", "0") not in ("0", "1"):
        raise UsageError(f"secrets is 0 or 1, got {query['secrets'][:80]!r}", "use ?secrets=1 to keep webhook secrets")
    secrets = query.get("secrets") == "1"
    while True:
        await control.engine.settled(world_name)
        snapshot = await control.engine.look(world_name, lambda world: None if world.busy else written(world, secrets))
        if snapshot is not None:
            return msgspec.Raw(snapshot)
        await asyncio.sleep(_AGAIN)


def written(world: World, secrets: bool) -> bytes:
    """A world as a snapshot's bytes."""
    state = state_of(world, secrets=secrets)
    tables = {name: getattr(state, name) for name in WorldState.__struct_fields__}
    tables["account"] = {name: value for name, value in msgspec.to_builtins(state.account).items() if name != "name"}
    head = {MARK: FORMAT, "version": __version__, "at": with_nanoseconds(world.now)}
    return msgspec.json.encode({**head, "secrets": "kept" if secrets else "blotted", "world": tables})


async def load_snapshot(control: ControlApp, world_name: str, request: Request) -> object:
    """``PUT snapshot``: put a snapshot in this world's place, whole or not at all."""
    body = await body_of(request, MAX_SNAPSHOT)
    if body is None:
        raise ControlApiError(
            413, f"the snapshot is larger than {MAX_SNAPSHOT} bytes", "reset or shrink the world it is of"
        )
    state = await asyncio.to_thread(read_snapshot, body)
    bare = await control.engine.look(world_name, lambda world: take_back_secrets(state, world.tables))
    account = account_for(world_name, state, control.system_time())
    await control.engine.replace(world_name, account, lambda tables: fill(tables, state))
    world_summary = await control.engine.look(world_name, world_view)
    notes = [f"{bare} webhook secrets are blotted out in this snapshot; save it with ?secrets=1"] if bare else []
    return {"world": world_summary, "notes": notes}


def read_snapshot(body: bytes) -> WorldState:
    """A snapshot's bytes as a sound state. Raises UsageError with what is wrong and where."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as problem:
        defect = "is empty" if not body.strip() else f"is cut off or no JSON: {problem}"
        raise UsageError(f"the snapshot {defect}", "save it again: fakeseed snapshot save FILE") from None
    raw = _world_of(content)
    try:
        state = msgspec.convert({**raw, "account": {**raw["account"], "name": ""}}, WorldState)
    except (msgspec.ValidationError, OverflowError, RecursionError) as problem:
        raise _refused(str(problem).replace("`$", "`$.world")) from None
    wrong = out_of_bounds(raw) or unknown_fields(raw, SHAPES) or find_faults(state)
    wrong = wrong or next(filter(None, map(unfit, state.account.faults)), "")
    if wrong:
        raise _refused(wrong)
    return state


def _world_of(content: Any) -> dict[str, Any]:
    if not isinstance(content, dict) or MARK not in content:
        raise UsageError(f"this is no snapshot: it has no {MARK}", "GET snapshot makes one")
    if content[MARK] != FORMAT or isinstance(content[MARK], bool):
        raise UsageError(
            f"the snapshot's format is {str(content[MARK])[:40]}, this fakeseed ({__version__}) reads {FORMAT}",
            f"load it with the fakeseed that wrote it ({str(content.get('version'))[:40]})",
        )
    raw = content.get("world")
    missing = (
        WorldState.__struct_fields__ if not isinstance(raw, dict) else set(WorldState.__struct_fields__) - set(raw)
    )
    if missing or not isinstance(raw, dict):
        raise _refused(f"its world lacks {', '.join(sorted(missing))}")
    odd = sorted(set(raw) - set(WorldState.__struct_fields__))
    if odd:
        raise _refused(f"its world has an unknown part {odd[0][:80]!r}")
    if not isinstance(raw["account"], dict):
        raise _refused("its account is no object - at `$.world.account`")
    return raw


def _refused(why: str) -> UsageError:
    return UsageError(f"the snapshot cannot be loaded, nothing was changed: {why[:400]}", "save it again, unedited")
