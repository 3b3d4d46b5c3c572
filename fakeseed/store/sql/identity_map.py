"""What is known of a world's rows in this process: records by id, each one object however often it is asked for.

What a unit changes is written at its end, all of it together; a query of a table first writes what it would not see.
What was written early is written again at the end, since a record may be changed after it was handed in.
"""

from collections.abc import Callable, Collection, Iterator
from functools import lru_cache
from typing import Any, Generic, TypeVar

import msgspec
from sqlalchemy import Connection, Select, Table, bindparam, delete, select
from sqlalchemy.dialects import postgresql, sqlite

from fakeseed.store.sql.driver import compiled

R = TypeVar("R")
KEPT = 2_000
"""Records of one kind that are remembered of a world from one unit to the next."""


class WorldRows:
    """Where a world's rows are: its number, the database's dialect, the connection of the open transaction."""

    def __init__(self, world: int, dialect: str) -> None:
        self.world = world
        self.dialect = dialect
        self._connection: Connection | None = None

    def enter(self, connection: Connection) -> None:
        """From now on, in this transaction."""
        self._connection = connection

    @property
    def connection(self) -> Connection:
        """The open transaction's connection."""
        assert self._connection is not None, "records are used inside a unit of work only"
        return self._connection

    def select(self, query: Select[Any], **values: object) -> list[Any]:
        """The rows that a query finds in this world."""
        return list(self.connection.execute(query, {"world": self.world, **values}).all())

    def write(self, statement: Any, rows: list[dict[str, Any]]) -> None:
        """Do a statement once for each of these rows, in one go."""
        if rows:
            sql, names = compiled(statement, self.dialect)
            world = self.world
            values = [tuple([world if name == "_world" else row[name] for name in names]) for row in rows]
            self.connection.exec_driver_sql(sql, values)


@lru_cache(maxsize=64)
def putting(table: Table, dialect: str) -> Any:
    """Put a row, or another in its place. Parameters are columns' names after an underscore."""
    make: Callable[[Table], Any] = postgresql.insert if dialect == "postgresql" else sqlite.insert
    keys = [column.name for column in table.primary_key]
    insert = make(table).values({column.name: bindparam(f"_{column.name}") for column in table.columns})
    updated = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in keys}
    return insert.on_conflict_do_update(index_elements=keys, set_=updated)


class RecordType(Generic[R]):
    """One kind of record: its table, its columns beside the id, the words under which one is counted."""

    def __init__(
        self,
        table: Table,
        shape: type[R],
        columns: Callable[[R], dict[str, Any]],
        counters: Callable[[R], tuple[str, ...]],
    ) -> None:
        self.table = table
        self.columns = columns
        self.counters = counters
        self.decoder = msgspec.json.Decoder(shape)
        self.all = select(table.c.id, table.c.data).where(table.c.world == bindparam("world"))
        self.by_id = self.all.where(table.c.id == bindparam("id"))
        self.by_ids = self.all.where(table.c.id.in_(bindparam("ids", expanding=True)))
        self.away = delete(table).where(table.c.world == bindparam("_world"), table.c.id == bindparam("_id"))


class IdentityMap(Generic[R]):
    """Records of one kind in one world. ``tally`` counts them by word."""

    def __init__(self, kind: RecordType[R], rows: WorldRows, tally: dict[str, int]) -> None:
        self._kind = kind
        self._rows = rows
        self._tally = tally
        self._known: dict[str, R] = {}
        self._counted: dict[str, tuple[str, ...]] = {}
        self._touched: dict[str, R] = {}
        self._late: set[str] = set()
        self._gone: set[str] = set()
        self._absent: set[str] = set()

    def get(self, name: str) -> R | None:
        if "\0" in name:
            return None  # no record has such an id, and PostgreSQL cannot be asked for one
        record = self._known.get(name)
        if record is not None or name in self._gone or name in self._absent:
            return record
        return next(iter(self.find(self._kind.by_id, id=name)), None)

    def expect(self, names: Collection[str]) -> None:
        """These will be asked for: read them together."""
        missing = [name for name in {*names} if name not in self._known and name not in self._gone and "\0" not in name]
        if len(missing) > 1:
            self.find(self._kind.by_ids, ids=missing)
            self._absent.update(name for name in missing if name not in self._known)

    def find(self, query: Select[Any], **values: object) -> list[R]:
        """The records that a query finds, in its order. ``flush`` before, where changes would change what it finds."""
        return [self._record(row[0], row[1]) for row in self._rows.select(query, **values)]

    def _record(self, name: str, data: bytes) -> R:
        record = self._known.get(name)
        if record is None:
            record = self._known[name] = self._kind.decoder.decode(data)
            self._counted[name] = self._kind.counters(record)
        return record

    def put(self, name: str, record: R) -> None:
        """A record is new or was changed."""
        self._count(name, self._kind.counters(record))
        self._known[name] = self._touched[name] = record
        self._late.add(name)
        self._gone.discard(name)
        self._absent.discard(name)

    def remove(self, name: str) -> None:
        """A record is gone."""
        self._count(name, ())
        self._known.pop(name, None)
        self._touched.pop(name, None)
        self._late.discard(name)
        self._gone.add(name)

    def _count(self, name: str, counters: tuple[str, ...]) -> None:
        counted = self._counted.get(name, ())
        if counters != counted:
            for counter in counted:
                self._tally[counter] -= 1
            for counter in counters:
                self._tally[counter] = self._tally.get(counter, 0) + 1
            self._counted[name] = counters

    def flush(self) -> None:
        """Write what was handed in since the last time."""
        if self._late:
            encode, columns = msgspec.json.encode, self._kind.columns
            late = [(name, self._touched[name]) for name in sorted(self._late)]
            rows = [{"_id": name, "_data": encode(record), **columns(record)} for name, record in late]
            self._rows.write(putting(self._kind.table, self._rows.dialect), rows)
            self._late.clear()
        if self._gone:
            self._rows.write(self._kind.away, [{"_id": name} for name in sorted(self._gone)])
            self._gone.clear()

    def keep(self) -> bool:
        """The unit is over: write all that it touched as it is now. Whether there was anything."""
        changed = bool(self._touched or self._gone)
        self._late.update(self._touched)
        self.flush()
        self._touched.clear()
        self._absent.clear()
        if len(self._known) > KEPT:
            self._known.clear()
            self._counted.clear()
        return changed

    def __iter__(self) -> Iterator[R]:
        self.flush()
        return iter(self.find(self._kind.all))
