"""Batches: units of work that wait at the same time are done in one transaction and acknowledged after its commit.

A unit that raises is undone with its whole batch; the others of the batch are then done again, each alone. So is every
unit of a batch whose connection broke before its commit; when it broke in the commit, nobody knows, and who asked is
told so.
"""

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from fakeseed.store.sql import schema
from fakeseed.store.sql.identity_map import WorldRows
from fakeseed.store.sql.tables import STATE, SqlTables, State
from fakeseed.world.rng import tag_of
from fakeseed.world.tables import Account

_w = schema.worlds.c
FIND = select(_w.id, _w.version, _w.state).where(_w.name == bindparam("name"))
FIND_ALONE = FIND.with_for_update()
KEEP = (
    update(schema.worlds)
    .where(_w.id == bindparam("_world"))
    .values(version=bindparam("_version"), wake_at=bindparam("_wake_at"), state=bindparam("_state"))
)
FORGET = delete(schema.worlds).where(_w.name == bindparam("name")).returning(_w.id)
HOT = 256
"""Worlds of which a process remembers records from one unit to the next."""


class Job:
    """Something to be done inside a transaction. ``after_commit`` is called with its result once that is kept."""

    def __init__(self, unit: "Callable[[Batch], Any]", after_commit: Callable[[Any], None] | None = None) -> None:
        self.unit = unit
        self._after_commit = after_commit
        self._future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    async def done(self) -> Any:
        """The result, once it is kept."""
        return await self._future

    def kept(self, result: Any) -> None:
        """It is done, and kept."""
        if self._after_commit is not None:
            self._after_commit(result)
        if not self._future.done():
            self._future.set_result(result)

    def failed(self, problem: BaseException) -> None:
        """It was not done."""
        if not self._future.done():
            self._future.set_exception(problem)


class Cache:
    """What this process remembers of worlds between batches. ``sole``: nobody else changes them."""

    def __init__(self, dialect: str, *, sole: bool, journal_bytes: int, owner: int) -> None:
        self.dialect = dialect
        self.sole = sole
        self.owner = owner
        self._journal_bytes = journal_bytes
        self._tables: OrderedDict[str, SqlTables] = OrderedDict()

    def get(self, name: str) -> SqlTables | None:
        """What is remembered of a world."""
        return self._tables.get(name)

    def made(self, world: int, version: int, state: State, *, new: bool = False) -> SqlTables:
        """A world's tables, with nothing remembered."""
        rows = WorldRows(world, self.dialect)
        tables = SqlTables(rows, state, new=new, journal_bytes=self._journal_bytes, owner=self.owner)
        tables.version = version
        return tables

    def remember(self, name: str, tables: SqlTables) -> None:
        """Keep what is known for the next batch."""
        self._tables[name] = tables
        self._tables.move_to_end(name)
        if len(self._tables) > HOT:
            self._tables.popitem(last=False)

    def forget(self, name: str) -> None:
        """Nothing is known of a world any more."""
        self._tables.pop(name, None)

    def clear(self) -> None:
        """Nothing is known of any world any more: another process may have had the database meanwhile."""
        self._tables.clear()


class Batch:
    """One open transaction, with the worlds that were opened in it."""

    def __init__(self, connection: Connection, cache: Cache) -> None:
        self.connection = connection
        self._cache = cache
        self._open: dict[str, SqlTables] = {}

    def tables(self, name: str, new_account: Callable[[str], Account]) -> SqlTables:
        """A world's tables, alone with it until the end of the transaction; made by ``new_account`` on first use."""
        opened = self._open.get(name)
        if opened is None:
            opened = self._open[name] = self._find(name) or self._create(name, new_account)
            opened.rows.enter(self.connection)
        return opened

    def _find(self, name: str) -> SqlTables | None:
        cached = self._cache.get(name)
        self._cache.forget(name)  # known again when the transaction is kept
        if cached is not None and self._cache.sole:
            return cached
        row = self.connection.execute(FIND if self._cache.sole else FIND_ALONE, {"name": name}).first()
        if row is None:
            return None
        if cached is not None and (cached.rows.world, cached.version) == (row[0], row[1]):
            return cached
        return self._cache.made(row[0], row[1], STATE.decode(row[2]))

    def _create(self, name: str, new_account: Callable[[str], Account]) -> SqlTables:
        account = new_account(name)
        return self._insert(name, account) or self._find(name) or self._create(name, new_account)

    def _insert(self, name: str, account: Account) -> SqlTables | None:
        """A new world's row, unless another process makes one at this moment."""
        make: Any = postgresql.insert if self._cache.dialect == "postgresql" else sqlite.insert
        row = {"name": name, "tag": tag_of(name), "version": 0, "state": b""}
        adding = make(schema.worlds).values(**row).on_conflict_do_nothing(index_elements=["name"]).returning(_w.id)
        world = self.connection.execute(adding).scalar()
        return None if world is None else self._cache.made(world, 0, State(account), new=True)

    def forget(self, name: str) -> None:
        """Take a world away. Its rows are removed later, since there may be many."""
        self._open.pop(name, None)
        self._cache.forget(name)
        for (world,) in self.connection.execute(FORGET, {"name": name}).all():
            self.connection.execute(insert(schema.removed_worlds).values(id=world))

    def keep(self) -> None:
        """Write all that was changed."""
        for tables in self._open.values():
            row = tables.keep()
            if row is not None:
                tables.version += 1
                tables.rows.write(KEEP, [{"_version": tables.version, "_state": row[0], "_wake_at": row[1]}])

    def kept(self) -> None:
        """It was committed."""
        for name, tables in self._open.items():
            self._cache.remember(name, tables)


class Queues:
    """Jobs of one queue are done in the order in which they came, as many together as wait."""

    TOGETHER = 64

    def __init__(self, do: Callable[[list[Job]], Any]) -> None:
        self._do = do
        self._waiting: dict[str, deque[Job]] = {}
        self._driving: set[asyncio.Task[None]] = set()

    def add(self, queue: str, job: Job) -> None:
        """Put a job at the end of a queue."""
        waiting = self._waiting.get(queue)
        if waiting is not None:
            waiting.append(job)
            return
        self._waiting[queue] = deque([job])
        task = asyncio.ensure_future(self._drive(queue))
        self._driving.add(task)
        task.add_done_callback(self._driving.discard)

    async def _drive(self, queue: str) -> None:
        waiting = self._waiting[queue]
        while waiting:
            await self._do([waiting.popleft() for _ in range(min(len(waiting), self.TOGETHER))])
        del self._waiting[queue]

    async def finish(self) -> None:
        """Wait until all that was asked for is done."""
        while self._driving:
            await asyncio.wait(list(self._driving))
