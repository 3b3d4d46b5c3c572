"""Reaching a database: URLs, pool, timeouts, what counts as being away, and who is alive."""

import os
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, event, make_url, text
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
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from fakeseed.errors import StartError, StateError, UsageError

POOL = 10
"""Connections of one process to PostgreSQL for units of work; more units at once wait their turn."""
CONNECT_SECONDS = 2
STATEMENT_SECONDS = 5
"""A statement that takes longer has failed, and so has one that waits so long for a world that another holds."""
IDLE_SECONDS = 10
"""PostgreSQL ends a transaction whose process is silent for so long, so that a stopped process holds no world."""

DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "postgres": "postgresql+asyncpg"}
HINT = "use sqlite:///FILE or postgresql://USER@HOST/DATABASE"
_OURS = (ProgrammingError, IntegrityError, DataError, NotSupportedError)
_ALIVE = 0x5EED
"""Class of the advisory locks by which processes show each other that they are alive."""


def parse(url: str) -> URL:
    """A state URL with the driver it needs. Raises UsageError."""
    try:
        found = make_url(url)
    except (ArgumentError, ValueError):
        raise UsageError(f"{url[:80]!r} is no URL of a state", HINT) from None
    if found.drivername not in DRIVERS:
        raise UsageError(f"worlds cannot live in {found.drivername[:40]!r}", HINT)
    if found.drivername == "sqlite" and found.database in (None, "", ":memory:"):
        raise UsageError("the state URL names no file", HINT)
    query = {"ssl" if name == "sslmode" else name: value for name, value in found.query.items()}
    return found.set(drivername=DRIVERS[found.drivername], query=query)


def engine_of(url: URL) -> AsyncEngine:
    """An engine that opens no connection yet."""
    return _sqlite(url) if url.drivername.startswith("sqlite") else _postgresql(url)


def _postgresql(url: URL) -> AsyncEngine:
    milliseconds = {
        "statement_timeout": STATEMENT_SECONDS * 1000,
        "lock_timeout": STATEMENT_SECONDS * 1000,
        "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
    }
    settings = {name: str(value) for name, value in milliseconds.items()}
    more = {"application_name": "fakeseed", "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5"}
    return create_async_engine(
        url,
        pool_size=POOL + 2,  # for the sign of life, and for looks beside units
        max_overflow=0,
        pool_timeout=STATEMENT_SECONDS,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": STATEMENT_SECONDS + 1,
            "server_settings": {**settings, **more, "jit": "off"},
        },
    )


def _sqlite(url: URL) -> AsyncEngine:
    """One connection: the file belongs to one process, and its turns come one after the other."""
    engine = create_async_engine(url, pool_size=1, max_overflow=0, connect_args={"timeout": 0.2})
    event.listen(engine.sync_engine, "connect", _own_file)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _own_file(connection: Any, _: object) -> None:
    """Own the file for as long as the connection lasts; SQLite's own lock holds others off.

    ``synchronous=NORMAL``: what is committed survives the end of the process, however it comes; a loss of power may
    take the last commits back, and never harms the file.
    """
    connection.isolation_level = None  # transactions begin where we say so
    cursor = connection.cursor()
    for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=NORMAL", "cache_size=-65536"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def make_file(url: URL) -> None:
    """Make an SQLite file that only its owner reads, since it holds webhook secrets. Raises StartError."""
    assert url.database is not None
    try:
        os.close(os.open(url.database, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as problem:
        told = f"cannot open the database {url.database}: {problem.strerror}"
        raise StartError(told, f"check the path; it was looked for from {Path.cwd()}") from None


AWAY: tuple[type[Exception], ...] = (SQLAlchemyError, OSError, TimeoutError, sqlite3.OperationalError)


def is_away(problem: Exception) -> bool:
    """Whether this says that the database cannot be reached or used just now, and not that we made a mistake."""
    if isinstance(problem, SQLAlchemyError):
        return isinstance(problem, DBAPIError | PoolTimeoutError) and not isinstance(problem, _OURS)
    return isinstance(problem, AWAY)


def as_state_error(problem: Exception, kind: type[StateError] = StateError) -> StateError:
    """What to say when the database is away."""
    cause = getattr(problem, "orig", None) or problem
    line = (str(cause).splitlines() or [type(cause).__name__])[0].rpartition(">: ")[2]
    return kind(f"the state cannot be reached just now: {line[:200] or type(cause).__name__}", "try again")


def as_start_error(problem: Exception, url: URL) -> StartError:
    """What to say when the database cannot be opened at the start."""
    shown = url.database if url.drivername.startswith("sqlite") else f"{url.host or 'localhost'}/{url.database}"
    if isinstance(problem, OperationalError) and "locked" in str(problem):
        return StartError(
            f"the database {shown} is in use by another process",
            "stop that one first, or share worlds over PostgreSQL: --state postgresql://...",
        )
    told = str(as_state_error(problem)).partition(": ")[2]
    return StartError(f"cannot use the database {shown}: {told}", "check --state, and that the database is up")


SHOW_LIFE = text(f"SELECT pg_try_advisory_lock({_ALIVE}, :owner)")
IS_DEAD = text(f"SELECT pg_try_advisory_xact_lock({_ALIVE}, :owner)")
ONE_MIGRATES = text(f"SELECT pg_advisory_xact_lock({_ALIVE}, 0)")
