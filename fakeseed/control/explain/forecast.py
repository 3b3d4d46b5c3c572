"""When a refused request would have been accepted: tried out on a copy of the world, event by event."""

from copy import copy, deepcopy

import msgspec

from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.routes import handler_of
from fakeseed.store.memory_tables import MemoryTables
from fakeseed.world.clock import frozen
from fakeseed.world.event_handlers import run_due
from fakeseed.world.journal import MAX_BODY, RequestEntry
from fakeseed.world.settings import MAX_CONCURRENCY
from fakeseed.world.timeline import EventKind
from fakeseed.world.world import World

MAX_TRIES = 5000
"""Instants at which a request is tried."""
BESIDE: frozenset[EventKind] = frozenset({"output.expire", "upload.expire", "webhook.attempt"})
"""Events that no decision depends on."""


class Forecast(msgspec.Struct, frozen=True):
    """The first instant at which the request is accepted, None when waiting does not help. ``tried``: at all."""

    at: int | None
    tried: bool = True


def copy_of(world: World) -> World:
    """A world of its own with all that decisions depend on, standing at the same instant."""
    account = deepcopy(world.account)
    account.clock = frozen(world.now)
    tables = MemoryTables(account, 0)
    for asset in world.assets:
        tables.assets.add(copy(asset))
    for task in world.tasks.active():
        tables.tasks.add(copy(task))
    for event in world.timeline.upcoming(len(world.timeline)):
        if event.kind not in BESIDE:
            tables.timeline.schedule(event.at, event.kind, event.ref)
    return World(tables, world.settings, world.now)


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
