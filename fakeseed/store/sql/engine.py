"""Reaching a database: URLs, pool, timeouts, and who is alive."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import QueuePool

from fakeseed.errors import StartError, UsageError
from fakeseed.store.sql.driver import cutter
from fakeseed.store.sql.pulse import WITHIN_SECONDS, Cut, Pulse
from fakeseed.store.sql.troubles import DATABASE_ERRORS, is_trouble

POOL = 10
"""Connections of one process to PostgreSQL for units of work; more units at once wait their turn."""
CONNECT_SECONDS = 1
LOCKED_SECONDS = 0.1
"""How long SQLite waits for a file that another process has locked; nothing else is answered meanwhile."""
STATEMENT_SECONDS = 60
"""A statement that takes longer has failed."""
BUSY_SECONDS = 1.5
"""A unit that waits so long for a world that another process works on has failed."""
IDLE_SECONDS = 10
"""PostgreSQL ends a transaction whose process is silent for so long, so that a stopped process holds no world."""

T = TypeVar("T")
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
HINT = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_ALIVE = 0x5EED
"""Class of the advisory locks by which processes show each other that they are alive."""
_SHOW_LIFE = text(f"SELECT pg_try_advisory_lock({_ALIVE}, :owner)")
_IS_DEAD = text(f"SELECT pg_try_advisory_xact_lock({_ALIVE}, :owner)")
_ONE_MIGRATES = text(f"SELECT pg_advisory_xact_lock({_ALIVE}, 0)")
_NOTHING = text("SELECT 1")
WRITE_PROBE = text("UPDATE fakeseed_schema SET version = version")
"""A write that changes nothing, and fails where writes do."""


def parse(url: str) -> URL:
    """A state URL with the driver it needs. Raises UsageError."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"{url[:80]!r} is no URL of a state", HINT) from None
    if parsed.drivername not in DRIVERS:
        raise UsageError(f"worlds cannot live in {parsed.drivername[:40]!r}", HINT)
    if parsed.drivername == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise UsageError("the state URL names no file", HINT)
    query = {"ssl" if name == "sslmode" else name: value for name, value in parsed.query.items()}
    return parsed.set(drivername=DRIVERS[parsed.drivername], query=query)


class FileDatabase:
    """An SQLite file, owned by this process alone.

    It is worked on in the event loop's own thread: a statement takes less time than to hand it to another thread, and
    nothing else could be answered from this file meanwhile.
    """

    shared = False
    dialect = "sqlite"
    at_once = 1

    def __init__(self, url: URL) -> None:
        self.url = url
        # One connection, and none of the pool's own rollbacks: every transaction is ended where it was begun.
        pool = {"pool_size": 1, "max_overflow": 0, "pool_reset_on_return": None, "poolclass": QueuePool}
        self._engine = create_engine(url, **pool, connect_args={"timeout": LOCKED_SECONDS})
        self._connection: Connection | None = None
        event.listen(self._engine, "connect", _own_file)
        event.listen(self._engine, "begin", _begin)

    async def transact(self, unit: Callable[[Connection], T]) -> T:
        """Do something with the connection. One that failed is let go of: what it met may be over for a fresh one."""
        try:
            if self._connection is None:
                self._connection = self._engine.connect()
            return unit(self._connection)
        except DATABASE_ERRORS:
            self._drop()
            raise

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()

    async def open(self, migrate: Callable[[Connection], None]) -> None:
        """Bring the schema up to date. Raises StartError where that can be told beforehand."""
        make_file(self.url)

        def unit(connection: Connection) -> None:
            with connection.begin():
                migrate(connection)

        await self.transact(unit)

    async def show_life(self) -> None:
        """Nobody else is there to see it."""

    def is_dead(self, connection: Connection, owner: int) -> bool:
        """Whether another process has ended: all have, since the file is this one's."""
        return True

    async def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self._engine.dispose()


PRAGMAS = (
    "page_size=8192",
    "locking_mode=EXCLUSIVE",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "wal_autocheckpoint=4000",  # pages, 32 MB: what is written is brought into the file, and to the disk, less often
    "cache_size=-65536",
)


def _own_file(connection: Any, _: object) -> None:
    """Own the file for as long as the connection lasts; SQLite's own lock holds others off.

    ``synchronous=NORMAL``: what is committed survives the end of the process, however it comes; a loss of power may
    take the last commits back, and never harms the file.
    """
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


class ServerDatabase:
    """A PostgreSQL database, shared by any number of processes."""

    shared = True
    dialect = "postgresql"
    at_once = POOL

    def __init__(self, url: URL, owner: int) -> None:
        self.url = url
        self._owner = owner
        self._life: AsyncConnection | None = None
        self._life_cut: Cut | None = None
        self._showing = asyncio.Lock()
        self._pulse = Pulse(self._show_life, self._cut_life)
        limits = {
            "statement_timeout": STATEMENT_SECONDS,
            "lock_timeout": BUSY_SECONDS,
            "idle_in_transaction_session_timeout": IDLE_SECONDS,
        }
        settings = {name: str(round(seconds * 1000)) for name, seconds in limits.items()}
        keepalive = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5"}
        self._engine = create_async_engine(
            url,
            pool_size=POOL + 1,  # one to show that this process lives
            max_overflow=0,
            pool_timeout=CONNECT_SECONDS,
            pool_reset_on_return=None,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": STATEMENT_SECONDS + 1,
                "server_settings": {**settings, **keepalive, "application_name": "fakeseed", "jit": "off"},
            },
        )

    async def transact(self, unit: Callable[[Connection], T]) -> T:
        """Do something with a connection. One that met trouble is let go of: its server may not be the one any more."""
        async with self._engine.connect() as connection:
            with self._pulse.using(await cutter(connection)):
                try:
                    return await connection.run_sync(unit)
                except Exception as problem:
                    if is_trouble(problem):
                        await connection.invalidate()
                    if self._pulse.silent:
                        raise TimeoutError(f"there was no answer within {WITHIN_SECONDS} s") from problem
                    raise

    async def open(self, migrate: Callable[[Connection], None]) -> None:
        """Bring the schema up to date, one process after the other, and show that this one lives."""

        def work(connection: Connection) -> None:
            with connection.begin():
                connection.execute(_ONE_MIGRATES)
                migrate(connection)

        await self.transact(work)
        await self.show_life()

    async def show_life(self) -> None:
        """Hold a lock that the database frees when this process ends, however it ends, so that others take over."""
        with self._pulse.using(self._cut_life):
            await self._show_life()

    async def _show_life(self) -> None:
        async with self._showing:
            if self._life is not None:
                try:
                    await self._life.execute(_NOTHING)
                    return
                except DATABASE_ERRORS:
                    await self._let_go()
            life = await self._engine.connect()
            self._life_cut = await cutter(life)
            await life.execution_options(isolation_level="AUTOCOMMIT")
            await life.execute(_SHOW_LIFE, {"owner": self._owner})
            self._life = life

    def _cut_life(self) -> None:
        if self._life_cut is not None:
            self._life_cut()

    async def _let_go(self) -> None:
        life, self._life, self._life_cut = self._life, None, None
        if life is not None:
            await life.invalidate()
            await life.close()

    def is_dead(self, connection: Connection, owner: int) -> bool:
        """Whether another process has ended; if so, until the end of this transaction nobody else finds it so."""
        return bool(connection.execute(_IS_DEAD, {"owner": owner}).scalar())

    async def close(self) -> None:
        """Let go of all connections."""
        await self._pulse.close()
        await self._let_go()
        await self._engine.dispose()


Database = FileDatabase | ServerDatabase


def database_at(url: str, owner: int) -> Database:
    """The database that a URL names, for a process by its number; nothing is opened yet. Raises UsageError."""
    parsed = parse(url)
    return FileDatabase(parsed) if parsed.drivername == DRIVERS["sqlite"] else ServerDatabase(parsed, owner)


def make_file(url: URL) -> None:
    """Make an SQLite file that only its owner reads, since it holds webhook secrets. Raises StartError."""
    assert url.database is not None
    try:
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        message = f"cannot open the database {url.database}: {problem.strerror}"
        raise StartError(message, f"check the path; it was looked for from {Path.cwd()}") from None
