"""Worlds in a database, behind the interface that worlds in memory have."""

import asyncio
from collections.abc import Callable, Collection
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, delete, select, update

from fakeseed.errors import StateError
from fakeseed.store.sql import engine as reaching
from fakeseed.store.sql import schema
from fakeseed.store.sql.group_commit import Batch, Cache, Job, Queues
from fakeseed.store.sql.tables import SqlTables
from fakeseed.store.sql.troubles import (
    DATABASE_ERRORS,
    BusyError,
    NotDoneError,
    is_trouble,
    start_error,
    state_error,
)
from fakeseed.world.clock import seconds_passed
from fakeseed.world.rng import fresh_seed
from fakeseed.world.tables import Account, Orphan

T = TypeVar("T")

OVERDUE = 200
"""Worlds that are woken together."""
COOL_SECONDS = 0.25
"""Real seconds for which a database that was found in trouble is not asked again."""
REMOVED = 500
"""Rows of one table that are removed together."""
_w, _e = schema.worlds.c, schema.effects.c
BY_TAG = select(_w.name).where(_w.tag == bindparam("tag"))
DUE = select(_w.name).where(_w.wake_at <= bindparam("before")).order_by(_w.wake_at).limit(OVERDUE)
VERSIONS = select(_w.name, _w.id, _w.version).where(_w.name.in_(bindparam("names", expanding=True)))
OWNERS = select(_e.owner).distinct()
LEFT = select(_w.name, _e.number, _e.data).join_from(schema.effects, schema.worlds, _e.world == _w.id)
LEFT = LEFT.where(_e.owner == bindparam("owner"))
TAKE = update(schema.effects).where(_e.owner == bindparam("before")).values(owner=bindparam("now"))
GONE = select(schema.removed_worlds.c.id).limit(1)


class SqlStore:
    """Worlds in the database that a URL names."""

    lasting = True

    def __init__(self, url: str, journal_bytes: int) -> None:
        self._owner = int(fresh_seed(), 16) >> 1 or 1
        self._database = reaching.database_at(url, self._owner)
        self.shared = self._database.shared
        self._cache = Cache(
            self._database.dialect, sole=not self.shared, journal_bytes=journal_bytes, owner=self._owner
        )
        self._queues = Queues(self._run_batch)
        self._at_once = asyncio.Semaphore(self._database.at_once)
        self._opening = asyncio.Lock()
        self._opened = self._doubt = False
        self._trouble: StateError | None = None
        self._met_at = 0.0
        self._commits = self._jobs = self._failures = 0

    # -- begin and end ------------------------------------------------------------------------------------------------

    async def open(self) -> None:
        async with self._opening:
            if not self._opened:
                try:
                    await self._database.open(schema.migrate)
                except BaseException as problem:
                    await self._database.close()
                    if isinstance(problem, DATABASE_ERRORS):
                        raise start_error(problem, self._database.url) from None
                    raise
                self._opened = True

    async def close(self) -> None:
        await self._queues.finish()
        self._opened = False
        await self._database.close()

    # -- units --------------------------------------------------------------------------------------------------------

    async def run(
        self,
        name: str,
        new_account: Callable[[str], Account],
        unit: Callable[[SqlTables], T],
        after_commit: Callable[[T], None],
    ) -> T:
        result: T = await self._submit(name, lambda batch: unit(batch.tables(name, new_account)), after_commit)
        return result

    async def reset(self, name: str) -> None:
        await self._submit(name, lambda batch: batch.forget(name))

    async def replace(self, name: str, account: Account, fill: Callable[[SqlTables], None]) -> None:
        def unit(batch: Batch) -> None:
            batch.forget(name)
            fill(batch.tables(name, lambda _: account))

        await self._submit(name, unit)

    async def _submit(
        self, queue: str, unit: Callable[[Batch], Any], after_commit: Callable[[Any], None] | None = None
    ) -> Any:
        """Do something in a transaction: in its world's queue, or in the only one there is."""
        if not self._opened:
            await self.open()
        job = Job(unit, after_commit)
        self._queues.add(queue if self.shared else "", job)
        return await job.done()

    async def _run_batch(self, jobs: list[Job]) -> None:
        """Do jobs together; alone, one after the other, when one of them stood in the way of the others."""
        async with self._at_once:
            problem = self._just_met() or await self._attempt(jobs)
            if isinstance(problem, NotDoneError) and problem.again and self._trouble is None:
                problem = await self._attempt(jobs)  # connections break when a database starts anew; a fresh one may do
            in_trouble = isinstance(problem, StateError) and not isinstance(problem, BusyError)
            self._trouble = problem if isinstance(problem, StateError) and in_trouble else None
        if problem is None:
            return
        if len(jobs) > 1 and not in_trouble:
            for job in jobs:
                await self._run_batch([job])
            return
        for job in jobs:
            job.failed(problem)

    def _just_met(self) -> StateError | None:
        """The trouble that a batch met a moment ago: those that waited behind it need not wait as long again."""
        if self._trouble is None or seconds_passed() - self._met_at > COOL_SECONDS:
            return None
        return NotDoneError(str(self._trouble), self._trouble.hint)

    async def _attempt(self, jobs: list[Job]) -> Exception | None:
        """Do jobs in one transaction. Gives what was in the way, if anything; then nothing of it is kept."""
        step = _Step()
        try:
            results, batch = await self._database.transact(partial(self._transact, jobs, step))
        except Exception as problem:
            if isinstance(problem, DATABASE_ERRORS):
                self._cache.clear()
            if not is_trouble(problem):
                return problem
            self._doubt |= step.committing
            self._failures += 1
            self._met_at = seconds_passed()
            return state_error(problem, committing=step.committing and self.shared)
        self._commits += 1
        self._jobs += len(jobs)
        batch.kept()
        for job, result in zip(jobs, results, strict=True):
            job.kept(result)
        return None

    def _transact(self, jobs: list[Job], step: "_Step", connection: Connection) -> tuple[list[Any], Batch]:
        with connection.begin() as transaction:
            batch = Batch(connection, self._cache)
            results = [job.unit(batch) for job in jobs]
            batch.keep()
            step.committing = True
            transaction.commit()
        return results, batch

    # -- looks --------------------------------------------------------------------------------------------------------

    async def _rows(self, query: Any, **values: object) -> list[Any]:
        rows: list[Any] = await self._submit("", lambda batch: batch.connection.execute(query, values).all())
        return rows

    async def name_of(self, tag: str) -> str | None:
        return next((str(name) for (name,) in await self._rows(BY_TAG, tag=tag)), None)

    async def names(self) -> list[str]:
        return [name for (name,) in await self._rows(select(_w.name))]

    async def overdue(self, instant: int) -> list[str]:
        return [name for (name,) in await self._rows(DUE, before=instant)]

    async def versions(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        return {name: (world, version) for name, world, version in await self._rows(VERSIONS, names=list(names))}

    async def ping(self) -> None:
        await self._submit("", lambda batch: batch.connection.execute(reaching.WRITE_PROBE))

    # -- what others left ---------------------------------------------------------------------------------------------

    async def orphans(self) -> list[Orphan]:
        try:
            await self._database.show_life()
        except DATABASE_ERRORS as problem:
            raise state_error(problem) from None
        adopted: list[Orphan] = await self._submit("", self._adopt)
        self._doubt = False
        return adopted

    def _adopt(self, batch: Batch) -> list[Orphan]:
        """Take the effects of processes that are dead, and own ones whose unit was committed without our knowing."""
        adopted = []
        for (owner,) in batch.connection.execute(OWNERS).all():
            if owner == self._owner:
                if not self._doubt:
                    continue
            elif not self._database.is_dead(batch.connection, owner):
                continue
            rows = batch.connection.execute(LEFT, {"owner": owner}).all()
            batch.connection.execute(TAKE, {"before": owner, "now": self._owner})
            adopted += [Orphan(world, number, effect) for world, number, effect in rows]
        return adopted

    def figures(self) -> dict[str, tuple[str, str, float]]:
        return {
            "state_transactions_total": ("counter", "Transactions that were committed.", self._commits),
            "state_jobs_total": ("counter", "Units and looks that were done in them.", self._jobs),
            "state_failures_total": ("counter", "Transactions that the database did not take.", self._failures),
            "state_away": ("gauge", "1 while the database cannot be reached.", self._trouble is not None),
        }

    async def tidy(self) -> bool:
        unfinished: bool = await self._submit("", _remove_some)
        return unfinished


class _Step:
    """How far a transaction has come."""

    committing = False


def _remove_some(batch: Batch) -> bool:
    """Remove some rows of one world that is gone. Whether there may be more."""
    world = batch.connection.execute(GONE).scalar()
    if world is None:
        return False
    unfinished = False
    for table, handle in schema.HANDLES:
        chunk = select(handle).where(table.c.world == world).limit(REMOVED)
        removed = batch.connection.execute(delete(table).where(table.c.world == world, handle.in_(chunk))).rowcount
        unfinished |= removed >= REMOVED
    if not unfinished:
        batch.connection.execute(delete(schema.removed_worlds).where(schema.removed_worlds.c.id == world))
    return True
