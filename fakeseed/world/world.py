"""A world at work: its tables at one instant, with the steps that everything in it is made of."""

import msgspec

from fakeseed.model.asset import Asset
from fakeseed.model.lifecycle import ASSET, TASK
from fakeseed.model.media import MediaKind
from fakeseed.model.outcome_plan import PACES, Pace
from fakeseed.model.plans import PLANS, Plan
from fakeseed.model.profiles import PROFILES, Profile
from fakeseed.model.task import ENDED, Task
from fakeseed.world import clock as clocks
from fakeseed.world.journal import (
    DeliveryEntry,
    EventEntry,
    without_credentials,
    without_secrets,
    without_url_secrets,
)
from fakeseed.world.ledger import Movement, MovementKind
from fakeseed.world.rng import Rng
from fakeseed.world.settings import Settings
from fakeseed.world.tables import Account, Tables
from fakeseed.world.timeline import EventKind


class Deliver(msgspec.Struct, frozen=True, tag="deliver"):
    """An effect: send a task's webhook. ``at`` is the instant at which the attempt is due, ``secret`` what is sent as
    the secret, ``task`` the task as the message shows it. ``redelivery``: somebody asked for it by hand.
    """

    task: Task
    profile: Profile
    attempt: int
    at: int
    secret: str = ""
    redelivery: bool = False


class Sent(msgspec.Struct, frozen=True):
    """What became of a webhook attempt: a status, or 0 and why there was no answer; the message as it went out."""

    status: int
    cause: str = ""
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""


class Fetch(msgspec.Struct, frozen=True, tag="fetch"):
    """An effect: fetch a source. ``ref`` is an asset's id, or a task's, with ``reference_index`` saying which."""

    url: str
    kind: MediaKind
    ref: str
    reference_index: int | None = msgspec.field(default=None, name="place")


Effect = Deliver | Fetch
"""Something that reaches outside the world. It is done after the unit of work, and its result is another unit."""


class World:
    """One key's universe during one unit of work. All of it happens at one instant, ``now``.

    ``outbox`` gathers effects, ``notes`` hints for whoever reads the journal.
    """

    __slots__ = ("_chance", "account", "assets", "notes", "now", "outbox", "settings", "tables", "tasks", "timeline")

    def __init__(self, tables: Tables, settings: Settings, system: int) -> None:
        self.tables = tables
        self.account: Account = tables.account
        self.assets = tables.assets
        self.tasks = tables.tasks
        self.timeline = tables.timeline
        self.settings = settings
        self.now = max(self.account.clock.now(system), self.account.latest)
        if self.account.latest - self.account.clock.now(system) > clocks.LONGEST_SKEW:
            self.account.clock.set(self.now, system)
        self.account.latest = self.now
        self.outbox: list[Effect] = []
        self.notes: tuple[str, ...] = ()
        self._chance: Rng | None = None

    # -- what holds here ----------------------------------------------------------------------------------------------

    @property
    def plan(self) -> Plan:
        """The account's plan."""
        return PLANS[self.account.plan]

    @property
    def profile(self) -> Profile:
        """The account's profile."""
        return PROFILES[self.account.profile]

    @property
    def pace(self) -> Pace:
        """How long things take."""
        return PACES[self.account.pace]

    @property
    def chance(self) -> Rng:
        """The world's draws."""
        if self._chance is None:
            self._chance = chance_of(self.account)
        return self._chance

    @property
    def concurrency(self) -> int:
        """Tasks that may be active together: the world's own figure, else the plan's."""
        own = self.account.concurrency
        return self.plan.concurrency if own is None else own

    @property
    def fetches(self) -> bool:
        """Whether sources are really fetched."""
        return self.settings.ingest == "fetch"

    @property
    def busy(self) -> bool:
        """Whether effects are still to come back, here or in another process; until then time does not move by hand."""
        return bool(self.outbox or len(self.tables.effects))

    @property
    def pristine(self) -> bool:
        """Whether nothing has happened yet, so that its clock may still be set back."""
        return not (len(self.tasks) or len(self.assets) or len(self.timeline) or self.account.journal_counter)

    def next_number(self) -> int:
        """A number that no other record of this world has."""
        self.account.counter += 1
        return self.account.counter

    # -- steps --------------------------------------------------------------------------------------------------------

    def move_asset(self, asset: Asset, trigger: str) -> None:
        """Take an asset along its lifecycle, and say so in the journal. Raises TransitionError."""
        step = ASSET.find(asset.status, trigger, asset)
        if trigger == "touched":
            return
        self.note("asset", asset.asset_id, step.source, trigger, step.target, step.behaviour)
        if step.target is not None:
            asset.status = step.target
            self.assets.update(asset)

    def move_task(self, task: Task, trigger: str) -> None:
        """Take a task along its lifecycle, and say so in the journal. Raises TransitionError."""
        step = TASK.find(task.status, trigger, task)
        self.note("task", task.task_id, step.source, trigger, step.target, step.behaviour)
        assert step.target is not None
        task.status = step.target
        if task.status in ENDED:
            task.end_seq = self.next_number()
        self.tasks.update(task)

    def note(
        self, subject: str, ref: str, source: str | None, trigger: str, target: str | None, behaviour: str
    ) -> None:
        """Write a transition into the journal."""
        entry = EventEntry(self.next_entry(), self.now, subject, ref, source or "", trigger, target or "", behaviour)
        self.tables.journal.append(entry)

    def note_delivery(self, effect: Deliver, sent: Sent) -> None:
        """Write a webhook attempt into the journal."""
        task = effect.task
        entry = DeliveryEntry(
            self.next_entry(),
            self.now,
            task.task_id,
            effect.attempt,
            without_url_secrets(task.webhook_endpoint),
            sent.status,
            without_url_secrets(sent.cause),
            without_credentials(sent.headers),
            without_secrets(sent.body),
            effect.redelivery,
        )
        self.tables.journal.append(entry)

    def next_entry(self) -> int:
        """The number of the next journal entry."""
        self.account.journal_counter += 1
        return self.account.journal_counter

    def name(self, kind: str, ref: str) -> None:
        """Give a new record its name in the scenario's acts: ``task 1``, ``task 2``, ..."""
        if self.account.script:
            names, used, free = self.account.names, 0, 1
            while f"{kind} {free}" in names:
                used, free = free, free * 2
            while free - used > 1:
                middle = (used + free) // 2
                used, free = (middle, free) if f"{kind} {middle}" in names else (used, middle)
            names[f"{kind} {free}"] = ref

    def disarm(self, fault_id: str) -> None:
        """Take a fault away; nothing happens when it is not armed."""
        self.account.faults = [armed for armed in self.account.faults if armed.fault_id != fault_id]
        self.timeline.cancel("fault.close", fault_id)

    def open(self) -> None:
        """Grant the points that a new world begins with."""
        self.move_points("grant", self.account.opening or 0)
        self.account.opening = None

    def move_points(self, kind: MovementKind, points: int, task_id: str | None = None) -> None:
        """Move points and write it down. Raises ValueError, changing nothing, when a balance would go below zero."""
        balances = self.account.balances
        balances.move(kind, points)
        movement = Movement(self.next_number(), self.now, kind, points, balances.available, task_id)
        self.tables.movements.add(movement)

    def schedule(self, at: int, kind: EventKind, ref: str) -> None:
        """Put something on the timeline; what lies in the past is due now."""
        self.timeline.schedule(max(at, self.now), kind, ref)


_chances: dict[tuple[str, str], Rng] = {}


def chance_of(account: Account) -> Rng:
    """The draws of a world; kept, since each unit of work asks for them."""
    name = (account.seed, account.name)
    rng = _chances.get(name)
    if rng is None:
        if len(_chances) > 10_000:
            _chances.clear()
        rng = _chances[name] = Rng(*name)
    return rng
