"""What happens when something on the timeline falls due, and when an effect has come back."""

from collections.abc import Callable

from fakeseed.model.media import IngestFailure, MediaFacts
from fakeseed.model.task import Task
from fakeseed.world import assets_service, scheduled_actions, tasks_service, uploads_service, webhooks
from fakeseed.world.timeline import Event, EventKind
from fakeseed.world.world import Deliver, Fetch, Sent, World


def _of_task(step: Callable[[World, Task], None]) -> Callable[[World, str], None]:
    def handle(world: World, task_id: str) -> None:
        task = world.tasks.get(task_id)
        if task is not None:
            step(world, task)

    return handle


def _ingest_ends(world: World, asset_id: str) -> None:
    asset = assets_service.ingest_ends(world, asset_id)
    if asset is not None:
        tasks_service.asset_decided(world, asset)


def _asset_expires(world: World, asset_id: str) -> None:
    tasks_service.asset_gone(world, assets_service.expire(world, asset_id))


def _output_expires(world: World, task_id: str) -> None:
    """Nothing moves: the output's URL is dead from here on, which is read off the task."""
    world.note("output", task_id, "alive", "expired", None, "output.life")


HANDLERS: dict[EventKind, Callable[[World, str], None]] = {
    "asset.ingest": _ingest_ends,
    "asset.expire": _asset_expires,
    "slot.free": assets_service.free_slot,
    "task.start": _of_task(tasks_service.start),
    "task.retry": _of_task(tasks_service.first_attempt_fails),
    "task.end": _of_task(tasks_service.end),
    "webhook.attempt": _of_task(webhooks.attempt),
    "upload.expire": uploads_service.expire,
    "output.expire": _output_expires,
    "asset.revoke": assets_service.revoke,
    "fault.close": World.disarm,
    "scenario.act": scheduled_actions.perform,
}
"""Kind of event -> what it does to the world."""


def handle(world: World, event: Event) -> None:
    """Let one event happen at its own instant."""
    HANDLERS[event.kind](world, event.ref)


def run_due(world: World) -> None:
    """Let everything happen that is due, in order, each at its own instant."""
    head = world.timeline.head()
    if head is None or head.at > world.now:
        return
    now = world.now
    while head is not None and head.at <= now:
        world.now = head.at
        handle(world, world.timeline.pop())
        head = world.timeline.head()
    world.now = now


def poll(world: World) -> None:
    """A client polls: on an auto clock that is what moves time."""
    clock = world.account.clock
    if clock.mode == "auto":
        world.now += clock.step
        world.account.latest = clock.base = world.now
        run_due(world)


def fetched(world: World, effect: Fetch, outcome: MediaFacts | IngestFailure) -> None:
    """A fetch has come back."""
    if effect.reference_index is not None:
        tasks_service.reference_fetched(world, effect.ref, effect.reference_index, outcome)
        return
    asset = assets_service.fetched(world, effect.ref, outcome)
    if asset is not None:
        tasks_service.asset_decided(world, asset)


def delivered(world: World, effect: Deliver, sent: Sent) -> None:
    """A webhook attempt has come back."""
    webhooks.delivered(world, effect, sent)
