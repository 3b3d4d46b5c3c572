"""Assets and tasks of one world in memory. A unit of work that raises leaves them as they were.

Records are changed in place, so a copy is made of each that a unit gets. Iterating, ``active`` and ``ended`` give
records to read only.
"""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from itertools import combinations, islice
from typing import Any, Generic, TypeVar

from msgspec.structs import replace
from sortedcontainers import SortedDict

from fakeseed.model.asset import STATUSES, Asset
from fakeseed.model.task import ACTIVE, Task

# One sorted view for every set of statuses, so that any filter's page is found without looking at other assets.
_VIEWS = tuple(frozenset(chosen) for size in (1, 2, 3) for chosen in combinations(STATUSES, size))
_VIEWS_OF = {status: tuple(view for view in _VIEWS if status in view) for status in STATUSES}

Record = TypeVar("Record", Asset, Task)


class MemoryRecords(Generic[Record]):
    """Records by id. ``before`` has what the unit under way got or added, with a copy of how it was; None: absent."""

    def __init__(self) -> None:
        self._all: dict[str, Record] = {}
        self.before: dict[str, tuple[Record, Record | None]] = {}

    def get(self, name: str) -> Record | None:
        record = self._all.get(name)
        if record is not None and name not in self.before:
            self.before[name] = (record, replace(record))
        return record

    def _add(self, name: str, record: Record) -> None:
        self._all[name] = record
        self.before.setdefault(name, (record, None))

    def roll_back(self) -> None:
        """Put every record that the unit changed, added or removed back as it was."""
        before, self.before = self.before, {}
        changed = [name for name, (record, copy) in before.items() if record != copy or name not in self._all]
        for name in changed:
            record, copy = before[name]
            if name in self._all:
                self._unindex(name, record)
                del self._all[name]
            if copy is not None:
                for field in record.__struct_fields__:
                    setattr(record, field, getattr(copy, field))
                self._all[name] = record
                self._index(name, record)
        if changed:
            self._sort()

    def _index(self, name: str, record: Record) -> None:
        """Let a record be found by what it is like."""
        raise NotImplementedError

    def _unindex(self, name: str, record: Record) -> None:
        """Let a record not be found any more."""
        raise NotImplementedError

    def _sort(self) -> None:
        """Bring what has an order back into it, after a record was put back."""

    def __iter__(self) -> Iterator[Record]:
        return iter(self._all.values())

    def __len__(self) -> int:
        return len(self._all)


class MemoryAssets(MemoryRecords[Asset]):
    """Assets by id, with a view for each set of statuses."""

    def __init__(self) -> None:
        super().__init__()
        self._status: dict[str, str] = {}
        self._views: dict[frozenset[str], Any] = {}
        self._slots: set[str] = set()

    def expect(self, names: Collection[str]) -> None:
        pass  # all are at hand

    def add(self, asset: Asset) -> None:
        self._add(asset.asset_id, asset)
        self._index(asset.asset_id, asset)

    def update(self, asset: Asset) -> None:
        assert asset.asset_id in self.before, "a record is got before it is changed"
        self._index(asset.asset_id, asset)

    def _index(self, name: str, record: Asset) -> None:
        (self._slots.add if record.slot_until else self._slots.discard)(name)
        status = self._status.get(name)
        if record.ephemeral or status == record.status:
            return
        self._unview(record, status)
        self._status[name] = record.status
        for view in _VIEWS_OF[record.status]:
            self._views.setdefault(view, SortedDict())[-record.seq] = record

    def _unview(self, asset: Asset, status: str | None) -> None:
        for view in _VIEWS_OF.get(status or "", ()):
            del self._views[view][-asset.seq]

    def _unindex(self, name: str, record: Asset) -> None:
        self._slots.discard(name)
        self._unview(record, self._status.pop(name, None))

    def remove(self, asset: Asset) -> None:
        self.get(asset.asset_id)
        del self._all[asset.asset_id]
        self._unindex(asset.asset_id, asset)

    def page(self, statuses: frozenset[str], offset: int, limit: int) -> list[Asset]:
        view = self._views.get(statuses)
        if view is None:
            return []
        assets = [view[position] for position in view.islice(offset, offset + limit)]
        before = self.before
        for asset in assets:
            if asset.asset_id not in before:
                before[asset.asset_id] = (asset, replace(asset))
        return assets

    def count(self, statuses: frozenset[str]) -> int:
        return len(self._views.get(statuses, ()))

    def held_slots(self) -> int:
        return len(self._slots)


class MemoryTasks(MemoryRecords[Task]):
    """Tasks by id; the active ones and the ended ones apart."""

    def __init__(self) -> None:
        super().__init__()
        self._by_output: dict[str, Task] = {}
        self._active: dict[str, Task] = {}
        self._ended: OrderedDict[int, Task] = OrderedDict()

    def by_output(self, output_id: str) -> Task | None:
        task = self._by_output.get(output_id)
        return self.get(task.task_id) if task else None

    def add(self, task: Task) -> None:
        self._add(task.task_id, task)
        self._index(task.task_id, task)

    def update(self, task: Task) -> None:
        assert task.task_id in self.before, "a record is got before it is changed"
        self._index(task.task_id, task)

    def _index(self, name: str, record: Task) -> None:
        if record.output_id:
            self._by_output[record.output_id] = record
        if record.status in ACTIVE:
            self._active[name] = record
        else:
            self._active.pop(name, None)
            self._ended[record.end_seq] = record

    def _unindex(self, name: str, record: Task) -> None:
        self._by_output.pop(record.output_id, None)
        self._active.pop(name, None)
        self._ended.pop(record.end_seq, None)

    def _sort(self) -> None:
        self._active = dict(sorted(self._active.items(), key=lambda item: item[1].seq))
        self._ended = OrderedDict(sorted(self._ended.items()))

    def remove(self, task: Task) -> None:
        self.get(task.task_id)
        del self._all[task.task_id]
        self._unindex(task.task_id, task)

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
