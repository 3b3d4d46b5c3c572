"""The tables of one world, over its rows."""

from collections.abc import Iterator
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Select, bindparam, delete, func, literal_column, select, union_all

from fakeseed.model.asset import Asset
from fakeseed.model.task import ACTIVE, Task
from fakeseed.store.sql import schema
from fakeseed.store.sql.identity_map import IdentityMap, RecordType, WorldRows, putting
from fakeseed.world.ledger import Movement
from fakeseed.world.tables import Upload

_WORLD: Any = bindparam("world")
_OFFSET: Any = bindparam("offset", type_=BigInteger)
_LIMIT: Any = bindparam("limit", type_=BigInteger)


FARTHEST = 2**62
"""No table has so many rows, and a column that counts them holds it."""


def _span(offset: int, limit: int) -> dict[str, int]:
    return {"offset": min(offset, FARTHEST), "limit": min(limit, FARTHEST)}


# -- assets -----------------------------------------------------------------------------------------------------------


def _shelf(asset: Asset) -> str:
    return "" if asset.ephemeral else asset.status


def _asset_words(asset: Asset) -> tuple[str, ...]:
    return ("asset", f"asset {_shelf(asset)}", "slot") if asset.slot_until else ("asset", f"asset {_shelf(asset)}")


ASSETS = RecordType(schema.assets, Asset, lambda asset: {"_shelf": _shelf(asset), "_seq": asset.seq}, _asset_words)
_a = schema.assets.c


def listed(shelves: tuple[str, ...]) -> Select[Any]:
    """One page of these shelves, newest first: the newest of each by the index, then the newest of those."""
    newest = [
        select(_a.id, _a.data, _a.seq)
        .where(_a.world == _WORLD, _a.shelf == listing_order)
        .order_by(_a.seq.desc())
        .limit(bindparam("reach", type_=BigInteger))
        .subquery()
        for listing_order in shelves
    ]
    together = union_all(*(select(part) for part in newest)).subquery()
    return select(together.c.id, together.c.data).order_by(together.c.seq.desc()).offset(_OFFSET).limit(_LIMIT)


_PAGES: dict[frozenset[str], Select[Any]] = {}


class SqlAssets(IdentityMap[Asset]):
    """Assets of a world."""

    def __init__(self, rows: WorldRows, tally: dict[str, int]) -> None:
        super().__init__(ASSETS, rows, tally)

    def add(self, asset: Asset) -> None:
        self.put(asset.asset_id, asset)

    def update(self, asset: Asset) -> None:
        self.put(asset.asset_id, asset)

    def remove(self, asset: Asset) -> None:  # type: ignore[override]
        super().remove(asset.asset_id)

    def page(self, statuses: frozenset[str], offset: int, limit: int) -> list[Asset]:
        if not statuses:
            return []
        self.flush()
        query = _PAGES.get(statuses)
        if query is None:
            query = _PAGES[statuses] = listed(tuple(sorted(statuses)))
        return self.find(query, **_span(offset, limit), reach=_span(offset, limit)["offset"] + limit)

    def count(self, statuses: frozenset[str]) -> int:
        return sum(self._tally.get(f"asset {status}", 0) for status in statuses)

    def held_slots(self) -> int:
        return self._tally.get("slot", 0)

    def __len__(self) -> int:
        return self._tally.get("asset", 0)


# -- tasks ------------------------------------------------------------------------------------------------------------


def _task_columns(task: Task) -> dict[str, Any]:
    return {"_end_seq": 0 if task.status in ACTIVE else task.end_seq, "_seq": task.seq, "_output_id": task.output_id}


def _task_words(task: Task) -> tuple[str, ...]:
    return ("task", "task active" if task.status in ACTIVE else "task ended")


TASKS = RecordType(schema.tasks, Task, _task_columns, _task_words)
_t = schema.tasks.c
BY_OUTPUT = TASKS.all.where(_t.output_id == bindparam("output"))
ACTIVE_ONES = TASKS.all.where(_t.end_seq == 0).order_by(_t.seq)
ENDED_ONES = TASKS.all.where(_t.end_seq > 0).order_by(_t.end_seq.desc()).offset(_OFFSET).limit(_LIMIT)
OLDEST_ENDED = TASKS.all.where(_t.end_seq > 0).order_by(_t.end_seq).limit(1)


class SqlTasks(IdentityMap[Task]):
    """Tasks of a world."""

    def __init__(self, rows: WorldRows, tally: dict[str, int]) -> None:
        super().__init__(TASKS, rows, tally)

    def by_output(self, output_id: str) -> Task | None:
        self.flush()
        return next(iter(self.find(BY_OUTPUT, output=output_id)), None) if output_id and "\0" not in output_id else None

    def add(self, task: Task) -> None:
        self.put(task.task_id, task)

    def update(self, task: Task) -> None:
        self.put(task.task_id, task)

    def remove(self, task: Task) -> None:  # type: ignore[override]
        super().remove(task.task_id)

    def active(self) -> list[Task]:
        self.flush()
        return self.find(ACTIVE_ONES) if self.count_active() else []

    def count_active(self) -> int:
        return self._tally.get("task active", 0)

    def count_ended(self) -> int:
        return self._tally.get("task ended", 0)

    def ended(self, offset: int, limit: int) -> list[Task]:
        self.flush()
        return self.find(ENDED_ONES, **_span(offset, limit))

    def oldest_ended(self) -> Task | None:
        self.flush()
        return next(iter(self.find(OLDEST_ENDED)), None)

    def __len__(self) -> int:
        return self._tally.get("task", 0)


# -- uploads ----------------------------------------------------------------------------------------------------------

_u = schema.uploads.c
UPLOAD = select(_u.head, _u.data).where(_u.world == _WORLD, _u.id == bindparam("id"))
OLDEST_UPLOAD = select(_u.head, _u.data).where(_u.world == _WORLD).order_by(_u.seq).limit(1)
ALL_UPLOADS = select(_u.head, _u.data).where(_u.world == _WORLD).order_by(_u.seq)
UPLOAD_SIZE = select(_u.size).where(_u.world == _WORLD, _u.id == bindparam("id"))
UPLOAD_AWAY = delete(schema.uploads).where(_u.world == bindparam("_world"), _u.id == bindparam("_id"))


class SqlUploads:
    """Uploaded files of a world. Their bytes are not remembered from one unit to the next."""

    def __init__(self, rows: WorldRows, tally: dict[str, int]) -> None:
        self._rows = rows
        self._tally = tally
        self.changed = False

    @property
    def total_bytes(self) -> int:
        return self._tally.get("upload bytes", 0)

    def get(self, file_id: str) -> Upload | None:
        return None if "\0" in file_id else next(self._found(UPLOAD, id=file_id), None)

    def _found(self, query: Select[Any], **values: object) -> Iterator[Upload]:
        for head, data in self._rows.select(query, **values):
            yield msgspec.structs.replace(msgspec.json.decode(head, type=Upload), data=data)

    def add(self, upload: Upload) -> None:
        size = len(upload.data)
        self._tally["uploads"] = self._tally.get("uploads", 0) + 1
        head = msgspec.json.encode(msgspec.structs.replace(upload, data=b""))
        row = {"_id": upload.file_id, "_seq": self._tally["uploads"], "_size": size}
        self._rows.write(putting(schema.uploads, self._rows.dialect), [{**row, "_head": head, "_data": upload.data}])
        self._tally["upload bytes"] = self.total_bytes + size
        self.changed = True

    def remove(self, file_id: str) -> None:
        for (size,) in self._rows.select(UPLOAD_SIZE, id=file_id):
            self._rows.write(UPLOAD_AWAY, [{"_id": file_id}])
            self._tally["upload bytes"] -= size
            self.changed = True

    def oldest(self) -> Upload | None:
        return next(self._found(OLDEST_UPLOAD), None)

    def __iter__(self) -> Iterator[Upload]:
        return self._found(ALL_UPLOADS)


# -- movements --------------------------------------------------------------------------------------------------------

_m = schema.movements.c
MOVEMENTS = select(_m.data).where(_m.world == _WORLD).order_by(_m.seq).offset(_OFFSET).limit(_LIMIT)
OF_TASK = select(func.count()).where(_m.world == _WORLD, _m.task_id == bindparam("task"))
OF_TASK_AWAY = delete(schema.movements).where(_m.world == bindparam("_world"), _m.task_id == bindparam("_task"))
_MOVEMENT = msgspec.json.Decoder(Movement)


class SqlMovements:
    """Movements of a world's points."""

    def __init__(self, rows: WorldRows, tally: dict[str, int]) -> None:
        self._rows = rows
        self._tally = tally
        self._new: list[Movement] = []

    def add(self, movement: Movement) -> None:
        self._new.append(movement)
        self._tally["movements"] = len(self) + 1

    def flush(self) -> bool:
        """Write what is new. Whether there was anything."""
        new, self._new = self._new, []
        encode = msgspec.json.encode
        rows = [{"_seq": movement.seq, "_task_id": movement.task_id, "_data": encode(movement)} for movement in new]
        self._rows.write(putting(schema.movements, self._rows.dialect), rows)
        return bool(new)

    def page(self, offset: int, limit: int) -> list[Movement]:
        self.flush()
        return [_MOVEMENT.decode(data) for (data,) in self._rows.select(MOVEMENTS, **_span(offset, limit))]

    def remove_task(self, task_id: str) -> None:
        self.flush()
        ((count,),) = self._rows.select(OF_TASK, task=task_id)
        self._rows.write(OF_TASK_AWAY, [{"_task": task_id}])
        self._tally["movements"] = len(self) - count

    def __len__(self) -> int:
        return self._tally.get("movements", 0)


# -- effects ----------------------------------------------------------------------------------------------------------

_e = schema.effects.c
EFFECT: Select[Any] = select(literal_column("1")).where(_e.number == bindparam("number"), _e.world == _WORLD)
EFFECT_AWAY = delete(schema.effects).where(_e.number == bindparam("_number"), _e.world == bindparam("_world"))


class SqlEffects:
    """Effects of a world that are under way in some process."""

    def __init__(self, rows: WorldRows, tally: dict[str, int], owner: int) -> None:
        self._rows = rows
        self._tally = tally
        self._owner = owner
        self.changed = False

    def add(self, effect: msgspec.Struct) -> str:
        self._tally["effect numbers"] = self._tally.get("effect numbers", 0) + 1
        number = f"{self._rows.world}.{self._tally['effect numbers']}"
        row = {"_number": number, "_owner": self._owner, "_data": msgspec.json.encode(effect)}
        self._rows.write(putting(schema.effects, self._rows.dialect), [row])
        self._tally["effects"] = len(self) + 1
        self.changed = True
        return number

    def take(self, number: str) -> bool:
        if not self._rows.select(EFFECT, number=number):
            return False
        self._rows.write(EFFECT_AWAY, [{"_number": number}])
        self._tally["effects"] = len(self) - 1
        self.changed = True
        return True

    def __len__(self) -> int:
        return self._tally.get("effects", 0)
