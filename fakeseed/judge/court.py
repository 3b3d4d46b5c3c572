"""Worlds in which clients are judged: a server for as long as it takes, and a world for each trial."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Literal, TypeVar
from urllib.parse import urlsplit

import msgspec

from fakeseed.client import Control
from fakeseed.client.environment import client_environment
from fakeseed.judge.entries import Ending
from fakeseed.judge.history import History
from fakeseed.judge.journal_reader import read
from fakeseed.judge.keys import KeyCountingApp, any_key_as
from fakeseed.judge.queries.json_fields import Json
from fakeseed.model.times import parse_instant
from fakeseed.scenario.apply import load
from fakeseed.scenario.schema_types import Setup
from fakeseed.server.app import App
from fakeseed.server.run import in_thread, listening
from fakeseed.world.clock import system_time
from fakeseed.world.settings import Settings
from fakeseed.world.sleeper_group import Group, Notice, Relay

BEGIN = "2026-06-07T15:41:23Z"
"""Where worlds begin, unless a scenario says otherwise."""
JOURNAL_BYTES = 256 * 1024 * 1024
"""A journal that has lost its beginning cannot be judged, so there is room."""
PAGE = 5000
MICROSECOND = 1000

T = TypeVar("T")

ClockMode = Literal["frozen", "auto", "real"]


class Room:
    """One trial's world: where a client goes, and what was seen of it."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key
        self.client_url = url
        self.setup_entries = 0
        self.relays: list[Relay] = []
        """What stands between the program and the server."""

    @property
    def env(self) -> dict[str, str]:
        """What a client usually reads from its environment."""
        return client_environment(self.url, self.key)

    @cached_property
    def control(self) -> Control:
        """The world's control API."""
        return Control(self.url, key=self.key)

    @cached_property
    def virtual_time(self) -> dict[str, object]:
        """What a preload needs by which a program's waiting moves this world's clock."""
        parts = urlsplit(self.url)
        now = parse_instant(self.control.clock()["now"]) // MICROSECOND
        return {"host": parts.hostname, "port": parts.port, "key": self.key, "now_us": now}

    def sleep(self, seconds: float) -> None:
        """Let world time pass, for a client that takes its ``sleep`` from outside."""
        self.control.advance(by=seconds)

    def entry_count(self) -> int:
        """How many entries the journal has by now."""
        return int(self.control.journal(limit=1)["total"])

    def journal(self) -> Json:
        """The whole journal, as ``GET journal`` gives it; the world stands still from now on."""
        self.control.freeze()
        entries, dropped, last_seq = [], 0, 0
        while page := (answer := self.control.journal(after=last_seq, limit=PAGE))["entries"]:
            entries += page
            last_seq = page[-1]["seq"]
            dropped = answer["dropped"]
        return {"entries": entries, "dropped": dropped}

    def evidence(self, ending: Ending | None = None, rate: float | None = 1.0) -> History:
        """The journal for rules, without what the set-up did. Raises UsageError."""
        return read(self.journal(), ending, rate, self.setup_entries)

    def close(self) -> None:
        """Let go of connections; the world stays."""
        if "control" in vars(self):
            self.control.close()


class Court:
    """A running server that makes rooms."""

    def __init__(self, app: App, url: str) -> None:
        self._app = app
        self.url = url

    @contextmanager
    def room(
        self, key: str, setup: Setup, clock: ClockMode, *, rate: float = 1.0, step: float | str | None = None
    ) -> Iterator[Room]:
        """A key's world, made anew as a scenario wants it, on a clock of this kind. Raises UsageError."""
        loop = self._app.loop
        assert loop is not None, "the server runs"
        changes = {"clock": clock, "rate": rate} | ({} if step is None else {"step": step})
        world = msgspec.structs.replace(setup.world, **changes)
        ready = msgspec.structs.replace(setup, world=world)
        making = load(self._app.engine, self._app.engine.enter(key), ready, system_time, on_socket=True, clock=clock)
        asyncio.run_coroutine_threadsafe(making, loop).result()
        room = Room(self.url, key)
        room.setup_entries = room.entry_count()
        try:
            yield room
        finally:
            room.close()

    @property
    def requests_by_key(self) -> Counter[str]:
        """How many of the vendor's requests came so far, by key."""
        return Counter(self._app.requests_by_key) if isinstance(self._app, KeyCountingApp) else Counter()

    @contextmanager
    def url_for_any_key(self, key: str) -> Iterator[str]:
        """An address of the emulator at which every key is taken for this one. Raises StartError."""
        loop = self._app.loop
        assert loop is not None, "the server runs"
        context = listening(any_key_as(self._app, key))
        url = asyncio.run_coroutine_threadsafe(context.__aenter__(), loop).result()
        try:
            yield url
        finally:
            asyncio.run_coroutine_threadsafe(context.__aexit__(None, None, None), loop).result()

    @contextmanager
    def program_room(
        self, key: str, setup: Setup, *, rate: float, notice: Callable[[Notice], None]
    ) -> Iterator[tuple[Room, Group]]:
        """A world whose clock one program's waiting moves; it runs at ``rate`` for a program that does not join.

        ``notice`` is called on the server's loop.
        """
        sleepers, name = self._app.engine.sleepers, self._app.engine.enter(key)
        with self.room(key, setup, "frozen") as room:
            group: Group = self._call(lambda: sleepers.expect(name, rate))
            group.notice = notice
            room.relays = group.relays
            try:
                yield room, group
            finally:
                self._call(lambda: sleepers.forget(name))

    def _call(self, function: Callable[[], T]) -> T:
        """Call something on the server's loop."""

        async def call() -> T:
            return function()

        assert self._app.loop is not None, "the server runs"
        return asyncio.run_coroutine_threadsafe(call(), self._app.loop).result()


@contextmanager
def court(seed: str = "judge", app: Callable[[Settings], App] = KeyCountingApp) -> Iterator[Court]:
    """A server for as long as the context lasts. Raises StartError."""
    app_made = app(Settings(seed=seed, freeze_at=parse_instant(BEGIN), journal_bytes=JOURNAL_BYTES))
    with in_thread(app_made) as url:
        yield Court(app_made, url)


def setup_of(scenario: Setup) -> Setup:
    """What a world needs of a scenario: its world, faults and timeline, without the steps of its file."""
    return Setup(scenario.world, scenario.faults, scenario.timeline)
