"""The contract of a store, on every store: what one unit does, and what the next one, or another process, finds."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any, TypeVar

import msgspec
import pytest

from fakeseed.errors import UsageError
from fakeseed.model.asset import Asset, IngestPlan
from fakeseed.model.media import IngestFailure
from fakeseed.model.task import Task, TaskPlan
from fakeseed.store.sql.store import SqlStore
from fakeseed.world import clock
from fakeseed.world.journal import EventEntry
from fakeseed.world.ledger import Balances, Movement
from fakeseed.world.rng import name_of
from fakeseed.world.tables import Account, Store, Tables, Upload
from fakeseed.world.world import Fetch
from tests.support.stores import KINDS, Stores

pytestmark = pytest.mark.anyio

T = TypeVar("T")
NAME = name_of("a key")
LIMIT = 20_000


def account(name: str) -> Account:
    return Account(name, "premium", "current", "fast", "1", None, clock.frozen(10**18), Balances())


def an_asset(number: int, status: str = "Active", task: str | None = None) -> Asset:
    plan = IngestPlan(5, None, IngestFailure("X", "y", "z"))
    return Asset(f"asset-{number}", number, "näme", "Image", "https://a/b", status, 1, 2, 10**22, plan, task_id=task)


def a_task(number: int, status: str = "pending", end: int = 0) -> Task:
    return Task(
        f"task-{number}", number, "seedance-2", b'{"a":"\xc3\xa4"}', "", "", "", "http://a", status, 1, 2,
        TaskPlan(1, None, "completed"), "p", "m", 5, 1, 1, True, (), False, 1, 1, 0.0, False, False, end_seq=end,
    )  # fmt: skip


def add(table: Any, records: Iterable[object]) -> None:
    for record in records:
        table.add(record)


class WorldInStore:
    """A store with one world."""

    def __init__(self, store: Store, again: Callable[[], Store]) -> None:
        self.store = store
        self._again = again

    async def do(self, unit: Callable[[Tables], T]) -> T:
        """One unit."""
        return await self.store.run(NAME, account, unit, lambda _: None)

    async def restart(self) -> None:
        """Another process finds what this one left; a store that does not last is asked again."""
        if self.store.lasting:
            await self.store.close()
            self.store = self._again()


@pytest.fixture(params=KINDS)
async def world_store(request: Any, stores: Stores) -> AsyncIterator[WorldInStore]:
    """A world, on each store."""
    if request.param == "memory":
        opened = WorldInStore(stores.make("memory", LIMIT), lambda: stores.make("memory"))
    else:
        first = stores.make(request.param, LIMIT)
        await first.open()
        url = stores.last
        opened = WorldInStore(first, lambda: SqlStore(url, LIMIT))
    yield opened
    await opened.store.close()


async def test_assets_are_found_as_they_were_kept(world_store: WorldInStore) -> None:
    kept = [an_asset(1, "Processing"), an_asset(2), an_asset(3, "Failed"), an_asset(4), an_asset(5, task="t")]
    kept[4].slot_until = 7
    await world_store.do(lambda tables: add(tables.assets, (asset for asset in kept)))
    await world_store.restart()

    def look(tables: Tables) -> None:
        assets = tables.assets
        assert [assets.get(asset.asset_id) for asset in kept] == kept
        assert assets.get("asset-9") is None
        assert [asset.seq for asset in assets.page(frozenset({"Active"}), 0, 9)] == [4, 2]
        assert [asset.seq for asset in assets.page(frozenset({"Active", "Failed", "Processing"}), 1, 2)] == [3, 2]
        assert [asset.seq for asset in assets.page(frozenset({"Active", "Failed"}), 0, 2)] == [4, 3]
        assert assets.page(frozenset(), 0, 9) == []
        assert assets.page(frozenset({"Active"}), 10**30, 9) == []
        assert (assets.count(frozenset({"Active", "Failed"})), assets.held_slots(), len(assets)) == (3, 1, 5)
        assert sorted(asset.seq for asset in assets) == [1, 2, 3, 4, 5]

    await world_store.do(look)


async def test_what_is_changed_or_removed_counts_at_once_and_later(world_store: WorldInStore) -> None:
    await world_store.do(lambda tables: add(tables.assets, (an_asset(number) for number in range(1, 5))))
    await world_store.restart()

    def work(tables: Tables) -> None:
        first, second = tables.assets.get("asset-1"), tables.assets.get("asset-2")
        assert first is not None
        assert second is not None
        first.status = "Failed"
        tables.assets.update(first)
        first.name = "changed after it was handed in"
        tables.assets.remove(second)
        assert tables.assets.get("asset-2") is None
        look(tables)
        first.url = "changed after a query"

    def look(tables: Tables) -> None:
        assert [asset.seq for asset in tables.assets.page(frozenset({"Active"}), 0, 9)] == [4, 3]
        assert [asset.seq for asset in tables.assets.page(frozenset({"Failed"}), 0, 9)] == [1]
        assert (tables.assets.count(frozenset({"Active"})), len(tables.assets)) == (2, 3)

    await world_store.do(work)
    await world_store.restart()
    await world_store.do(look)
    first = await world_store.do(lambda tables: tables.assets.get("asset-1"))
    assert first is not None
    assert (first.name, first.url) == ("changed after it was handed in", "changed after a query")


async def test_tasks_are_active_then_ended(world_store: WorldInStore) -> None:
    await world_store.do(lambda tables: add(tables.tasks, (a_task(number) for number in (1, 2, 3, 4))))

    def end(tables: Tables) -> None:
        for number, index in ((3, 5), (1, 6)):
            task = tables.tasks.get(f"task-{number}")
            assert task is not None
            task.status, task.end_seq, task.output_id = "completed", index, f"out-{number}"
            tables.tasks.update(task)

    await world_store.do(end)
    await world_store.restart()

    def look(tables: Tables) -> None:
        tasks = tables.tasks
        assert [task.seq for task in tasks.active()] == [2, 4]
        assert (tasks.count_active(), tasks.count_ended(), len(tasks)) == (2, 2, 4)
        assert [task.seq for task in tasks.ended(0, 9)] == [1, 3]
        assert [task.seq for task in tasks.ended(1, 9)] == [3]
        oldest, by_output = tasks.oldest_ended(), tasks.by_output("out-1")
        assert oldest is not None
        assert by_output is not None
        assert (oldest.seq, by_output.seq, tasks.by_output("nope"), tasks.by_output("")) == (3, 1, None, None)
        assert by_output is tasks.get("task-1"), "one record is one object"
        tasks.remove(oldest)
        assert (len(tasks), tasks.count_ended()) == (3, 1)

    await world_store.do(look)
    await world_store.restart()
    assert await world_store.do(lambda tables: (len(tables.tasks), tables.tasks.get("task-3"))) == (3, None)


async def test_uploads_stay_in_order(world_store: WorldInStore) -> None:
    files = [Upload(f"file-{number}", "png", bytes([number]) * number, 10**21, 10**22) for number in (3, 1, 2)]
    await world_store.do(lambda tables: add(tables.uploads, (upload for upload in files)))
    await world_store.restart()

    def look(tables: Tables) -> None:
        assert tables.uploads.total_bytes == 6
        assert list(tables.uploads) == files
        assert tables.uploads.get("file-1") == files[1]
        assert tables.uploads.oldest() == files[0]
        tables.uploads.remove("file-3")
        tables.uploads.remove("nope")
        assert (tables.uploads.oldest(), tables.uploads.total_bytes) == (files[1], 3)

    await world_store.do(look)
    await world_store.restart()
    assert await world_store.do(lambda tables: tables.uploads.total_bytes) == 3


async def test_movements_page_and_go_with_their_task(world_store: WorldInStore) -> None:
    all_of_them = [Movement(number, 1, "freeze", 2, 3, f"task-{number % 2}") for number in range(1, 7)]
    await world_store.do(lambda tables: add(tables.movements, (movement for movement in all_of_them)))
    await world_store.restart()

    def look(tables: Tables) -> None:
        tables.movements.add(Movement(7, 1, "grant", 1, 1))
        assert [movement.seq for movement in tables.movements.page(0, 9)] == [1, 2, 3, 4, 5, 6, 7]
        assert tables.movements.page(2, 2) == all_of_them[2:4]
        tables.movements.remove_task("task-1")
        assert len(tables.movements) == 4

    await world_store.do(look)
    await world_store.restart()
    assert [movement.seq for movement in await world_store.do(lambda tables: tables.movements.page(0, 9))] == [
        2,
        4,
        6,
        7,
    ]


async def test_the_timeline_is_in_order_however_long_it_is(world_store: WorldInStore) -> None:
    def plan(tables: Tables) -> None:
        for number in range(300):
            tables.timeline.schedule(10**21 + 7 * number % 300, "task.end", f"task-{number}")
        tables.timeline.schedule(5, "task.start", "task-5")
        tables.timeline.schedule(10**22, "task.start", "task-5")
        tables.timeline.cancel("task.end", "task-0")
        tables.timeline.cancel("task.end", "nope")

    await world_store.do(plan)
    await world_store.restart()

    def look(tables: Tables) -> list[tuple[int, int]]:
        timeline = tables.timeline
        assert len(timeline) == 300
        assert timeline.due_at("task.start", "task-5") == 10**22
        assert timeline.due_at("task.end", "task-0") is None
        assert timeline.due_at("task.end", "task-1") == 10**21 + 7
        assert timeline.upcoming(3) == timeline.upcoming(300)[:3]
        timeline.schedule(3, "slot.free", "asset-1")
        timeline.schedule(3, "slot.free", "asset-2")
        head = timeline.head()
        assert head is not None
        assert (head.at, head.ref) == (3, "asset-1")
        for limit in (1, 7, 20, 1000):
            assert timeline.upcoming(limit) == sorted(timeline.upcoming(1000))[:limit]
        popped = [timeline.pop() for _ in range(150)]
        return [(event.at, event.seq) for event in popped]

    popped = await world_store.do(look)
    await world_store.restart()
    remaining = await world_store.do(lambda tables: [tables.timeline.pop() for _ in range(len(tables.timeline))])
    every = [*popped, *((event.at, event.seq) for event in remaining)]
    assert len(every) == 302
    assert every == sorted(every)
    assert await world_store.do(lambda tables: tables.timeline.head()) is None


async def test_the_journal_keeps_the_last_bytes(world_store: WorldInStore) -> None:
    def entry(number: int) -> EventEntry:
        return EventEntry(number, 10**22, "task", "ref", "", "create", "pending", "x")

    def write(numbers: range) -> Callable[[Tables], None]:
        def work(tables: Tables) -> None:
            for number in numbers:
                tables.journal.append(entry(number))
            fitting = min(numbers[-1], LIMIT // entry(1).size)
            assert (len(tables.journal), tables.journal.dropped) == (fitting, numbers[-1] - fitting)
            assert [one.seq for one in tables.journal] == [*range(numbers[-1] - fitting + 1, numbers[-1] + 1)]
            assert tables.journal.since(numbers[-1] - 2) == [entry(numbers[-1] - 1), entry(numbers[-1])]
            entries = list(tables.journal)
            for seq in (0, entries[0].seq, entries[len(entries) // 2].seq, numbers[-1], numbers[-1] + 5):
                assert tables.journal.page(seq, 3) == [item for item in entries if item.seq > seq][:3]
                assert tables.journal.page_before(seq, 3) == [item for item in entries if item.seq < seq][-3:]

        return work

    for first in range(1, 200, 7):
        await world_store.do(write(range(first, first + 7)))
        if first % 3 == 0:
            await world_store.restart()


async def test_the_account_is_kept(world_store: WorldInStore) -> None:
    def work(tables: Tables) -> None:
        tables.account.counter, tables.account.latest = 7, 10**22
        tables.account.names["task 1"] = "x"

    await world_store.do(work)
    await world_store.restart()
    account_read = await world_store.do(lambda tables: tables.account)
    assert (account_read.counter, account_read.latest, account_read.names, account_read.name) == (
        7,
        10**22,
        {"task 1": "x"},
        NAME,
    )


async def test_a_unit_that_raises_changes_nothing_and_harms_no_other(world_store: WorldInStore) -> None:
    def fail(tables: Tables) -> None:
        tables.account.counter += 1
        tables.assets.add(an_asset(1))
        raise UsageError("no")

    def count(tables: Tables) -> int:
        tables.account.counter += 1
        return tables.account.counter

    results = await asyncio.gather(
        *(world_store.do(unit) for unit in (count, fail, count, fail, count)), return_exceptions=True
    )
    assert [result if isinstance(result, int) else str(result) for result in results] == [1, "no", 2, "no", 3]
    assert await world_store.do(lambda tables: list(tables.assets)) == []
    assert await world_store.do(lambda tables: len(tables.assets)) == 0


async def test_then_is_called_when_who_asked_has_left(world_store: WorldInStore) -> None:
    committed: list[int] = []
    asking = asyncio.ensure_future(world_store.store.run(NAME, account, lambda _: 5, committed.append))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    await world_store.do(lambda _: None)
    assert committed == [5]


async def test_a_reset_forgets_and_a_tag_finds(world_store: WorldInStore) -> None:
    await world_store.do(lambda tables: tables.assets.add(an_asset(1)))
    assert await world_store.store.name_of(NAME[:12]) == NAME
    assert await world_store.store.names() == [NAME]
    await world_store.store.reset(NAME)
    assert await world_store.store.name_of(NAME[:12]) is None
    assert await world_store.do(lambda tables: (len(tables.assets), tables.assets.get("asset-1"))) == (0, None)
    while await world_store.store.tidy():
        pass
    assert await world_store.do(lambda tables: len(tables.assets)) == 0


async def test_a_world_is_replaced_whole_or_not_at_all(world_store: WorldInStore) -> None:
    await world_store.do(lambda tables: tables.assets.add(an_asset(1)))

    def fill(tables: Tables) -> None:
        tables.assets.add(an_asset(2))
        raise UsageError("half way")

    with pytest.raises(UsageError):
        await world_store.store.replace(NAME, account(NAME), fill)
    assert [asset.seq for asset in await world_store.do(lambda tables: list(tables.assets))] == [1]
    await world_store.store.replace(NAME, account(NAME), lambda tables: tables.assets.add(an_asset(3)))
    assert [asset.seq for asset in await world_store.do(lambda tables: list(tables.assets))] == [3]
    await world_store.store.replace(NAME, account(NAME), lambda _: None)
    await world_store.restart()
    assert await world_store.do(lambda tables: len(tables.assets)) == 0


async def test_effects_are_taken_once(world_store: WorldInStore) -> None:
    effect = Fetch("https://a/b", "Image", "asset-1")
    number = await world_store.do(lambda tables: tables.effects.add(effect))
    assert await world_store.store.orphans() == [], "it is this process's own"
    if world_store.store.lasting:
        await world_store.restart()
        (orphan,) = await world_store.store.orphans()
        assert (orphan.world, orphan.number, msgspec.json.decode(orphan.effect, type=Fetch)) == (NAME, number, effect)
        assert await world_store.store.orphans() == []
    assert await world_store.do(lambda tables: (len(tables.effects), tables.effects.take(number))) == (1, True)
    assert await world_store.do(lambda tables: (len(tables.effects), tables.effects.take(number))) == (0, False)


async def test_worlds_that_nobody_wakes_are_found(world_store: WorldInStore) -> None:
    def plan(tables: Tables) -> None:
        tables.account.clock = clock.real(1000)
        tables.account.clock.base = tables.account.latest = 1000
        tables.timeline.schedule(5000, "task.end", "task-1")

    await world_store.do(plan)
    expected = [NAME] if world_store.store.lasting else []
    assert await world_store.store.overdue(4999) == []
    assert await world_store.store.overdue(5000) == expected


async def test_units_of_one_world_never_overlap(world_store: WorldInStore) -> None:
    def count(tables: Tables) -> int:
        tables.account.counter += 1
        return tables.account.counter

    stores = [world_store.store]
    if world_store.store.shared:
        stores.append(world_store._again())
    counts = await asyncio.gather(*(store.run(NAME, account, count, lambda _: None) for store in stores * 50))
    assert sorted(counts) == [*range(1, len(counts) + 1)]
    if world_store.store.shared:
        version = (await world_store.store.versions([NAME]))[NAME]
        await world_store.do(count)
        version_after = (await world_store.store.versions([NAME, "nope"]))[NAME]
        assert version_after[0] == version[0]
        assert version_after[1] > version[1]
        await stores[1].close()
