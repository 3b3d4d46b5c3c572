"""``GET`` and ``PUT snapshot``: a whole world as one JSON file, and back.

A file is read and judged as a whole before anything changes. Its own key is not in it, so it may go into another
key's world; what clients told in confidence (webhook secrets, tokens in URLs) is in it only with ``?secrets=1``.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator

from starlette.requests import Request
from starlette.responses import StreamingResponse

from fakeseed.control.endpoint import ControlApiError, ControlApp, body_of
from fakeseed.control.snapshot_file import read_snapshot, snapshot_pieces
from fakeseed.control.views import world_view
from fakeseed.errors import UsageError
from fakeseed.world.snapshot import account_for, fill, originals, state_of, take_back_secrets

MAX_SNAPSHOT = 4 * 1024**3
"""Bytes of a snapshot that are read: ten times what a world with all the files and entries that it keeps has."""
SETTLE_SECONDS = 60
"""Real seconds that a snapshot waits for effects that are under way."""
_AGAIN = 0.02
"""Real seconds between looks at a world whose effects are still to come back."""


async def save_snapshot(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET snapshot``. Effects that are under way come to their end first, since a file cannot hold them."""
    query = request.query_params
    if query.get("secrets", "0") not in ("0", "1"):
        raise UsageError(f"secrets is 0 or 1, got {query['secrets'][:80]!r}", "use ?secrets=1 to keep webhook secrets")
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            state = None
            while state is None:
                await control.engine.settled(world_name)
                state = await control.engine.look(world_name, lambda world: None if world.busy else state_of(world))
                await asyncio.sleep(_AGAIN if state is None else 0)
    except TimeoutError:
        raise ControlApiError(
            503,
            f"webhooks or fetches are under way, still after {SETTLE_SECONDS} s, and no file can hold them",
            "try again when their receivers have answered; GET journal shows them",
        ) from None
    pieces = snapshot_pieces(state, secrets=query.get("secrets") == "1")
    return StreamingResponse(_by_turns(pieces), media_type="application/json")


async def _by_turns(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Pieces one by one, with others' turns between them."""
    for piece in pieces:
        yield piece
        await asyncio.sleep(0)


async def load_snapshot(control: ControlApp, world_name: str, request: Request) -> object:
    """``PUT snapshot``: put a snapshot in this world's place, whole or not at all."""
    body = await body_of(request, MAX_SNAPSHOT)
    if body is None:
        raise ControlApiError(
            413, f"the snapshot is larger than {MAX_SNAPSHOT} bytes", "reset or shrink the world it is of"
        )
    state = await asyncio.to_thread(read_snapshot, body)
    own = await control.engine.look(world_name, lambda world: originals(state, world.tables))
    bare = await asyncio.to_thread(take_back_secrets, state, own)
    account = account_for(world_name, state, control.system_time())
    await control.engine.replace(world_name, account, lambda tables: fill(tables, state))
    world_summary = await control.engine.look(world_name, world_view)
    notes = [f"{bare} webhook secrets are blotted out in this snapshot; save it with ?secrets=1"] if bare else []
    return {"world": world_summary, "notes": notes}
