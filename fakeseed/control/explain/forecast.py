"""When a refused request would have been accepted: tried out on a copy of the world, event by event."""

from copy import copy, deepcopy
from heapq import merge

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.routes import handler_of
from fakeseed.store.memory_tables import MemoryTables
from fakeseed.world.clock import frozen
from fakeseed.world.event_handlers import run_due
from fakeseed.world.journal import MAX_BODY, Entry, RequestEntry
from fakeseed.world.ledger import Movement
from fakeseed.world.settings import MAX_CONCURRENCY, Settings
from fakeseed.world.tables import Account
from fakeseed.world.timeline import Event, EventKind
from fakeseed.world.world import World

MAX_TRIES = 5000
"""Instants at which a request is tried."""
RUN = 2000
"""Events that are sorted at once: a longer sort would keep the loop's thread waiting for the interpreter."""
BESIDE: frozenset[EventKind] = frozenset({"output.expire", "upload.expire", "webhook.attempt"})
"""Events that no decision depends on."""


class Forecast(msgspec.Struct, frozen=True):
    """The first instant at which the request is accepted, None when waiting does not help. ``tried``: at all."""

    at: int | None
    tried: bool = True


class WorldParts(msgspec.Struct, frozen=True):
    """All of a world that explanations depend on, taken in one unit of work; what is made of it may take its time.

    Records are the world's own until ``world`` copies them, so one that changes meanwhile shows its newer state.
    ``tasks`` are all where those that have ended matter; ``events`` stand in no order.
    """

    account: Account
    settings: Settings
    now: int
    assets: list[Asset]
    active: list[Task]
    tasks: list[Task]
    events: list[Event]
    movements: list[Movement]
    journal: list[Entry]
    dropped: int

    def world(self) -> World:
        """A world of its own, standing at the same instant."""
        account = deepcopy(self.account)
        tables, active = MemoryTables(account, 0), {task.task_id for task in self.active}
        for asset in self.assets:
            tables.assets.add(copy(asset))
        for task in [*(task for task in self.tasks if task.task_id not in active), *self.active]:
            tables.tasks.add(copy(task))
        runs = (sorted(self.events[start : start + RUN]) for start in range(0, len(self.events), RUN))
        for event in merge(*runs):
            if event.kind not in BESIDE:
                tables.timeline.schedule(event.at, event.kind, event.ref)
        return World(tables, self.settings, self.now)


def parts_of(world: World, *, ended: bool, money: bool) -> WorldParts:
    """What there is in a world at this instant; with the tasks that have ended, and the ledger, where they matter."""
    account = deepcopy(world.account)
    account.clock = frozen(world.now)
    tables = world.tables
    return WorldParts(
        account=account,
        settings=world.settings,
        now=world.now,
        assets=list(world.assets),
        active=list(world.tasks.active()),
        tasks=list(world.tasks) if ended else [],
        events=world.timeline.events(),
        movements=tables.movements.page(0, len(tables.movements)) if money else [],
        journal=list(tables.journal),
        dropped=tables.journal.dropped,
    )


def forecast(world: World, entry: RequestEntry, tries: int = MAX_TRIES) -> Forecast:
    """When a world, left alone from now on, accepts a request that it refused before. The world is used up."""
    match = handler_of(entry.method, entry.path)
    if match is None or len(entry.body) >= MAX_BODY:
        return Forecast(None, tried=False)
    handler, params = match
    call = ApiRequest(
        entry.method, entry.path, entry.query, params, list(entry.headers), world.account.name, "http://a"
    )
    call.body = entry.body
    for _ in range(tries):
        if handler(world, call).status < 400:
            return Forecast(world.now)
        head = world.timeline.head()
        if head is None:
            break
        world.now = max(world.now, head.at)
        run_due(world)
    return Forecast(None)


def price_of(world: World, entry: RequestEntry) -> int | None:
    """Points that a task costs which was refused for want of them. The world is used up."""
    world.account.concurrency = MAX_CONCURRENCY
    world.account.balances.granted += 10**18
    world.account.balances.available += 10**18
    if forecast(world, entry, tries=10).at is None:
        return None
    return next((task.price for task in reversed(world.tasks.active())), None)
