"""Worlds as a viewer sees them: ``GET worlds``, ``GET overview``."""

from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp, number
from fakeseed.control.views import clock_view
from fakeseed.model.asset import COUNTED
from fakeseed.world.world import World

MAX_WORLDS = 200
"""Worlds on one page: each is looked at."""


def overview_view(world: World) -> dict[str, Any]:
    """A world's figures: its plan and clock, points, what is used of what is allowed, and how long its journal is."""
    account, plan = world.account, world.plan
    return {
        "name": account.name,
        "plan": account.plan,
        "profile": account.profile,
        "pace": account.pace,
        "seed": account.seed,
        "clock": clock_view(world),
        "points": msgspec.to_builtins(account.balances),
        "quotas": {
            "assets": {"used": world.assets.count(COUNTED), "limit": plan.managed_limit},
            "ephemeral": {"used": world.assets.held_slots(), "limit": plan.ephemeral_cap},
            "running": {"used": world.tasks.count_active(), "limit": world.concurrency},
        },
        "assets": len(world.assets),
        "tasks": len(world.tasks),
        "faults": len(account.faults),
        "journal": {"last": account.journal_counter, "dropped": account.journal_counter - len(world.tables.journal)},
    }


async def list_worlds(control: ControlApp, _: str, request: Request) -> object:
    """``GET worlds``: all worlds of this server, the latest first; no key is needed, and none is told."""
    offset, limit = number(request, "offset", 0, 0), min(number(request, "limit", 50, 1), MAX_WORLDS)
    names = (await control.engine.store.names())[::-1]
    page = names[offset : offset + limit]
    worlds = [await control.engine.look(name, overview_view) for name in page]
    following = offset + len(page)
    return {"worlds": worlds, "total": len(names), "next": following if following < len(names) else None}


async def overview(control: ControlApp, world_name: str, _: Request) -> object:
    """``GET overview``: one world's figures."""
    return await control.engine.look(world_name, overview_view)
