"""A whole world as a value, and a world from such a value. The store's interface is all that this knows.

Instants are nanoseconds, as the machinery counts them, so that a world comes back exactly. The API key is not in it.
"""

from collections.abc import Iterable, Iterator
from copy import copy
from typing import TypeVar

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.world import clock as clocks
from fakeseed.world.journal import BLOT, Entry, blotted_json, without_url_secrets
from fakeseed.world.ledger import Movement
from fakeseed.world.rng import TAG_DIGITS, tag_of
from fakeseed.world.tables import Account, Tables, Upload
from fakeseed.world.timeline import EventKind
from fakeseed.world.world import World

R = TypeVar("R", bound=msgspec.Struct)

FORMAT = 1
"""Of the file. It changes when an older fakeseed could not read what a newer one writes."""


class Due(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing on the timeline. Things due at one instant happen in the order in which they stand."""

    at: int
    kind: EventKind
    ref: str


class WorldState(msgspec.Struct, kw_only=True):
    """All that a world has: every list in the order in which its records came to be."""

    account: Account
    assets: list[Asset]
    tasks: list[Task]
    uploads: list[Upload]
    movements: list[Movement]
    timeline: list[Due]
    journal: list[Entry]
    dropped: int


def state_of(world: World) -> WorldState:
    """What a world has at this instant, in records of its own, so that it may be written down later."""
    tables = world.tables
    return WorldState(
        account=_account(world),
        assets=sorted(map(copy, tables.assets), key=lambda asset: asset.seq),
        tasks=sorted(map(copy, tables.tasks), key=lambda task: task.seq),
        uploads=list(tables.uploads),
        movements=tables.movements.page(0, len(tables.movements)),
        timeline=[Due(event.at, event.kind, event.ref) for event in tables.timeline.upcoming(len(tables.timeline))],
        journal=list(tables.journal),
        dropped=tables.journal.dropped,
    )


def _account(world: World) -> Account:
    """The account without its key; its clock counts from the world's instant, whatever the system's is."""
    account = copy(world.account)
    clock = account.clock
    account.clock = clocks.Clock(clock.mode, world.now, 0, clock.rate, clock.step)
    account.name = ""
    account.latest = world.now
    return account


SECRETIVE: dict[type[msgspec.Struct], tuple[str, ...]] = {
    Asset: ("url", "name"),
    Task: ("webhook_secret", "webhook_endpoint", "input", "prompt", "references"),
}
"""Fields of records that may hold what a client wants kept secret."""


def without_secrets(record: R) -> R:
    """A record with all blotted out that the journal would blot out."""
    if isinstance(record, Asset) and {"=", "@"} & {*record.url, *record.name}:
        return msgspec.structs.replace(
            record, url=without_url_secrets(record.url), name=without_url_secrets(record.name)
        )
    if isinstance(record, Task) and record.may_contain_secret:
        tiles = [msgspec.structs.replace(tile, uri=without_url_secrets(tile.uri)) for tile in record.references]
        return msgspec.structs.replace(
            record,
            webhook_secret=BLOT if record.webhook_secret else "",
            webhook_endpoint=without_url_secrets(record.webhook_endpoint),
            input=blotted_json(record.input),
            prompt=without_url_secrets(record.prompt),
            references=tuple(tiles),
        )
    return record


# -- back into a world ------------------------------------------------------------------------------------------------


Records = dict[str, Asset | Task]
"""By their ids, which assets and tasks do not share."""


def originals(state: WorldState, tables: Tables) -> Records:
    """What a world has itself of a state's records."""
    assets = (tables.assets.get(asset.asset_id) for asset in state.assets)
    tasks = (tables.tasks.get(task.task_id) for task in state.tasks)
    return _by_id([copy(asset) for asset in assets if asset], [copy(task) for task in tasks if task])


def _by_id(assets: list[Asset], tasks: list[Task]) -> Records:
    records: Records = {asset.asset_id: asset for asset in assets}
    return records | {task.task_id: task for task in tasks}


def take_back_secrets(state: WorldState, own: Records) -> int:
    """Give blotted fields their values back where the world that is replaced knows them.

    Gives how many tasks stay without their webhook secret.
    """
    for name, record in _by_id(state.assets, state.tasks).items():
        original = own.get(name)
        blotted = without_secrets(original) if type(original) is type(record) else original
        for field in SECRETIVE[type(record)] if blotted is not original else ():
            if getattr(record, field) == getattr(blotted, field):
                setattr(record, field, getattr(original, field))
    return sum(task.webhook_secret == BLOT for task in state.tasks)


def account_for(name: str, state: WorldState, system: int) -> Account:
    """The account as a world's own: a frozen clock stands where it stood, a real one goes on from there."""
    account = copy(state.account)
    account.name = name
    account.clock = copy(account.clock)
    account.clock.set(account.clock.base, system)
    return account


def fill(tables: Tables, state: WorldState) -> None:
    """Put a state's records into empty tables. Files get the tag of the world that they are in now."""
    tag = tag_of(tables.account.name)
    for asset in state.assets:
        tables.assets.add(asset)
    for task in sorted(state.tasks, key=lambda task: (task.end_seq, task.seq)):  # ended ones in the order of their ends
        task.output_id = _tagged(task.output_id, tag)
        tables.tasks.add(task)
    for upload in state.uploads:
        tables.uploads.add(msgspec.structs.replace(upload, file_id=_tagged(upload.file_id, tag)))
    for movement in state.movements:
        tables.movements.add(movement)
    for due in state.timeline:
        tables.timeline.schedule(due.at, due.kind, _tagged(due.ref, tag) if due.kind == "upload.expire" else due.ref)
    tables.journal.dropped = state.dropped
    for entry in state.journal:
        tables.journal.append(entry)


def _tagged(file_id: str, tag: str) -> str:
    """A file's id with a world's tag: a URL leads to the world that its id names."""
    return f"{tag[:8]}-{tag[8:]}{file_id[TAG_DIGITS + 1 :]}" if file_id else ""


def refs(state: WorldState) -> Iterator[tuple[str, Iterable[str]]]:
    """Beginnings of event kinds, with the ids that such events may be about."""
    tasks, assets = {task.task_id for task in state.tasks}, {asset.asset_id for asset in state.assets}
    yield "asset.", assets
    yield "slot.", assets
    yield "upload.", {upload.file_id for upload in state.uploads}
    yield "fault.", {armed.fault_id for armed in state.account.faults}
    yield "scenario.", {str(position) for position in range(len(state.account.script))}
    yield "", tasks
