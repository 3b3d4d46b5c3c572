"""What a process does for worlds that outlive it: it goes on with what others left, and hears what others do."""

import asyncio
from typing import TYPE_CHECKING

from fakeseed.errors import StateError
from fakeseed.model.times import SECOND
from fakeseed.world.clock import SystemTime

if TYPE_CHECKING:
    from fakeseed.world.engine import Engine

SWEEP_SECONDS = 1.0
"""Real seconds between looks for worlds and effects that nobody takes care of."""
GRACE = SECOND
"""How long a world may be overdue before a process that did not set its alarm wakes it."""
WATCH_SECONDS = 0.05
"""Real seconds between looks at the versions of worlds to which somebody listens here. All are asked for in one query;
a notification from the database would put every commit of every process through one lock."""
ELSEWHERE_SECONDS = 0.05
"""Real seconds between looks at a world whose effects are under way in another process."""


async def recover_orphans(engine: "Engine", system_time: SystemTime) -> None:
    """Take up what is left: at once, and again and again."""
    grace = GRACE if engine.store.shared else 0
    while True:
        try:
            names = await engine.store.overdue(system_time() - grace)
            engine.adopt(names, await engine.store.orphans())
            while await engine.store.tidy():
                pass
        except StateError:
            pass  # looked for again in a while
        await asyncio.sleep(SWEEP_SECONDS)


async def watch_remote_changes(engine: "Engine") -> None:
    """Tell who listens here what other processes did."""
    versions: dict[str, tuple[int, int]] = {}
    while True:
        names = await engine.subscriptions.some()
        try:
            current = await engine.store.versions(names)
        except StateError:
            current = {}
        for name, version in current.items():
            previous = versions.get(name)
            if previous is not None and previous[0] != version[0]:
                engine.cancel_pending(name, "another world was put in this one's place")
            elif previous != version:  # at first sight too: something may have come before it
                engine.subscriptions.tell(name)
        versions = {name: version for name, version in {**versions, **current}.items() if name in names}
        await asyncio.sleep(WATCH_SECONDS)
