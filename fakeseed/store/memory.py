"""Worlds in the memory of one process: gone when it ends."""

import asyncio
from bisect import bisect_left, bisect_right
from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterator
from heapq import heapify, heappop, heappush, nsmallest
from itertools import combinations, islice, takewhile
from typing import Any, TypeVar

import msgspec
from sortedcontainers import SortedDict

from fakeseed.model.asset import STATUSES, Asset
from fakeseed.model.task import ACTIVE, Task
from fakeseed.world.journal import Entry
from fakeseed.world.ledger import Movement
from fakeseed.world.rng import tag_of
from fakeseed.world.tables import Account, Orphan, Upload
from fakeseed.world.timeline import Event, EventKind

T = TypeVar("T")

# One sorted view for every set of statuses, so that any filter's page is found without looking at other assets.
_VIEWS = tuple(frozenset(chosen) for size in (1, 2, 3) for chosen in combinations(STATUSES, size))
_VIEWS_OF = {status: tuple(view for view in _VIEWS if status in view) for status in STATUSES}


class MemoryAssets:
    """Assets by id, with a view for each set of statuses."""

    def __init__(self) -> None:
        self._all: dict[str, Asset] = {}
        self._status: dict[str, str] = {}
        self._views: dict[frozenset[str], Any] = {}
        self._slots: set[str] = set()

    def get(self, asset_id: str) -> Asset | None:
        return self._all.get(asset_id)

    def expect(self, names: Collection[str]) -> None:
        pass  # all are at hand

    def add(self, asset: Asset) -> None:
        self._all[asset.asset_id] = asset
        self.update(asset)

    def update(self, asset: Asset) -> None:
        name = asset.asset_id
        (self._slots.add if asset.slot_until else self._slots.discard)(name)
        status = self._status.get(name)
        if asset.ephemeral or status == asset.status:
            return
        self._unview(asset, status)
        self._status[name] = asset.status
        for view in _VIEWS_OF[asset.status]:
            self._views.setdefault(view, SortedDict())[-asset.seq] = asset

    def _unview(self, asset: Asset, status: str | None) -> None:
        for view in _VIEWS_OF.get(status or "", ()):
            del self._views[view][-asset.seq]

    def remove(self, asset: Asset) -> None:
        del self._all[asset.asset_id]
        self._slots.discard(asset.asset_id)
        self._unview(asset, self._status.pop(asset.asset_id, None))

    def page(self, statuses: frozenset[str], offset: int, limit: int) -> list[Asset]:
        view = self._views.get(statuses)
        if view is None:
            return []
        return [view[position] for position in view.islice(offset, offset + limit)]

    def count(self, statuses: frozenset[str]) -> int:
        return len(self._views.get(statuses, ()))

    def held_slots(self) -> int:
        return len(self._slots)

    def __iter__(self) -> Iterator[Asset]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)


class MemoryTasks:
    """Tasks by id; the active ones and the ended ones apart."""

    def __init__(self) -> None:
        self._all: dict[str, Task] = {}
        self._by_output: dict[str, Task] = {}
        self._active: dict[str, Task] = {}
        self._ended: OrderedDict[int, Task] = OrderedDict()

    def get(self, task_id: str) -> Task | None:
        return self._all.get(task_id)

    def by_output(self, output_id: str) -> Task | None:
        return self._by_output.get(output_id)

    def add(self, task: Task) -> None:
        self._all[task.task_id] = task
        self.update(task)

    def update(self, task: Task) -> None:
        if task.output_id:
            self._by_output[task.output_id] = task
        if task.status in ACTIVE:
            self._active[task.task_id] = task
        else:
            self._active.pop(task.task_id, None)
            self._ended[task.end_seq] = task

    def remove(self, task: Task) -> None:
        del self._all[task.task_id]
        self._by_output.pop(task.output_id, None)
        self._active.pop(task.task_id, None)
        self._ended.pop(task.end_seq, None)

    def active(self) -> list[Task]:
        return list(self._active.values())

    def count_active(self) -> int:
        return len(self._active)

    def count_ended(self) -> int:
        return len(self._ended)

    def ended(self, offset: int, limit: int) -> list[Task]:
        return list(islice(reversed(self._ended.values()), offset, offset + limit))

    def oldest_ended(self) -> Task | None:
        return next(iter(self._ended.values()), None)

    def __iter__(self) -> Iterator[Task]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)


class MemoryUploads:
    """Uploaded files by id, in the order in which they came."""

    def __init__(self) -> None:
        self._all: dict[str, Upload] = {}
        self.total_bytes = 0

    def get(self, file_id: str) -> Upload | None:
        return self._all.get(file_id)

    def add(self, upload: Upload) -> None:
        self._all[upload.file_id] = upload
        self.total_bytes += len(upload.data)

    def remove(self, file_id: str) -> None:
        upload = self._all.pop(file_id, None)
        self.total_bytes -= len(upload.data) if upload else 0

    def oldest(self) -> Upload | None:
        return next(iter(self._all.values()), None)

    def __iter__(self) -> Iterator[Upload]:
        return iter(self._all.values())


class MemoryMovements:
    """Movements by number, and by task so that they can be forgotten together."""

    def __init__(self) -> None:
        self._all: dict[int, Movement] = {}
        self._by_task: dict[str, tuple[int, ...]] = {}

    def add(self, movement: Movement) -> None:
        self._all[movement.seq] = movement
        if movement.task_id:
            self._by_task[movement.task_id] = (*self._by_task.get(movement.task_id, ()), movement.seq)

    def page(self, offset: int, limit: int) -> list[Movement]:
        return list(islice(self._all.values(), offset, offset + limit))

    def remove_task(self, task_id: str) -> None:
        for seq in self._by_task.pop(task_id, ()):
            del self._all[seq]

    def __len__(self) -> int:
        return len(self._all)


class MemoryTimeline:
    """A heap of events, and what each record's event of a kind is now.

    A move or a cancel leaves the old event in the heap, where it no longer counts; when most do not, the heap is made
    anew. That is three times as quick as keeping order.
    """

    def __init__(self) -> None:
        self._heap: list[Event] = []
        self._known: dict[tuple[EventKind, str], Event] = {}
        self._count = 0

    def schedule(self, at: int, kind: EventKind, ref: str) -> None:
        self._count += 1
        event = Event(at, self._count, kind, ref)
        self._known[kind, ref] = event
        heappush(self._heap, event)
        if len(self._heap) > 2 * len(self._known) + 64:
            self._heap = list(self._known.values())
            heapify(self._heap)

    def cancel(self, kind: EventKind, ref: str) -> None:
        self._known.pop((kind, ref), None)

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
        del self._known[event.kind, event.ref]
        return event

    def upcoming(self, limit: int) -> list[Event]:
        return nsmallest(limit, self._known.values())

    def __len__(self) -> int:
        return len(self._known)


class MemoryJournal:
    """Entries up to a number of bytes."""

    def __init__(self, limit: int) -> None:
        self._entries: deque[Entry] = deque()
        self._sizes: deque[int] = deque()
        self._limit = limit
        self._bytes = 0
        self.dropped = 0

    def append(self, entry: Entry) -> None:
        size = entry.size
        self._entries.append(entry)
        self._sizes.append(size)
        self._bytes += size
        while self._bytes > self._limit and self._entries:
            self._entries.popleft()
            self._bytes -= self._sizes.popleft()
            self.dropped += 1

    def since(self, seq: int) -> list[Entry]:
        return list(takewhile(lambda entry: entry.seq > seq, reversed(self._entries)))[::-1]

    def between(self, after: int, before: int) -> list[Entry]:
        entries = self._entries
        start = bisect_right(entries, after, key=_number)
        return [entries[place] for place in range(start, bisect_left(entries, before, key=_number))]

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _number(entry: Entry) -> int:
    return entry.seq


class MemoryEffects:
    """The numbers of effects; the effects themselves end with the process."""

    def __init__(self) -> None:
        self._all: set[str] = set()
        self._count = 0

    def add(self, effect: msgspec.Struct) -> str:
        self._count += 1
        number = f"{id(self)}.{self._count}"
        self._all.add(number)
        return number

    def take(self, number: str) -> bool:
        present = number in self._all
        self._all.discard(number)
        return present

    def __len__(self) -> int:
        return len(self._all)


class MemoryTables:
    """All that one world has."""

    def __init__(self, account: Account, journal_bytes: int) -> None:
        self.account = account
        self.assets = MemoryAssets()
        self.tasks = MemoryTasks()
        self.uploads = MemoryUploads()
        self.movements = MemoryMovements()
        self.timeline = MemoryTimeline()
        self.journal = MemoryJournal(journal_bytes)
        self.effects = MemoryEffects()

    def containers(self) -> list[Any]:
        """Everything that holds records, so that a large world can be let go of bit by bit."""
        parts = (self.assets, self.tasks, self.uploads, self.movements, self.timeline, self.journal)
        attributes = [value for part in parts for value in vars(part).values()]
        views = [view for value in attributes if value is self.assets._views for view in value.values()]
        return [value for value in [*views, *attributes] if hasattr(value, "pop")]


class MemoryStore:
    """Worlds by name. A unit of work is one call, so nothing can come between its steps.

    A unit decides before it changes anything, so one that raises has changed nothing.
    """

    lasting = False
    shared = False

    def __init__(self, journal_bytes: int) -> None:
        self._worlds: dict[str, MemoryTables] = {}
        self._tags: dict[str, str] = {}
        self._journal_bytes = journal_bytes
        self._letting_go: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        pass

    async def run(
        self,
        name: str,
        new_account: Callable[[str], Account],
        unit: Callable[[MemoryTables], T],
        after_commit: Callable[[T], None],
    ) -> T:
        tables = self._worlds.get(name)
        if tables is None:
            tables = self._worlds[name] = MemoryTables(new_account(name), self._journal_bytes)
            self._tags[tag_of(name)] = name
        result = unit(tables)
        after_commit(result)
        return result

    async def replace(self, name: str, account: Account, fill: Callable[[MemoryTables], None]) -> None:
        tables = MemoryTables(account, self._journal_bytes)
        fill(tables)
        await self.reset(name)
        self._worlds[name] = tables
        self._tags[tag_of(name)] = name

    async def reset(self, name: str) -> None:
        tables = self._worlds.pop(name, None)
        if tables is not None:
            del self._tags[tag_of(name)]
            task = asyncio.create_task(_let_go(tables.containers()))
            self._letting_go.add(task)
            task.add_done_callback(self._letting_go.discard)

    async def name_of(self, tag: str) -> str | None:
        return self._tags.get(tag)

    async def names(self) -> list[str]:
        return list(self._worlds)

    async def overdue(self, instant: int) -> list[str]:
        return []  # no world was there before this process, whose alarm knows them all

    async def orphans(self) -> list[Orphan]:
        return []

    async def versions(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        return {}

    async def tidy(self) -> bool:
        return False

    async def ping(self) -> None:
        pass

    def figures(self) -> dict[str, tuple[str, str, float]]:
        return {"worlds": ("gauge", "Worlds in memory.", len(self._worlds))}

    async def close(self) -> None:
        for task in self._letting_go:
            task.cancel()
        self._worlds.clear()


async def _let_go(containers: list[Any]) -> None:
    """Free the records of a world that was reset, a few at a time: a large one would hold up the server for 250 ms."""
    for container in containers:
        take = getattr(container, "popitem", container.pop)
        while container:
            for _ in range(min(_FREED_AT_ONCE, len(container))):
                take()
            await asyncio.sleep(0)


_FREED_AT_ONCE = 200
