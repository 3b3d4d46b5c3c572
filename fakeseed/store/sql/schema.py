"""The one schema, for SQLite and PostgreSQL: a row for each record, with columns for what is searched by and the record
itself as JSON beside them.

A world's rows carry its number, which no other world has had or will have; to forget a world is to forget its number.
A new field of a record needs no migration, since it has a default; a new column or table does.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    func,
    inspect,
    select,
)

from fakeseed.errors import StartError

VERSION = 1
"""Of the schema in this file. A database of a lower version is brought here on start."""

metadata = MetaData()
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *parts: Column[Any] | Index, small: bool = False) -> Table:
    """A table; ``small`` rows lie in its key's own order."""
    return Table(f"fakeseed_{name}", metadata, *parts, sqlite_with_rowid=not small)


def _key(name: str, kind: type[String] | type[BigInteger]) -> Column[Any]:
    return Column(name, kind, primary_key=True, autoincrement=False)


schema = _table("schema", Column("version", Integer, primary_key=True, autoincrement=False))

worlds = Table(
    "fakeseed_worlds",
    metadata,
    Column("id", _NUMBER, primary_key=True, autoincrement=True),
    Column("name", String, nullable=False, unique=True),
    Column("tag", String, nullable=False, index=True),
    Column("version", BigInteger, nullable=False),
    Column("wake_at", BigInteger, index=True),
    Column("state", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
"""``version`` counts changes, ``wake_at`` is the system's instant at which something falls due."""

removed_worlds = _table("gone", _key("id", BigInteger))
"""Numbers of worlds whose rows are still to be removed."""

assets = _table(
    "assets",
    _key("world", BigInteger),
    _key("id", String),
    Column("shelf", String, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("fakeseed_assets_listed", "world", "shelf", "seq"),
)
"""``shelf`` is the status of a managed asset, and empty for an ephemeral one, which is in no list."""

tasks = _table(
    "tasks",
    _key("world", BigInteger),
    _key("id", String),
    Column("end_seq", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("output_id", String, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("fakeseed_tasks_listed", "world", "end_seq", "seq"),
    Index("fakeseed_tasks_output", "world", "output_id"),
)
"""``end_seq`` is 0 for active tasks."""

uploads = _table(
    "uploads",
    _key("world", BigInteger),
    _key("id", String),
    Column("seq", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
    Index("fakeseed_uploads_order", "world", "seq"),
)

movements = _table(
    "movements",
    _key("world", BigInteger),
    _key("seq", BigInteger),
    Column("task_id", String),
    Column("data", LargeBinary, nullable=False),
    Index("fakeseed_movements_task", "world", "task_id"),
    small=True,
)

events = _table(
    "events",
    _key("world", BigInteger),
    _key("kind", String),
    _key("ref", String),
    Column("place", String, nullable=False),
    Index("fakeseed_events_order", "world", "place"),
    small=True,
)
"""``place`` is the instant and the number at it, as digits of one length: instants go beyond what an integer column
holds."""

journal = _table(
    "journal",
    _key("world", BigInteger),
    _key("seq", BigInteger),
    Column("start", BigInteger, nullable=False),
    Column("data", LargeBinary, nullable=False),
    small=True,
)
"""``start`` counts the bytes of all entries before this one."""

effects = _table(
    "effects",
    _key("number", String),
    Column("world", BigInteger, nullable=False, index=True),
    Column("owner", BigInteger, nullable=False, index=True),
    Column("data", LargeBinary, nullable=False),
)
"""``owner`` is the process that does it."""

HANDLES: tuple[tuple[Table, Column[Any]], ...] = (
    (assets, assets.c.id),
    (tasks, tasks.c.id),
    (uploads, uploads.c.id),
    (movements, movements.c.seq),
    (events, events.c.place),
    (journal, journal.c.seq),
    (effects, effects.c.number),
)
"""Every table of worlds' rows, with what names a row in its world."""

Migration = Callable[[Connection], None]
MIGRATIONS: dict[int, Migration] = {}
"""Version -> what brings a database of the version before it there."""


def migrate(connection: Connection, version: int = VERSION) -> None:
    """Bring a database to a version, within one transaction. Raises StartError when it is newer."""
    if not inspect(connection).has_table(schema.name):
        metadata.create_all(connection)
        connection.execute(schema.insert().values(version=version))
        return
    version_found = connection.execute(select(func.max(schema.c.version))).scalar() or 0
    if version_found > version:
        raise StartError(
            f"the database has schema version {version_found}, this fakeseed knows {version}",
            "use the fakeseed that wrote it, or another database",
        )
    for step in range(version_found + 1, version + 1):
        MIGRATIONS[step](connection)
        connection.execute(schema.update().values(version=step))
