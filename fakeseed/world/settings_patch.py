"""Changing what holds in a world: plan, points, profile, pace, seed, concurrency."""

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta

from fakeseed.errors import UsageError
from fakeseed.model.money import MAX_POINTS
from fakeseed.model.outcome_plan import PACES
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import PROFILES
from fakeseed.model.suggest import did_you_mean
from fakeseed.world.settings import MAX_CONCURRENCY
from fakeseed.world.world import World


class WorldPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What shall hold from now on. ``points``: what shall be available; ``concurrency`` null gives the plan's own limit
    back.
    """

    plan: Annotated[str | None, Meta(description="the account's plan")] = None
    points: Annotated[int | None, Meta(description="the points that shall be available")] = None
    profile: Annotated[str | None, Meta(description="which values that drifted hold")] = None
    pace: Annotated[str | None, Meta(description="how long ingests and tasks take")] = None
    seed: Annotated[str | None, Meta(description="what chance is drawn from")] = None
    concurrency: Annotated[
        int | msgspec.UnsetType | None,
        Meta(description="tasks active together at most; null: the plan's own limit"),
    ] = msgspec.UNSET


def validate_patch(order: WorldPatch) -> None:
    """Raises UsageError, with the nearest right word, for what no world can have."""
    _known("plan", order.plan, PLANS)
    _known("profile", order.profile, PROFILES)
    _known("pace", order.pace, PACES)
    if order.points is not None and not 0 <= order.points <= MAX_POINTS:
        raise UsageError(f"points must lie in 0..{MAX_POINTS}, got {order.points}")
    if isinstance(order.concurrency, int) and not 0 <= order.concurrency <= MAX_CONCURRENCY:
        raise UsageError(f"concurrency must lie in 0..{MAX_CONCURRENCY}, got {order.concurrency}")


def apply_patch(world: World, order: WorldPatch) -> None:
    """Change a world, whole or not at all. Raises UsageError."""
    validate_patch(order)
    account = world.account
    for name in ("plan", "profile", "pace", "seed"):
        setattr(account, name, getattr(order, name) or getattr(account, name))
    if not isinstance(order.concurrency, msgspec.UnsetType):
        account.concurrency = order.concurrency
    if order.points is not None:
        world.move_points("grant", order.points - account.balances.available)


def _known(setting: str, value: str | None, table: Mapping[str, object]) -> None:
    if value is not None and value not in table:
        raise UsageError(f"unknown {setting} {value!r}{did_you_mean(value, table)}", f"use one of {', '.join(table)}")
