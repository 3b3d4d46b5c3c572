"""``GET judge``: what the judge would say of a world so far.

The judge stands above this layer, so whoever starts the server hands it in.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp
from fakeseed.control.views import entry_view
from fakeseed.world.journal import Entry
from fakeseed.world.world import World

Judge = Callable[[list[dict[str, Any]], float | None], dict[str, Any]]
"""Gives verdicts on a journal's entries; the number is world seconds in a second of the client's own time, if known."""

MAX_JUDGED = 50_000
"""Entries that are judged: all rules together take some 20 us for each."""


async def verdicts(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET judge``: verdicts, or ``unavailable`` with why there are none."""
    if control.judge is None:
        return {"unavailable": "this server has no judge", "hint": "start it with `fakeseed serve`"}
    entries, obstacle, rate = await control.engine.look(world_name, _evidence)
    if obstacle:
        hint = "reset the world, and let the client run again"
        return {"unavailable": f"this journal cannot be judged: {obstacle}", "hint": hint}
    judge = control.judge
    return await asyncio.to_thread(lambda: judge([entry_view(entry) for entry in entries], rate))


def _evidence(world: World) -> tuple[list[Entry], str, float | None]:
    """The journal, why it cannot be judged if so, and how fast a clock runs that runs by itself."""
    clock, kept, last = world.account.clock, world.tables.journal, world.account.journal_counter
    dropped = last - len(kept)
    if dropped:
        return [], f"it has lost its first {dropped} entries", None
    if last > MAX_JUDGED:
        return [], f"it has {last} entries, and {MAX_JUDGED} are judged", None
    return kept.since(0), "", clock.rate if clock.mode == "real" else None
