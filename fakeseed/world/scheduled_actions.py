"""What a scenario lets happen in a world at its times: the plan changes, a task fails, an asset is revoked."""

from collections.abc import Callable

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.lifecycle import TransitionError
from fakeseed.model.refusals import Refusal
from fakeseed.model.task import Task
from fakeseed.world import assets_service, tasks_service
from fakeseed.world.armed_faults import ScheduledAction
from fakeseed.world.settings_patch import WorldPatch, apply_patch
from fakeseed.world.world import World


def perform(world: World, position: str) -> None:
    """An act of the world's script is due. What is not possible is told in the journal."""
    act = world.account.script[int(position)]
    try:
        _perform(world, act)
    except TransitionError as problem:
        world.note("scenario", f"{act.verb} {act.subject}", None, f"impossible: {problem}", None, "")
    else:
        world.note("scenario", f"{act.verb} {act.subject}".strip(), None, "happens", None, "")


def _perform(world: World, act: ScheduledAction) -> None:
    if act.verb == "set":
        apply_patch(world, msgspec.convert(act.change, WorldPatch))
    elif act.verb in ON_TASKS:
        task = world.tasks.get(world.account.names.get(act.subject, ""))
        if task is None:
            raise TransitionError(f"there is no {act.subject}")
        ON_TASKS[act.verb](world, task, act)
    else:
        asset = world.assets.get(world.account.names.get(act.subject, ""))
        if asset is None:
            raise TransitionError(f"there is no {act.subject}")
        ON_ASSETS[act.verb](world, asset)


def _activate(world: World, asset: Asset) -> None:
    assets_service.activate(world, asset)
    if asset.ephemeral:
        tasks_service.asset_decided(world, asset)


def _revoke(world: World, asset: Asset) -> None:
    if asset.status != "Active":
        raise TransitionError(f"asset {asset.asset_id} is {asset.status}; only an Active asset can be revoked")
    assets_service.revoke(world, asset.asset_id)


def _delete(world: World, asset: Asset) -> None:
    deleted = assets_service.delete(world, asset.asset_id)
    if isinstance(deleted, Refusal):
        raise TransitionError(deleted.message)
    tasks_service.asset_gone(world, deleted)


ON_TASKS: dict[str, Callable[[World, Task, ScheduledAction], None]] = {
    "complete": lambda world, task, _: tasks_service.complete_now(world, task),
    "fail": lambda world, task, act: tasks_service.fail_now(world, task, act.cause or "internal-error"),
    "hold": lambda world, task, _: tasks_service.hold(world, task),
    "release": lambda world, task, _: tasks_service.release(world, task),
}
ON_ASSETS: dict[str, Callable[[World, Asset], None]] = {"activate": _activate, "revoke": _revoke, "delete": _delete}
