"""Reaching a database: URLs, pool, timeouts, what counts as being away, and who is alive."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, create_engine, event, make_url, text
from sqlalchemy.exc import (
    ArgumentError,
    DataError,
    DBAPIError,
    IntegrityError,
    NotSupportedError,
    OperationalError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import QueuePool

from fakeseed.errors import StartError, StateError, UsageError

POOL = 10
"""Connections of one process to PostgreSQL for units of work; more units at once wait their turn."""
CONNECT_SECONDS = 2
STATEMENT_SECONDS = 5
"""A statement that takes longer has failed, and so has one that waits so long for a world that another holds."""
IDLE_SECONDS = 10
"""PostgreSQL ends a transaction whose process is silent for so long, so that a stopped process holds no world."""

T = TypeVar("T")
DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
HINT = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_OURS = (ProgrammingError, IntegrityError, DataError, NotSupportedError)
_ALIVE = 0x5EED
"""Class of the advisory locks by which processes show each other that they are alive."""
_SHOW_LIFE = text(f"SELECT pg_try_advisory_lock({_ALIVE}, :owner)")
_IS_DEAD = text(f"SELECT pg_try_advisory_xact_lock({_ALIVE}, :owner)")
_ONE_MIGRATES = text(f"SELECT pg_advisory_xact_lock({_ALIVE}, 0)")
_NOTHING = text("SELECT 1")


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
        self._engine = create_engine(url, pool_size=1, max_overflow=0, pool_reset_on_return=None, poolclass=QueuePool)
        self._connection: Connection | None = None
        event.listen(self._engine, "connect", _own_file)
        event.listen(self._engine, "begin", _begin)

    async def transact(self, unit: Callable[[Connection], T]) -> T:
        """Do something with the connection."""
        if self._connection is None or self._connection.invalidated:
            self._connection = self._engine.connect()
        return unit(self._connection)

    async def open(self, migrate: Callable[[Connection], None], _: int) -> None:
        """Bring the schema up to date. Raises StartError where that can be told beforehand."""
        make_file(self.url)

        def unit(connection: Connection) -> None:
            with connection.begin():
                migrate(connection)

        await self.transact(unit)

    async def show_life(self, owner: int) -> None:
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

    def __init__(self, url: URL) -> None:
        self.url = url
        self._life: AsyncConnection | None = None
        limits = {
            "statement_timeout": STATEMENT_SECONDS,
            "lock_timeout": STATEMENT_SECONDS,
            "idle_in_transaction_session_timeout": IDLE_SECONDS,
        }
        settings = {name: str(seconds * 1000) for name, seconds in limits.items()}
        keepalive = {"tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5"}
        self._engine = create_async_engine(
            url,
            pool_size=POOL + 1,  # one to show that this process lives
            max_overflow=0,
            pool_timeout=STATEMENT_SECONDS,
            pool_reset_on_return=None,
            connect_args={
                "timeout": CONNECT_SECONDS,
                "command_timeout": STATEMENT_SECONDS + 1,
                "server_settings": {**settings, **keepalive, "application_name": "fakeseed", "jit": "off"},
            },
        )

    async def transact(self, unit: Callable[[Connection], T]) -> T:
        """Do something with a connection."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(unit)

    async def open(self, migrate: Callable[[Connection], None], owner: int) -> None:
        """Bring the schema up to date, one process after the other, and show that this one lives."""
        async with self._engine.begin() as connection:
            await connection.execute(_ONE_MIGRATES)
            await connection.run_sync(migrate)
        await self.show_life(owner)

    async def show_life(self, owner: int) -> None:
        """Hold a lock that the database frees when this process ends, however it ends, so that others take over."""
        if self._life is not None:
            try:
                await self._life.execute(_NOTHING)
                return
            except AWAY:
                await self._let_go()
        life = await self._engine.connect()
        await life.execution_options(isolation_level="AUTOCOMMIT")
        await life.execute(_SHOW_LIFE, {"owner": owner})
        self._life = life

    async def _let_go(self) -> None:
        life, self._life = self._life, None
        if life is not None:
            await life.invalidate()
            await life.close()

    def is_dead(self, connection: Connection, owner: int) -> bool:
        """Whether another process has ended; if so, until the end of this transaction nobody else finds it so."""
        return bool(connection.execute(_IS_DEAD, {"owner": owner}).scalar())

    async def close(self) -> None:
        """Let go of all connections."""
        await self._let_go()
        await self._engine.dispose()


Database = FileDatabase | ServerDatabase


def database_at(url: str) -> Database:
    """The database that a URL names; nothing is opened yet. Raises UsageError."""
    parsed = parse(url)
    return FileDatabase(parsed) if parsed.drivername == DRIVERS["sqlite"] else ServerDatabase(parsed)


def make_file(url: URL) -> None:
    """Make an SQLite file that only its owner reads, since it holds webhook secrets. Raises StartError."""
    assert url.database is not None
    try:
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        message = f"cannot open the database {url.database}: {problem.strerror}"
        raise StartError(message, f"check the path; it was looked for from {Path.cwd()}") from None


AWAY: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, TimeoutError)


def is_away(problem: Exception) -> bool:
    """Whether this says that the database cannot be reached or used just now, and not that we made a mistake."""
    if isinstance(problem, SQLAlchemyError):
        return isinstance(problem, DBAPIError | PoolTimeoutError) and not isinstance(problem, _OURS)
    return isinstance(problem, AWAY)


def as_state_error(problem: Exception, kind: type[StateError] = StateError) -> StateError:
    """What to say when the database is away."""
    cause = getattr(problem, "orig", None) or problem
    reason = (str(cause).splitlines() or [type(cause).__name__])[0].rpartition(">: ")[2]
    return kind(f"the state cannot be reached just now: {reason[:200] or type(cause).__name__}", "try again")


def as_start_error(problem: Exception, url: URL) -> StartError:
    """What to say when the database cannot be opened at the start."""
    location = url.database if url.drivername.startswith("sqlite") else f"{url.host or 'localhost'}/{url.database}"
    if isinstance(problem, OperationalError) and "locked" in str(problem):
        return StartError(
            f"the database {location} is in use by another process",
            "stop that one first, or share worlds over PostgreSQL: --state postgresql://...",
        )
    reason = str(as_state_error(problem)).partition(": ")[2]
    return StartError(f"cannot use the database {location}: {reason}", "check --state, and that the database is up")
