"""What the control API does to a world. Each action is whole or not at all; a mistake raises UsageError."""

from collections.abc import Callable, Iterable
from functools import partial

from fakeseed.control.views import AdvanceOrder, AutoOrder, FreezeOrder, ResumeOrder
from fakeseed.errors import UsageError
from fakeseed.model.lifecycle import TransitionError
from fakeseed.model.media import FAILURES, failure
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task import OUTCOMES, Task
from fakeseed.model.times import as_span, parse_instant, with_nanoseconds
from fakeseed.world import assets_service, tasks_service
from fakeseed.world.clock import SystemTime
from fakeseed.world.engine import Engine, Happened
from fakeseed.world.world import World

MIN_RATE, MAX_RATE = 1e-6, 1e6
FAILING = tuple(name for name, outcome in OUTCOMES.items() if not outcome.completes)


def span(value: float | str) -> int:
    """A span given as seconds or text, in nanoseconds. Raises UsageError."""
    try:
        return as_span(value)
    except ValueError as problem:
        raise UsageError(str(problem), "write seconds (90) or units (3d2h, 15m, 1.5s)") from None


def instant(value: str) -> int:
    """An instant given as RFC 3339. Raises UsageError."""
    try:
        return parse_instant(value)
    except ValueError as problem:
        raise UsageError(str(problem)) from None


# -- clock ------------------------------------------------------------------------------------------------------------


async def freeze(engine: Engine, world_name: str, order: FreezeOrder, system_time: SystemTime) -> list[Happened]:
    """Stand at a time, or now; what falls due on the way happens. A world without history may also be set back."""
    goal = None if order.at is None else instant(order.at)

    def stand(world: World) -> bool:
        back = goal is not None and goal < world.now
        if back and not world.pristine:
            raise UsageError(
                f"the world stands at {with_nanoseconds(world.now)} and time only goes forward",
                "reset the world first, or freeze it before its first request",
            )
        if back and goal is not None:
            world.now = goal
        world.account.clock.set(world.now, system_time(), "frozen")
        world.account.latest = world.now
        return back or goal is None

    if await engine.run(world_name, stand) or goal is None:
        return []
    return await engine.advance(world_name, lambda _: goal)


def resume(world: World, order: ResumeOrder, system_time: SystemTime) -> None:
    """Let time run from where it stands."""
    if not MIN_RATE <= order.rate <= MAX_RATE:
        raise UsageError(f"rate must lie in {MIN_RATE}..{MAX_RATE:.0f}, got {order.rate}")
    world.account.clock.rate = order.rate
    world.account.clock.set(world.now, system_time(), "real")


def auto(world: World, order: AutoOrder, system_time: SystemTime) -> None:
    """Let each poll move the clock."""
    world.account.clock.step = span(order.step)
    world.account.clock.set(world.now, system_time(), "auto")


def target(order: AdvanceOrder) -> Callable[[World], int | None]:
    """Where an advance goes: an instant, or None for the next event. Raises UsageError."""
    if (order.by is None) == (order.to is None):
        raise UsageError(
            "say either by or to", 'for instance {"by": "3d2h"}, {"to": "2026-06-22T15:41:23Z"}, {"to": "next"}'
        )
    if order.by is not None:
        distance = span(order.by)
        return lambda world: world.now + distance
    assert order.to is not None
    if order.to == "next":
        return lambda _: None
    return partial(_forward, instant(order.to))


def _forward(goal: int, world: World) -> int:
    if goal < world.now:
        raise UsageError(
            f"the world stands at {with_nanoseconds(world.now)} already; time only goes forward",
            "reset the world to begin anew",
        )
    return goal


# -- records ----------------------------------------------------------------------------------------------------------


def act_on_task(world: World, task_id: str, act: Callable[[World, Task], None]) -> Task:
    """Do something to a task. Raises UsageError when it is not there or its lifecycle forbids it."""
    task = world.tasks.get(task_id)
    if task is None:
        raise UsageError(f"no task {task_id[:80]!r} in this world{_near(task_id, world.tasks.active())}")
    try:
        act(world, task)
    except (TransitionError, ValueError) as problem:
        raise UsageError(str(problem)) from None
    return task


def _near(task_id: str, active: Iterable[Task]) -> str:
    return did_you_mean(task_id, (task.task_id for task in active))


def fail_task(cause: str) -> Callable[[World, Task], None]:
    """An action that fails a task for a cause. Raises UsageError for a cause that no task fails of."""
    if cause not in FAILING:
        raise UsageError(f"unknown cause {cause!r}{did_you_mean(cause, FAILING)}", f"use one of {', '.join(FAILING)}")
    return lambda world, task: tasks_service.fail_now(world, task, cause)


def decide_asset(world: World, asset_id: str, code: str | None) -> None:
    """Make an asset Active (no code) or Failed. Raises UsageError when that is not possible."""
    if code is not None and code not in FAILURES:
        raise UsageError(f"unknown code {code!r}{did_you_mean(code, FAILURES)}", f"use one of {', '.join(FAILURES)}")
    asset = world.assets.get(asset_id)
    if asset is None:
        raise UsageError(f"no asset {asset_id[:80]!r} in this world")
    try:
        if code is None:
            assets_service.activate(world, asset)
        else:
            assets_service.reject(world, asset, failure(code, url=asset.url, cause="as the control API asked"))
    except TransitionError as problem:
        raise UsageError(str(problem)) from None
    if asset.ephemeral:
        tasks_service.asset_decided(world, asset)
