"""Worlds in which clients are judged: a server for as long as it takes, and a world for each trial."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Literal

import msgspec

from fakeseed.client import Control
from fakeseed.client.environment import client_environment
from fakeseed.judge.entries import Ending
from fakeseed.judge.history import History
from fakeseed.judge.journal_reader import read
from fakeseed.model.times import parse_instant
from fakeseed.scenario.apply import load
from fakeseed.scenario.schema_types import Setup
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.clock import system_time
from fakeseed.world.settings import Settings

BEGIN = "2026-06-07T15:41:23Z"
"""Where worlds begin, unless a scenario says otherwise."""
JOURNAL_BYTES = 256 * 1024 * 1024
"""A journal that has lost its beginning cannot be judged, so there is room."""
PAGE = 5000

ClockMode = Literal["frozen", "auto", "real"]


class Room:
    """One trial's world: where a client goes, and what was seen of it."""

    def __init__(self, url: str, key: str) -> None:
        self.url = url
        self.key = key

    @property
    def env(self) -> dict[str, str]:
        """What a client usually reads from its environment."""
        return client_environment(self.url, self.key)

    @cached_property
    def control(self) -> Control:
        """The world's control API."""
        return Control(self.url, key=self.key)

    def sleep(self, seconds: float) -> None:
        """Let world time pass, for a client that takes its ``sleep`` from outside."""
        self.control.advance(by=seconds)

    def evidence(self, ending: Ending | None = None, rate: float | None = 1.0) -> History:
        """What the journal tells, the world standing still from now on. Raises UsageError."""
        self.control.freeze()
        entries, dropped, last_seq = [], 0, 0
        while page := (answer := self.control.journal(after=last_seq, limit=PAGE))["entries"]:
            entries += page
            last_seq = page[-1]["seq"]
            dropped = answer["dropped"]
        return read({"entries": entries, "dropped": dropped}, ending, rate)

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
        try:
            yield room
        finally:
            room.close()


@contextmanager
def court(seed: str = "judge", app: Callable[[Settings], App] = App) -> Iterator[Court]:
    """A server for as long as the context lasts. Raises StartError."""
    app_made = app(Settings(seed=seed, freeze_at=parse_instant(BEGIN), journal_bytes=JOURNAL_BYTES))
    with in_thread(app_made) as url:
        yield Court(app_made, url)


def setup_of(scenario: Setup) -> Setup:
    """What a world needs of a scenario: its world, faults and timeline, without the steps of its file."""
    return Setup(scenario.world, scenario.faults, scenario.timeline)
