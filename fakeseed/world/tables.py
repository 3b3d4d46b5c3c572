"""What a world keeps its records in: the interface that a store implements.

Every method is one step at a cost that does not grow with the number of records. Work on a world is synchronous and
sees one consistent state; how that state reaches a disk or another process is the store's matter.
"""

from collections.abc import Callable, Collection, Iterator
from typing import Protocol, TypeVar

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.media import MediaFacts
from fakeseed.model.task import Task
from fakeseed.world.armed_faults import ArmedFault, ScheduledAction
from fakeseed.world.clock import Clock
from fakeseed.world.journal import Journal
from fakeseed.world.ledger import Balances, Movement
from fakeseed.world.timeline import Timeline

T = TypeVar("T")


class Account(msgspec.Struct):
    """The one row that a world has of its own.

    ``name`` is a hash of its API key, ``latest`` the last instant that was seen, ``opening`` the points still to be
    granted to a new world, ``reserved_slots`` the places under the ephemeral cap that pending tasks will need,
    ``faults`` what is armed and ``fault_counter`` how many ever were, ``script`` what a scenario lets happen, ``names``
    the ids of records by the names that a scenario's acts know them by.
    """

    name: str
    plan: str
    profile: str
    pace: str
    seed: str
    concurrency: int | None
    clock: Clock
    balances: Balances
    opening: int | None = None
    reserved_slots: int = 0
    latest: int = 0
    counter: int = 0
    journal_counter: int = 0
    faults: list[ArmedFault] = []
    fault_counter: int = 0
    script: list[ScheduledAction] = []
    names: dict[str, str] = {}


class Upload(msgspec.Struct, frozen=True):
    """A file that a client uploaded: the instants at which it came and at which it ends, and what a probe found."""

    file_id: str
    suffix: str
    data: bytes
    came_at: int
    until: int
    facts: MediaFacts | None = None


class AssetTable(Protocol):
    """Assets of a world: managed ones in the list, ephemeral ones by id only."""

    def get(self, asset_id: str) -> Asset | None: ...
    def expect(self, names: Collection[str]) -> None:
        """These ids will be asked for, whether there are such assets or not."""

    def add(self, asset: Asset) -> None: ...
    def update(self, asset: Asset) -> None:
        """Keep what was changed on a record."""

    def remove(self, asset: Asset) -> None: ...
    def page(self, statuses: frozenset[str], offset: int, limit: int) -> list[Asset]:
        """Managed assets in these statuses, newest first."""

    def count(self, statuses: frozenset[str]) -> int:
        """Managed assets in these statuses."""

    def held_slots(self) -> int:
        """Ephemeral assets that hold a place under the cap."""

    def __iter__(self) -> Iterator[Asset]:
        """All of them, in any order, to be read only: ``get`` gives a record that may be changed."""

    def __len__(self) -> int: ...


class TaskTable(Protocol):
    """Tasks of a world."""

    def get(self, task_id: str) -> Task | None: ...
    def by_output(self, output_id: str) -> Task | None: ...
    def add(self, task: Task) -> None: ...
    def update(self, task: Task) -> None:
        """Keep what was changed on a record."""

    def remove(self, task: Task) -> None: ...
    def active(self) -> list[Task]:
        """Pending and processing tasks, oldest first, to be read only."""

    def count_active(self) -> int: ...
    def count_ended(self) -> int: ...
    def ended(self, offset: int, limit: int) -> list[Task]:
        """Ended tasks, the one that ended last first, to be read only."""

    def oldest_ended(self) -> Task | None: ...
    def __iter__(self) -> Iterator[Task]:
        """All of them, in any order, to be read only."""

    def __len__(self) -> int: ...


class UploadTable(Protocol):
    """Uploaded files of a world."""

    @property
    def total_bytes(self) -> int: ...

    def get(self, file_id: str) -> Upload | None: ...
    def add(self, upload: Upload) -> None: ...
    def remove(self, file_id: str) -> None: ...
    def oldest(self) -> Upload | None: ...
    def __iter__(self) -> Iterator[Upload]:
        """All of them, oldest first."""


class MovementTable(Protocol):
    """Movements of points, oldest first."""

    def add(self, movement: Movement) -> None: ...
    def page(self, offset: int, limit: int) -> list[Movement]: ...
    def remove_task(self, task_id: str) -> None:
        """Forget the movements of a task that is itself forgotten."""

    def __len__(self) -> int: ...


class EffectTable(Protocol):
    """Effects that were set going and have not come back yet, so that another process can take them over."""

    def add(self, effect: msgspec.Struct) -> str:
        """Keep an effect; gives its number, which no other effect of any world has."""

    def take(self, number: str) -> bool:
        """Take an effect away; whether it was still there. Of two that did the same, only the first finds it."""

    def __len__(self) -> int: ...


class Tables(Protocol):
    """All that one world has."""

    @property
    def account(self) -> Account: ...
    @property
    def assets(self) -> AssetTable: ...
    @property
    def tasks(self) -> TaskTable: ...
    @property
    def uploads(self) -> UploadTable: ...
    @property
    def movements(self) -> MovementTable: ...
    @property
    def timeline(self) -> Timeline: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def effects(self) -> EffectTable: ...


class Orphan(msgspec.Struct, frozen=True):
    """An effect that was left behind by a process that ended: its world, its number, itself as JSON."""

    world: str
    number: str
    effect: bytes


class Store(Protocol):
    """Where worlds live, by name. Every call raises StateError when the place cannot be reached just now.

    ``lasting``: worlds outlive the process. ``shared``: other processes may work on the same worlds.
    """

    lasting: bool
    shared: bool

    async def open(self) -> None:
        """Make ready. Raises StartError when that can never be. The first unit does it too, when nobody did."""

    async def run(
        self,
        name: str,
        new_account: Callable[[str], Account],
        unit: Callable[[Tables], T],
        after_commit: Callable[[T], None],
    ) -> T:
        """Do one unit of work on a world, made by ``new_account`` on first use.

        Units on one world never overlap, and what a unit changed is kept whole or not at all. ``after_commit`` is
        called once it is kept, also when who asked for it has left. ``unit`` may be called again when the
        first time was undone.
        """

    async def reset(self, name: str) -> None:
        """Forget a world; the next unit finds it as on first use."""

    async def replace(self, name: str, account: Account, fill: Callable[[Tables], None]) -> None:
        """Put a world with this account and what ``fill`` adds in the place of a world.

        Whole or not at all: when ``fill`` raises, the old world stays as it was.
        """

    async def name_of(self, tag: str) -> str | None:
        """The name of the world with this tag, if there is one."""

    async def names(self) -> list[str]:
        """The names of all worlds."""

    async def overdue(self, instant: int) -> list[str]:
        """Some worlds in which something was due before a system instant, first those that wait longest."""

    async def orphans(self) -> list[Orphan]:
        """Effects of processes that have ended; from now on they are this process's."""

    async def versions(self, names: Collection[str]) -> dict[str, tuple[int, int]]:
        """Which world stands there, and how often it was changed, for those of these names that are there."""

    async def tidy(self) -> bool:
        """Remove a little of what resets left behind; whether there may be more."""

    async def ping(self) -> None:
        """Do nothing but reach the place."""

    def figures(self) -> dict[str, tuple[str, str, float]]:
        """Figures for whoever runs this: name -> type (as Prometheus says it), help, value."""

    async def close(self) -> None:
        """Let go of what is held open."""


def wake_at(tables: Tables, now: int) -> int | None:
    """The system's instant at which a world has something to do by itself: 0 for at once, None for never."""
    head = tables.timeline.head()
    if head is None:
        return None
    return 0 if head.at <= now else tables.account.clock.system_at(head.at)
