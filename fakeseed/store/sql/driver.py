"""What is used of SQLAlchemy and its drivers beyond their documented interface: all of it is here.

The tests of ``tests/store`` were run against SQLAlchemy 2.1.9 and asyncpg 0.32.
"""

from functools import lru_cache
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

_DIALECTS: dict[str, Any] = {"sqlite": sqlite.dialect(), "postgresql": postgresql.asyncpg.dialect()}  # type: ignore[no-untyped-call]


@lru_cache(maxsize=256)
def compiled(statement: Any, dialect: str) -> tuple[str, list[str]]:
    """A statement as the driver takes it, with the names of its parameters in order (``positiontup``).

    Done once, since most of a small write would else be spent on the way from parameters to the driver.
    """
    result = statement.compile(dialect=_DIALECTS[dialect])
    return str(result), list(result.positiontup)


def sql_state(problem: BaseException) -> str:
    """PostgreSQL's five characters for an error, as SQLAlchemy's asyncpg dialect hands them on; empty for others."""
    return str(getattr(getattr(problem, "orig", None), "sqlstate", None) or getattr(problem, "sqlstate", None) or "")


async def cutter(connection: AsyncConnection) -> Any:
    """What cuts an asyncpg connection at once, without a word to the server: whoever waits for it fails."""
    raw = await connection.get_raw_connection()
    return raw.driver_connection.terminate  # type: ignore[union-attr]
