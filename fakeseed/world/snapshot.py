"""A whole world as a value, and a world from such a value. The store's interface is all that this knows.

Instants are nanoseconds, as the machinery counts them, so that a world comes back exactly. The API key is not in it.
"""

from collections.abc import Iterable, Iterator
from copy import copy

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


def state_of(world: World, *, secrets: bool) -> WorldState:
    """What a world has at this instant; the credentials that clients left in it only with ``secrets``."""
    tables = world.tables
    return WorldState(
        account=_account(world),
        assets=sorted((_asset(asset, secrets) for asset in tables.assets), key=lambda asset: asset.seq),
        tasks=sorted((_task(task, secrets) for task in tables.tasks), key=lambda task: task.seq),
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


def _asset(asset: Asset, secrets: bool) -> Asset:
    if secrets or not {"=", "@"} & {*asset.url, *asset.name}:
        return asset
    return msgspec.structs.replace(asset, url=without_url_secrets(asset.url), name=without_url_secrets(asset.name))


def _task(task: Task, secrets: bool) -> Task:
    return task if secrets or not task.may_contain_secret else without_secrets(task)


SECRETIVE = ("webhook_secret", "webhook_endpoint", "input", "prompt", "references")
"""Fields of a task that may hold what a client wants kept secret."""


def without_secrets(task: Task) -> Task:
    """A task with all blotted out that the journal would blot out."""
    tiles = [msgspec.structs.replace(tile, uri=without_url_secrets(tile.uri)) for tile in task.references]
    return msgspec.structs.replace(
        task,
        webhook_secret=BLOT if task.webhook_secret else "",
        webhook_endpoint=without_url_secrets(task.webhook_endpoint),
        input=blotted_json(task.input),
        prompt=without_url_secrets(task.prompt),
        references=tuple(tiles),
    )


# -- back into a world ------------------------------------------------------------------------------------------------


def take_back_secrets(state: WorldState, tables: Tables) -> int:
    """Give blotted fields their values back where the world that is replaced knows them.

    Gives how many tasks stay without their webhook secret.
    """
    for asset in state.assets:
        own = tables.assets.get(asset.asset_id)
        if own is not None and _asset(own, False).url == asset.url:
            asset.url = own.url
    for task in state.tasks:
        original = tables.tasks.get(task.task_id)
        blotted = without_secrets(original) if original is not None and task.may_contain_secret else None
        for field in SECRETIVE if blotted else ():
            if getattr(task, field) == getattr(blotted, field):
                setattr(task, field, getattr(original, field))
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
