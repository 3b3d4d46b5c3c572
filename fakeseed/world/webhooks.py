"""Webhooks of a world: when an attempt is due, and what its result leads to. Sending is an effect."""

from msgspec.structs import replace

from fakeseed.model.behaviours import implements
from fakeseed.model.task import ENDED, Task, WebhookAttempt, start_lines
from fakeseed.model.times import SECOND
from fakeseed.world.world import Deliver, Sent, World

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
    if task.webhook_endpoint and task.hook_plan.messages:
        task.hook_message = 0
        task.hook_at = world.now
        _plan_message(world, task, world.now + task.hook_plan.delay)


def _plan_message(world: World, task: Task, at: int) -> None:
    task.hook_attempts = 0
    world.schedule(at, "webhook.attempt", task.task_id)


def attempt(world: World, task: Task) -> None:
    """An attempt is due."""
    task.hook_attempts += 1
    world.tasks.update(task)
    plan = task.hook_plan
    secret = task.webhook_secret if plan.secret is None else plan.secret
    effect = Deliver(_as_told(task), world.profile, task.hook_attempts, world.now, secret)
    if task.hook_attempts <= plan.lost:
        delivered(world, effect, Sent(plan.lost_status, "kept back by a fault"))
    else:
        world.outbox.append(effect)


def _as_told(task: Task) -> Task:
    """The task as its current message shows it: as it is, or as it was while it ran."""
    if task.hook_plan.messages[task.hook_message] == "end":
        return task
    return replace(
        task,
        status="processing" if task.started_at else "pending",
        logs=_early_lines(task),
        hook_at=task.started_at or task.created_at,
        ended_at=0,
        frozen=task.price,
        consumed=0,
        error_code=0,
        error_message="",
        raw_message="",
    )


def _early_lines(task: Task) -> tuple[str, ...]:
    """The log as it was when the task had started."""
    last = start_lines(task)[-1]
    return task.logs[: task.logs.index(last) + 1] if last in task.logs else ()


def redeliver(world: World, task: Task) -> None:
    """Send a task's message once more, at once, because somebody asks for it; no retry follows. Raises ValueError."""
    if not task.webhook_endpoint:
        raise ValueError(f"task {task.task_id} has no webhook")
    if task.status not in ENDED:
        raise ValueError(f"task {task.task_id} is {task.status}: its webhook goes out when it has ended")
    number = len(task.deliveries) + 1
    world.outbox.append(Deliver(task, world.profile, number, world.now, task.webhook_secret, redelivery=True))


@implements("webhook.retries")
def delivered(world: World, effect: Deliver, sent: Sent) -> None:
    """Write an attempt's result down; plan the next one when the receiver did not answer with success."""
    task = world.tasks.get(effect.task.task_id)
    if task is None:
        return
    task.deliveries += (WebhookAttempt(effect.attempt, effect.at, sent.status, sent.cause),)
    world.tasks.update(task)
    world.note_delivery(effect, sent)
    if effect.redelivery:
        return
    if not 200 <= sent.status < 300 and effect.attempt < MAX_ATTEMPTS:
        world.schedule(effect.at + RETRY_AFTER, "webhook.attempt", task.task_id)
    elif task.hook_message + 1 < len(task.hook_plan.messages):
        task.hook_message += 1
        _plan_message(world, task, effect.at + task.hook_plan.gap)
