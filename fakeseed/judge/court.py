"""Worlds in which clients are judged: an emulator for as long as it takes, and a world for each trial."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TypeVar
from urllib.parse import urlsplit

from fakeseed.judge.entries import Ending
from fakeseed.judge.history import History
from fakeseed.judge.journal_reader import read
from fakeseed.judge.keys import KeyCountingApp, any_key_as
from fakeseed.model.times import parse_instant
from fakeseed.scenario.schema_types import Setup
from fakeseed.server.app import App
from fakeseed.server.run import listening
from fakeseed.testing.harness import START, ClockMode, LocalEmulator, TestWorld
from fakeseed.world.settings import Settings
from fakeseed.world.sleeper_group import Group, Notice, Relay

JOURNAL_BYTES = 256 * 1024 * 1024
"""A journal that has lost its beginning cannot be judged, so there is room."""
MICROSECOND = 1000

T = TypeVar("T")


class Room(TestWorld):
    """One trial's world: where a client goes, and what was seen of it."""

    def __init__(self, emulator: LocalEmulator, key: str) -> None:
        super().__init__(emulator, key)
        self.client_url = self.base_url
        self.setup_entries = 0
        self.relays: list[Relay] = []
        """What stands between the program and the server."""

    @cached_property
    def virtual_time(self) -> dict[str, object]:
        """What a preload needs by which a program's waiting moves this world's clock."""
        parts = urlsplit(self.base_url)
        now = parse_instant(self.control.clock()["now"]) // MICROSECOND
        return {"host": parts.hostname, "port": parts.port, "key": self.api_key, "now_us": now}

    def entry_count(self) -> int:
        """How many entries the journal has by now."""
        return int(self.control.journal(limit=1)["total"])

    def evidence(self, ending: Ending | None = None, rate: float | None = 1.0) -> History:
        """The journal for rules, without what the set-up did. Raises UsageError."""
        return read(self.journal_at_rest(), ending, rate, self.setup_entries)


class Court(LocalEmulator):
    """A running emulator that makes rooms."""

    def room(
        self, key: str, setup: Setup, clock: ClockMode, *, rate: float = 1.0, step: float | str | None = None
    ) -> Room:
        """A key's world, made anew as a scenario wants it, on a clock of this kind. Raises ControlError."""
        room = Room(self, key)
        room.begin(setup, clock, rate=rate, step=step)
        room.setup_entries = room.entry_count()
        return room

    @property
    def requests_by_key(self) -> Counter[str]:
        """How many of the vendor's requests came so far, by key."""
        return Counter(self.app.requests_by_key) if isinstance(self.app, KeyCountingApp) else Counter()

    @contextmanager
    def url_for_any_key(self, key: str) -> Iterator[str]:
        """An address of the emulator at which every key is taken for this one. Raises StartError."""
        context = listening(any_key_as(self.app, key))
        url = self.run(context.__aenter__())
        try:
            yield url
        finally:
            self.run(context.__aexit__(None, None, None))

    @contextmanager
    def program_room(
        self, key: str, setup: Setup, *, rate: float, notice: Callable[[Notice], None]
    ) -> Iterator[tuple[Room, Group]]:
        """A world whose clock one program's waiting moves; it runs at ``rate`` for a program that does not join.

        ``notice`` is called on the emulator's loop.
        """
        sleepers, name = self.app.engine.sleepers, self.app.engine.enter(key)
        room = self.room(key, setup, "frozen")
        group: Group = self.run(_called(lambda: sleepers.expect(name, rate)))
        group.notice = notice
        room.relays = group.relays
        try:
            yield room, group
        finally:
            self.run(_called(lambda: sleepers.forget(name)))


async def _called(function: Callable[[], T]) -> T:
    """Call something on the loop on which this runs."""
    return function()


@contextmanager
def court(seed: str = "judge", app: Callable[[Settings], App] = KeyCountingApp) -> Iterator[Court]:
    """An emulator for as long as the context lasts. Raises StartError."""
    settings = Settings(seed=seed, freeze_at=parse_instant(START), journal_bytes=JOURNAL_BYTES)
    with Court(app(settings)) as running:
        yield running


def setup_of(scenario: Setup) -> Setup:
    """What a world needs of a scenario: its world, faults and timeline, without the steps of its file."""
    return Setup(scenario.world, scenario.faults, scenario.timeline)
