"""The tables of one world in memory. A unit of work that raises leaves all of them as they were."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from heapq import heapify, heappop, heappush, nsmallest
from itertools import islice, takewhile
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from fakeseed.store.memory_records import MemoryAssets, MemoryTasks
from fakeseed.world.armed_faults import ArmedFault
from fakeseed.world.clock import Clock
from fakeseed.world.journal import Entry
from fakeseed.world.ledger import Balances, Movement
from fakeseed.world.tables import Account, Upload
from fakeseed.world.timeline import Event, EventKind

_SEQ = attrgetter("seq")
Undo = list[tuple[Callable[[Any], object], Any]]
"""Steps that undo what a unit has done so far, each with its argument; the last one is to be done first."""


class MemoryUploads:
    """Uploaded files by id, in the order in which they came."""

    def __init__(self, undo: Undo) -> None:
        self._all: dict[str, Upload] = {}
        self._undo = undo
        self.total_bytes = 0

    def get(self, file_id: str) -> Upload | None:
        return self._all.get(file_id)

    def add(self, upload: Upload) -> None:
        self._all[upload.file_id] = upload
        self.total_bytes += len(upload.data)
        self._undo.append((self._take_away, upload))

    def _take_away(self, upload: Upload) -> None:
        del self._all[upload.file_id]
        self.total_bytes -= len(upload.data)

    def remove(self, file_id: str) -> None:
        upload = self._all.get(file_id)
        if upload is not None:
            first = next(iter(self._all)) == file_id
            self._undo.append((self._put_back, (upload, [] if first else list(self._all))))
            self._take_away(upload)

    def _put_back(self, removed: tuple[Upload, list[str]]) -> None:
        """Let a file stand again where it stood: first, or where the order of ids says."""
        upload, order = removed
        uploads = {upload.file_id: upload, **self._all}
        self._all = {file_id: uploads[file_id] for file_id in order} if order else uploads
        self.total_bytes += len(upload.data)

    def oldest(self) -> Upload | None:
        return next(iter(self._all.values()), None)

    def __iter__(self) -> Iterator[Upload]:
        return iter(self._all.values())


class MemoryMovements:
    """Movements by number, and by task so that they can be forgotten together."""

    def __init__(self, undo: Undo) -> None:
        self._all: dict[int, Movement] = {}
        self._by_task: dict[str, tuple[int, ...]] = {}
        self._undo = undo

    def add(self, movement: Movement) -> None:
        self._all[movement.seq] = movement
        if movement.task_id:
            self._by_task[movement.task_id] = (*self._by_task.get(movement.task_id, ()), movement.seq)
        self._undo.append((self._take_away, movement))

    def _take_away(self, movement: Movement) -> None:
        del self._all[movement.seq]
        if movement.task_id:
            numbers = self._by_task.pop(movement.task_id)[:-1]
            if numbers:
                self._by_task[movement.task_id] = numbers

    def page(self, offset: int, limit: int) -> list[Movement]:
        return list(islice(self._all.values(), offset, offset + limit))

    def remove_task(self, task_id: str) -> None:
        numbers = self._by_task.pop(task_id, ())
        if numbers:
            self._undo.append((self._put_back, (task_id, [self._all.pop(seq) for seq in numbers])))

    def _put_back(self, removed: tuple[str, list[Movement]]) -> None:
        task_id, movements = removed
        self._by_task[task_id] = tuple(movement.seq for movement in movements)
        self._all = dict(sorted({**self._all, **{movement.seq: movement for movement in movements}}.items()))

    def __len__(self) -> int:
        return len(self._all)


class MemoryTimeline:
    """A heap of events, and what each record's event of a kind is now.

    A move or a cancel leaves the old event in the heap, where it no longer counts; when most do not, the heap is made
    anew. That is three times as quick as keeping order.
    """

    def __init__(self, undo: Undo) -> None:
        self._heap: list[Event] = []
        self._known: dict[tuple[EventKind, str], Event] = {}
        self._count = 0
        self._undo = undo

    def schedule(self, at: int, kind: EventKind, ref: str) -> None:
        self._undo.append((self._put_back, ((kind, ref), self._known.get((kind, ref)), self._count)))
        self._count += 1
        event = Event(at, self._count, kind, ref)
        self._known[kind, ref] = event
        heappush(self._heap, event)
        if len(self._heap) > 2 * len(self._known) + 64:
            self._heap = list(self._known.values())
            heapify(self._heap)

    def cancel(self, kind: EventKind, ref: str) -> None:
        event = self._known.pop((kind, ref), None)
        if event is not None:
            self._undo.append((self._put_back, ((kind, ref), event, self._count)))

    def _put_back(self, earlier: tuple[tuple[EventKind, str], Event | None, int]) -> None:
        """What was known of a record's event counts again. It may be in the heap twice then, of which one counts."""
        key, event, self._count = earlier
        if event is None:
            del self._known[key]
        else:
            self._known[key] = event
            heappush(self._heap, event)

    def due_at(self, kind: EventKind, ref: str) -> int | None:
        event = self._known.get((kind, ref))
        return event.at if event else None

    def head(self) -> Event | None:
        heap = self._heap
        while heap:
            event = heap[0]
            if self._known.get((event.kind, event.ref)) is event:
                return event
            heappop(heap)
        return None

    def pop(self) -> Event:
        event = self.head()
        if event is None:
            raise IndexError("nothing is due")
        heappop(self._heap)
        self.cancel(event.kind, event.ref)
        return event

    def upcoming(self, limit: int) -> list[Event]:
        if limit * 8 >= len(self._known):
            return nsmallest(limit, self._known.values())
        events: list[Event] = []
        frontier = [(self._heap[0], 0)]  # a node of the heap is not smaller than its parent, so only children come next
        while frontier and len(events) < limit:
            event, index = heappop(frontier)
            if self._known.get((event.kind, event.ref)) is event and events[-1:] != [event]:
                events.append(event)
            for child in range(2 * index + 1, min(2 * index + 3, len(self._heap))):
                heappush(frontier, (self._heap[child], child))
        return events

    def events(self) -> list[Event]:
        return list(self._known.values())

    def __len__(self) -> int:
        return len(self._known)


class MemoryJournal:
    """Entries up to a number of bytes."""

    def __init__(self, limit: int, undo: Undo) -> None:
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._limit = limit
        self._bytes = 0
        self._undo = undo
        self.dropped = 0

    def append(self, entry: Entry) -> None:
        size = entry.size
        self._entries.append(entry)
        self._sizes.append(size)
        self._bytes += size
        dropped: list[Entry] = []
        while self._bytes > self._limit and self._entries:
            dropped.append(self._entries.popleft())
            self._bytes -= self._sizes.popleft()
            self.dropped += 1
        self._undo.append((self._take_back, dropped))

    def _take_back(self, dropped: list[Entry]) -> None:
        """Put back what the last entry pushed out, and take that away."""
        for entry in reversed(dropped):
            self._entries.appendleft(entry)
            self._sizes.appendleft(entry.size)
            self._bytes += entry.size
            self.dropped -= 1
        self._entries.pop()
        self._bytes -= self._sizes.pop()

    def since(self, seq: int) -> list[Entry]:
        return list(takewhile(lambda entry: entry.seq > seq, reversed(self._entries)))[::-1]

    def page(self, after: int, limit: int) -> list[Entry]:
        start = bisect_right(self._entries, after, key=_SEQ)
        return self._between(start, min(start + limit, len(self._entries)))

    def page_before(self, before: int, limit: int) -> list[Entry]:
        stop = bisect_left(self._entries, before, key=_SEQ)
        return self._between(max(stop - limit, 0), stop)

    def _between(self, start: int, stop: int) -> list[Entry]:
        """Entries by their places, walked to from the nearer end."""
        count = len(self._entries)
        if start < count - stop:
            return list(islice(self._entries, start, stop))
        return list(islice(reversed(self._entries), count - stop, count - start))[::-1]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


class MemoryEffects:
    """The numbers of effects; the effects themselves end with the process."""

    def __init__(self, undo: Undo) -> None:
        self._all: set[str] = set()
        self._count = 0
        self._undo = undo

    def add(self, effect: msgspec.Struct) -> str:
        self._count += 1
        number = f"{id(self)}.{self._count}"
        self._all.add(number)
        self._undo.append((self._all.discard, number))
        return number

    def take(self, number: str) -> bool:
        present = number in self._all
        if present:
            self._all.discard(number)
            self._undo.append((self._all.add, number))
        return present

    def __len__(self) -> int:
        return len(self._all)


_PROCESSING = frozenset({"Processing"})
Mark = tuple[Account, Clock, Balances, list[ArmedFault], int]
"""An account as it was, with what is changed in place beside it, and how many names it had given."""


class MemoryTables:
    """All that one world has."""

    def __init__(self, account: Account, journal_bytes: int) -> None:
        self.account: Account = account
        self._undo: Undo = []
        self.assets = MemoryAssets()
        self.tasks = MemoryTasks()
        self.uploads = MemoryUploads(self._undo)
        self.movements = MemoryMovements(self._undo)
        self.timeline = MemoryTimeline(self._undo)
        self.journal = MemoryJournal(journal_bytes, self._undo)
        self.effects = MemoryEffects(self._undo)

    @property
    def pending(self) -> bool:
        """Whether tasks are active, assets are being ingested, or effects are to come back."""
        return bool(self.tasks.count_active() or len(self.effects) or self.assets.count(_PROCESSING))

    def mark(self) -> Mark:
        """How the account stands before a unit."""
        account = self.account
        faults = [replace(armed) for armed in account.faults] if account.faults else []
        return replace(account), replace(account.clock), replace(account.balances), faults, len(account.names)

    def commit(self) -> None:
        """The unit is over, and kept."""
        self.assets.before.clear()
        self.tasks.before.clear()
        self._undo.clear()

    def roll_back(self, mark: Mark) -> None:
        """Undo all that was done since the mark was made."""
        account, clock, balances, faults, names = mark
        account.clock, account.balances, account.faults = clock, balances, faults
        while len(account.names) > names:  # a name is given once and for good
            account.names.popitem()
        self.account = account
        while self._undo:
            step, argument = self._undo.pop()
            step(argument)
        self.assets.roll_back()
        self.tasks.roll_back()

    def containers(self) -> list[Any]:
        """Everything that holds records, so that a large world can be let go of bit by bit."""
        parts = (self.assets, self.tasks, self.uploads, self.movements, self.timeline, self.journal)
        attributes = [value for part in parts for value in vars(part).values()]
        views = [view for value in attributes if value is self.assets._views for view in value.values()]
        return [value for value in [*views, *attributes] if hasattr(value, "pop")]
