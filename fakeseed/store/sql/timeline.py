"""A world's timeline over its rows: what comes next is known, what lies further ahead is read when it comes near."""

from collections.abc import Callable
from typing import Any

from sortedcontainers import SortedList
from sqlalchemy import BigInteger, bindparam, delete, func, select

from fakeseed.store.sql import schema
from fakeseed.store.sql.identity_map import WorldRows, putting
from fakeseed.world.timeline import Event, EventKind

NEAR = 64
"""Events that are read together."""

_INSTANT, _SEQ = 24, 14
_e = schema.events.c
_LIMIT: Any = bindparam("limit", type_=BigInteger)
AHEAD = select(_e.place, _e.kind, _e.ref).where(_e.world == bindparam("world")).order_by(_e.place).limit(_LIMIT)
COUNT = select(func.count()).where(_e.world == bindparam("world"))
ONE = select(_e.place, _e.kind, _e.ref).where(
    _e.world == bindparam("world"), _e.kind == bindparam("kind"), _e.ref == bindparam("ref")
)
AWAY = delete(schema.events).where(
    _e.world == bindparam("_world"), _e.kind == bindparam("_kind"), _e.ref == bindparam("_ref")
)


def _place_of(event: Event) -> str:
    return f"{event.at:0{_INSTANT}d}.{event.seq:0{_SEQ}d}"


def _event(position: str, kind: Any, ref: str) -> Event:
    return Event(int(position[:_INSTANT]), int(position[_INSTANT + 1 :]), kind, ref)


class SqlTimeline:
    """The agenda. ``_near`` holds everything up to the place ``_until``; None: everything there is."""

    def __init__(
        self, rows: WorldRows, tally: dict[str, int], head: Event | None, near: Callable[[list[Event]], None]
    ) -> None:
        self._rows = rows
        self._come_near = near
        self._tally = tally
        self._near: SortedList[Event] = SortedList([head] if head else [])
        self._until: Event | None = head
        self._known: dict[tuple[EventKind, str], Event] = {
            (near_event.kind, near_event.ref): near_event for near_event in self._near
        }
        self._late: dict[tuple[EventKind, str], Event | None] = {}

    def schedule(self, at: int, kind: EventKind, ref: str) -> None:
        self._forget(kind, ref)
        self._tally["events"] = self._tally.get("events", 0) + 1
        event = Event(at, self._tally["events"], kind, ref)
        self._late[kind, ref] = event
        if self._until is None or event <= self._until:
            self._near.add(event)
            self._known[kind, ref] = event

    def cancel(self, kind: EventKind, ref: str) -> None:
        self._forget(kind, ref)
        self._late[kind, ref] = None

    def _forget(self, kind: EventKind, ref: str) -> None:
        event = self._known.pop((kind, ref), None)
        if event is not None:
            self._near.remove(event)

    def due_at(self, kind: EventKind, ref: str) -> int | None:
        event = self._known.get((kind, ref)) or self._late.get((kind, ref))
        if event is not None:
            return event.at
        if self._until is None or (kind, ref) in self._late:
            return None
        return next((_event(*row).at for row in self._rows.select(ONE, kind=kind, ref=ref)), None)

    def head(self) -> Event | None:
        if not self._near and self._until is not None:
            self._read()
        return self._near[0] if self._near else None

    def _read(self) -> None:
        self.flush()
        events = self.upcoming(NEAR)
        self._come_near(events)
        self._near = SortedList(events)
        self._known = {(near_event.kind, near_event.ref): near_event for near_event in events}
        self._until = events[-1] if len(events) == NEAR else None

    def pop(self) -> Event:
        event = self.head()
        if event is None:
            raise IndexError("nothing is due")
        self.cancel(event.kind, event.ref)
        return event

    def upcoming(self, limit: int) -> list[Event]:
        self.flush()
        return [_event(*row) for row in self._rows.select(AHEAD, limit=min(limit, 2**31))]

    def events(self) -> list[Event]:
        return self.upcoming(len(self))

    def flush(self) -> bool:
        """Write what was changed. Whether there was anything."""
        late, self._late = self._late, {}
        scheduled = [event for event in late.values() if event is not None]
        rows = [{"_kind": event.kind, "_ref": event.ref, "_place": _place_of(event)} for event in scheduled]
        self._rows.write(putting(schema.events, self._rows.dialect), rows)
        self._rows.write(AWAY, [{"_kind": kind, "_ref": ref} for (kind, ref), event in late.items() if event is None])
        return bool(late)

    def keep(self) -> bool:
        """The unit is over: write what it changed, and remember no more than what is near."""
        changed = self.flush()
        if len(self._near) > 2 * NEAR:
            del self._near[NEAR:]
            self._known = {(near_event.kind, near_event.ref): near_event for near_event in self._near}
            self._until = self._near[-1]
        return changed

    def __len__(self) -> int:
        self.flush()
        return int(self._rows.select(COUNT)[0][0])
