"""Webhooks of a world: when an attempt is due, and what its result leads to. Sending is an effect."""

from fakeseed.model.behaviours import implements
from fakeseed.model.tasks import Delivery, Task
from fakeseed.model.times import SECOND
from fakeseed.world.world import Deliver, World

MAX_ATTEMPTS = 3
RETRY_AFTER = 5 * SECOND
TIMEOUT_SECONDS = 10.0

HOOK_BEHAVIOURS = {
    "MAX_ATTEMPTS": "webhook.retries",
    "RETRY_AFTER": "webhook.retries",
    "TIMEOUT_SECONDS": "webhook.retries",
}


@implements("webhook.events", "webhook.after-state")
def announce(world: World, task: Task) -> None:
    """Tell of a task's new state, if it has a webhook. The state is there before the message goes out."""
    if task.webhook_endpoint:
        task.hook_attempts = 0
        task.hook_at = world.now
        world.schedule(world.now, "webhook.attempt", task.task_id)


def attempt(world: World, task: Task) -> None:
    """An attempt is due."""
    task.hook_attempts += 1
    world.tasks.update(task)
    world.outbox.append(Deliver(task, world.profile, task.hook_attempts, world.now))


@implements("webhook.retries")
def delivered(world: World, effect: Deliver, status: int, cause: str) -> None:
    """Write an attempt's result down; plan the next one when the receiver did not answer with success."""
    task = world.tasks.get(effect.task.task_id)
    if task is None:
        return
    task.deliveries += (Delivery(effect.attempt, effect.at, status, cause),)
    world.tasks.update(task)
    world.note_delivery(task.task_id, effect.attempt, task.webhook_endpoint, status, cause)
    if not 200 <= status < 300 and effect.attempt < MAX_ATTEMPTS:
        world.schedule(effect.at + RETRY_AFTER, "webhook.attempt", task.task_id)
