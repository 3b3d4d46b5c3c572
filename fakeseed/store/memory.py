"""Worlds in the memory of one process: gone when it ends."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Collection
from itertools import islice
from typing import Any, TypeVar

from fakeseed.store.memory_tables import MemoryTables
from fakeseed.world.rng import tag_of
from fakeseed.world.settings import MAX_WORLDS
from fakeseed.world.tables import Account, Orphan

T = TypeVar("T")
LOOKED_AT = 100
"""Worlds among which one is looked for in which nothing is pending, the least recently used ones first."""


class MemoryStore:
    """Worlds by name. A unit of work is one call, so nothing can come between its steps; one that raises is undone."""

    lasting = False
    shared = False

    def __init__(self, journal_bytes: int, max_worlds: int = MAX_WORLDS) -> None:
        self._worlds: OrderedDict[str, MemoryTables] = OrderedDict()
        self._max_worlds = max_worlds
        self._dropped = 0
        self._tags: dict[str, str] = {}
        self._journal_bytes = journal_bytes
        self._letting_go: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        pass

    async def run(
        self,
        name: str,
        new_account: Callable[[str], Account],
        unit: Callable[[MemoryTables], T],
        after_commit: Callable[[T], None],
    ) -> T:
        existing = self._worlds.get(name)
        tables = existing or MemoryTables(new_account(name), self._journal_bytes)
        mark = tables.mark()
        try:
            result = unit(tables)
        except BaseException:
            tables.roll_back(mark)
            raise
        tables.commit()
        if existing is None:
            self._register(name, tables)
        else:
            self._worlds.move_to_end(name)
        after_commit(result)
        return result

    def _register(self, name: str, tables: MemoryTables) -> None:
        self._worlds[name] = tables
        self._tags[tag_of(name)] = name
        while len(self._worlds) > self._max_worlds:
            self._forget(self._least_needed())
            self._dropped += 1

    def _least_needed(self) -> str:
        """The world that was used least recently of those in which nothing is pending, else of all."""
        oldest = list(islice(self._worlds, min(LOOKED_AT, len(self._worlds) - 1)))
        return next((name for name in oldest if not self._worlds[name].pending), oldest[0])

    async def replace(self, name: str, account: Account, fill: Callable[[MemoryTables], None]) -> None:
        tables = MemoryTables(account, self._journal_bytes)
        await asyncio.to_thread(fill, tables)  # nobody else has them yet, and a large world takes seconds
        tables.commit()
        await self.reset(name)
        self._register(name, tables)

    async def reset(self, name: str) -> None:
        self._forget(name)

    def _forget(self, name: str) -> None:
        tables = self._worlds.pop(name, None)
        if tables is not None:
            del self._tags[tag_of(name)]
            task = asyncio.create_task(_let_go(tables.containers()))
            self._letting_go.add(task)
            task.add_done_callback(self._letting_go.discard)

    async def name_of(self, tag: str) -> str | None:
        return self._tags.get(tag)

    async def names(self) -> list[str]:
        return list(self._worlds)

    async def overdue(self, instant: int) -> list[str]:
        return []  # no world was there before this process, whose alarm knows them all

    async def orphans(self) -> list[Orphan]:
        return []

    async def versions(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        return {}

    async def tidy(self) -> bool:
        return False

    async def ping(self) -> None:
        pass

    def figures(self) -> dict[str, tuple[str, str, float]]:
        return {
            "worlds": ("gauge", "Worlds in memory.", len(self._worlds)),
            "worlds_dropped_total": ("counter", "Worlds that had to go for others (--max-worlds).", self._dropped),
        }

    async def close(self) -> None:
        for task in self._letting_go:
            task.cancel()
        self._worlds.clear()


async def _let_go(containers: list[Any]) -> None:
    """Free the records of a world that was reset, a few at a time: a large one would hold up the server for 250 ms."""
    for container in containers:
        take = getattr(container, "popitem", container.pop)
        while container:
            for _ in range(min(_FREED_AT_ONCE, len(container))):
                take()
            await asyncio.sleep(0)


_FREED_AT_ONCE = 200
