"""``GET judge``: what the judge would say of a world so far.

The judge stands above this layer, so whoever starts the server hands it in.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from fakeseed.control.endpoint import ControlApiError, ControlApp, only
from fakeseed.control.views import entry_view
from fakeseed.world.journal import Entry
from fakeseed.world.world import World

Judge = Callable[[list[dict[str, Any]], float | None], dict[str, Any]]
"""Gives verdicts on a journal's entries; the number is world seconds in a second of the client's own time, if known."""

MAX_JUDGED = 50_000
"""Entries that are judged: all rules together take some 20 us for each."""


async def verdicts(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET judge``."""
    only(request, ())
    if control.judge is None:
        raise ControlApiError(501, "this server has no judge", "start it with `fakeseed serve`")
    entries, dropped, rate = await control.engine.look(world_name, _evidence)
    if dropped or len(entries) > MAX_JUDGED:
        why = f"it has lost its first {dropped} entries" if dropped else f"it has {len(entries)} entries"
        raise ControlApiError(
            409, f"this journal cannot be judged: {why}", "reset the world, and let the client run again"
        )
    judge = control.judge
    return await asyncio.to_thread(lambda: judge([entry_view(entry) for entry in entries], rate))


def _evidence(world: World) -> tuple[list[Entry], int, float | None]:
    """The journal, how much of it is lost, and how fast a clock runs that runs by itself."""
    clock, kept = world.account.clock, world.tables.journal
    dropped = world.account.journal_counter - len(kept)
    entries = list(kept.between(0, world.account.journal_counter + 1)) if len(kept) <= MAX_JUDGED else []
    return entries, dropped, clock.rate if clock.mode == "real" else None
