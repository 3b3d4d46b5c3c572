"""One world's tables over its rows, and the row of the world itself."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import bindparam, delete, func, select

from fakeseed.store.sql import schema
from fakeseed.store.sql.identity_map import WorldRows, putting
from fakeseed.store.sql.record_tables import SqlAssets, SqlEffects, SqlMovements, SqlTasks, SqlUploads
from fakeseed.store.sql.timeline import SqlTimeline
from fakeseed.world.journal import Entry
from fakeseed.world.tables import Account, wake_at
from fakeseed.world.timeline import Event

_j = schema.journal.c
_OVER: Any = bindparam("over")
SINCE = (
    select(_j.data).where(_j.world == bindparam("world"), _j.seq > bindparam("seq"), _j.start >= _OVER).order_by(_j.seq)
)
PAGE = SINCE.limit(bindparam("limit"))
PAGE_BEFORE = (
    select(_j.data)
    .where(_j.world == bindparam("world"), _j.seq < bindparam("seq"), _j.start >= _OVER)
    .order_by(_j.seq.desc())
    .limit(bindparam("limit"))
)
KEPT = select(func.count()).where(_j.world == bindparam("world"), _j.start >= _OVER)
TRIMMED = delete(schema.journal).where(_j.world == bindparam("_world"), _j.seq < bindparam("_seq"))
_ENTRY = msgspec.json.Decoder(Entry)
SLACK = 8
"""A journal is cut back when it is over its limit by this part of it; what is over is not shown in the meantime."""


class SqlJournal:
    """Entries up to a number of bytes. ``start`` of an entry is how many bytes came before it."""

    def __init__(self, rows: WorldRows, tally: dict[str, int], marks: list[tuple[int, int]], limit: int) -> None:
        self._rows = rows
        self._tally = tally
        self._marks = marks
        self._limit = limit
        self._new: list[tuple[int, Entry]] = []

    def _counted(self, counter: str) -> int:
        return self._tally.get(f"journal {counter}", 0)

    @property
    def _over(self) -> int:
        """Entries that start before this byte are over the limit."""
        return self._counted("bytes") - self._limit

    def append(self, entry: Entry) -> None:
        start = self._counted("bytes")
        self._tally["journal bytes"] = start + entry.size
        self._tally["journal entries"] = self._counted("entries") + 1
        self._new.append((start, entry))

    def flush(self) -> bool:
        """Write what is new, and cut off what is over the limit. Whether there was anything."""
        new, self._new = self._new, []
        over, encode = self._over, msgspec.json.encode
        rows = [{"_seq": entry.seq, "_start": start, "_data": encode(entry)} for start, entry in new if start >= over]
        self._rows.write(putting(schema.journal, self._rows.dialect), rows)
        if new:
            self._mark(*new[-1])
            self._trim(over)
        return bool(new)

    def _mark(self, start: int, entry: Entry) -> None:
        """Remember where an entry is, so that those before it are found later by their numbers."""
        if not self._marks or start > self._marks[-1][0] + self._limit // SLACK:
            self._marks.append((start, entry.seq))

    def _trim(self, over: int) -> None:
        """Remove entries before the last mark that is over the limit."""
        passed = [seq for start, seq in self._marks if start <= over]
        if passed and self._marks[0][1] < passed[-1]:
            self._rows.write(TRIMMED, [{"_seq": passed[-1]}])
            del self._marks[: len(passed) - 1]

    @property
    def dropped(self) -> int:
        return self._counted("dropped") + self._counted("entries") - len(self)

    @dropped.setter
    def dropped(self, value: int) -> None:
        self._tally["journal dropped"] = value - self.dropped + self._counted("dropped")

    def since(self, seq: int) -> list[Entry]:
        self.flush()
        return [_ENTRY.decode(data) for (data,) in self._rows.select(SINCE, seq=min(seq, FAR), over=self._over)]

    def page(self, after: int, limit: int) -> list[Entry]:
        self.flush()
        rows = self._rows.select(PAGE, seq=after, over=self._over, limit=limit)
        return [_ENTRY.decode(data) for (data,) in rows]

    def page_before(self, before: int, limit: int) -> list[Entry]:
        self.flush()
        rows = self._rows.select(PAGE_BEFORE, seq=before, over=self._over, limit=limit)
        return [_ENTRY.decode(data) for (data,) in rows][::-1]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.since(0))

    def __len__(self) -> int:
        self.flush()
        return int(self._rows.select(KEPT, over=self._over)[0][0])


class State(msgspec.Struct):
    """What the row of a world holds: its account, how many of what it has, what is due first, marks in its journal."""

    account: Account
    tally: dict[str, int] = {}
    head: Event | None = None
    marks: list[tuple[int, int]] = []


STATE = msgspec.json.Decoder(State)
FAR = 2**62
"""No wake-up is later: an instant that an integer column holds, a century and more ahead."""


OF_ASSETS, OF_TASKS = ("asset.", "slot."), ("task.", "webhook.", "output.")
"""Beginnings of the kinds of events by what they are about."""


class SqlTables:
    """All that one world has."""

    def __init__(self, rows: WorldRows, state: State, *, new: bool, journal_bytes: int, owner: int) -> None:
        self.rows = rows
        self.account = state.account
        self._tally = tally = state.tally
        self._marks = state.marks
        self.assets = SqlAssets(rows, tally)
        self.tasks = SqlTasks(rows, tally)
        self.uploads = SqlUploads(rows, tally)
        self.movements = SqlMovements(rows, tally)
        self.timeline = SqlTimeline(rows, tally, state.head, self._expect)
        self.journal = SqlJournal(rows, tally, state.marks, journal_bytes)
        self.effects = SqlEffects(rows, tally, owner)
        self.version = 0
        self._before = b"" if new else self._bare()

    def _expect(self, events: list[Event]) -> None:
        """These events come near: read the records that they are about together."""
        self.assets.expect([event.ref for event in events if event.kind.startswith(OF_ASSETS)])
        self.tasks.expect([event.ref for event in events if event.kind.startswith(OF_TASKS)])

    def _bare(self) -> bytes:
        """The row without the instant that was seen last: a unit that moved nothing else changed nothing."""
        account = self.account
        latest, account.latest = account.latest, 0
        try:
            return msgspec.json.encode((account, self._tally))
        finally:
            account.latest = latest

    def keep(self) -> tuple[bytes, int | None] | None:
        """Write what was changed; gives the row's state and when to wake the world, or None when nothing was."""
        parts = (self.assets.keep(), self.tasks.keep(), self.movements.flush(), self.journal.flush())
        changed = any((*parts, self.timeline.keep(), self.uploads.changed, self.effects.changed))
        self.uploads.changed = self.effects.changed = False
        head, bare = self.timeline.head(), self._bare()
        if not changed and bare == self._before:
            return None
        self._before = bare
        wake = wake_at(self, self.account.latest)
        state = msgspec.json.encode(State(self.account, self._tally, head, self._marks))
        return state, None if wake is None else min(wake, FAR)
