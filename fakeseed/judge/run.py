"""Trying a client in one world after another: a program that is run, and what came of it."""

import os
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from fakeseed.judge.client_clock import ClockChoice
from fakeseed.judge.client_run import ClientRun
from fakeseed.judge.court import Court, Room, court, setup_of
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import FAILS_ON, judge
from fakeseed.judge.journal_reader import read
from fakeseed.judge.keys import masked
from fakeseed.judge.queries.json_fields import Json
from fakeseed.judge.rule import Severity
from fakeseed.scenario.schema_types import Scenario, Setup
from fakeseed.scenario.struck import struck

SECONDS = 60.0
"""Real seconds that a program gets in one world, unless one says otherwise."""
CALM_TITLE = "nothing goes wrong"
KEY_PREFIX = "judge-"
"""How the keys of judged worlds begin."""
OUTPUT = 1 << 20
"""Bytes of each of its outputs that are kept."""


class ProcessResult(Protocol):
    """How a program ended, as whoever ran it says."""

    @property
    def how(self) -> Literal["exited", "killed", "timed out", "not started"]: ...
    @property
    def code(self) -> int | None: ...
    @property
    def signal(self) -> str: ...
    @property
    def seconds(self) -> float: ...
    @property
    def stdout(self) -> bytes: ...
    @property
    def stderr(self) -> bytes: ...
    @property
    def cut(self) -> bool: ...
    @property
    def stragglers(self) -> int: ...


class RunProcess(Protocol):
    """Runs a program to its end within limits, and leaves nothing of it behind."""

    def __call__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        seconds: float,
        output_limit: int,
        speed: float,
        virtual_time: Mapping[str, object] | None,
        stop: int | None,
    ) -> ProcessResult: ...


class RunOptions(msgspec.Struct, frozen=True):
    """What is tried, and how it is judged.

    ``rate``: the most world seconds a real second, for programs on libfaketime's clock. ``env``: what the program finds
    beside the usual variables. ``pace``: in place of the scenarios' own. ``any_key``: every key that the program uses
    leads into the judged world. ``require_struck``: a scenario whose trouble did not strike makes it fail.
    """

    command: tuple[str, ...]
    env: dict[str, str] = {}
    rate: float = 80.0
    seconds: float = SECONDS
    allow: tuple[str, ...] = ()
    fail_on: Severity = FAILS_ON
    pace: str | None = None
    any_key: bool = False
    require_struck: bool = False


class Environment(Protocol):
    """What a program is run in beside its world: gives more variables for it, and what it was refused."""

    def __call__(
        self, room: Room, run: Callable[[Mapping[str, str]], ProcessResult]
    ) -> tuple[ProcessResult, tuple[str, ...]]: ...


def plain(room: Room, run: Callable[[Mapping[str, str]], ProcessResult]) -> tuple[ProcessResult, tuple[str, ...]]:
    """Nothing but the usual variables."""
    return run({}), ()


def try_all(
    options: RunOptions,
    scenarios: Mapping[str, Scenario | None],
    run: RunProcess,
    *,
    around: Environment = plain,
    tell: Callable[[ClientRun], None] = lambda _: None,
    jobs: int = 1,
    faketime: bool = False,
) -> list[ClientRun]:
    """Run a program in a world of each scenario (None: one where nothing goes wrong), ``jobs`` of them side by side.

    ``tell`` gets each trial as it ends. ``faketime``: libfaketime is there. Raises UsageError for a scenario that
    cannot be, StartError.
    """
    choice = ClockChoice(options.rate, faketime=faketime)
    load_renderer()
    with court() as running, ThreadPoolExecutor(max(jobs, 1)) as pool:
        client = ProgramRunner(running, options, run, around, choice)
        trials = {name: pool.submit(client.try_one, name, scenario) for name, scenario in scenarios.items()}
        try:
            for trial in as_completed(trials.values()):
                tell(trial.result())
        except BaseException:
            for trial in trials.values():
                trial.cancel()
            client.interrupt()
            raise
        return [trial.result() for trial in trials.values()]


def load_renderer() -> None:
    """Load the libraries that make videos, so that no program's first download waits for them."""
    from fakeseed.media.render import StubSpec, render

    render(StubSpec("", "", "", width=200, height=200, seconds=1, audio=False, mode=""))


class ProgramRunner:
    """A program that is run once in each of many worlds."""

    def __init__(
        self, running: Court, options: RunOptions, run: RunProcess, around: Environment, choice: ClockChoice
    ) -> None:
        self._court, self._options, self._run, self._around = running, options, run, around
        self._choice = choice
        self._running: set[Stop] = set()
        self._interrupted = False

    def interrupt(self) -> None:
        """End the programs that run, and start none any more."""
        self._interrupted = True
        for stop in tuple(self._running):
            stop.ring("interrupted")

    def try_one(self, name: str, scenario: Scenario | None) -> ClientRun:
        """Run the program once, in a world of its own; anew with another clock when its waiting moves none."""
        while (trial := self._tried(name, scenario)) is None:
            pass  # a program that does not join is started anew once
        return trial

    def _setup(self, scenario: Scenario | None) -> Setup:
        """The world of a scenario, at the pace that was asked for."""
        setup = setup_of(scenario) if scenario else Setup()
        if self._options.pace:
            setup = replace(setup, world=replace(setup.world, pace=self._options.pace))
        return setup

    def _tried(self, name: str, scenario: Scenario | None) -> ClientRun | None:
        """One run; None when it was stopped because another clock is needed."""
        setup, key = self._setup(scenario), f"{KEY_PREFIX}{name.replace('/', '-')}"[:100]
        options, clock, restarts, rate = self._options, self._choice.clock, self._choice.restarts, self._choice.rate
        with Stop() as stop, self._court.program_room(key, setup, rate=rate, notice=stop.ring) as (room, group):
            stop.reasons = {"stuck", "idle", "interrupted"} | ({"unjoined"} if restarts else set())

            def started(extra: Mapping[str, str]) -> ProcessResult:
                return self._run(
                    options.command,
                    {**options.env, **room.env, **extra},
                    seconds=options.seconds,
                    output_limit=OUTPUT,
                    speed=rate if clock == "faketime" else 1.0,
                    virtual_time=room.virtual_time if clock == "virtual" else None,
                    stop=stop.descriptor,
                )

            keys_before = self._court.requests_by_key
            self._running.add(stop)
            if self._interrupted:
                stop.ring("interrupted")
            with self._client_url(room) as room.client_url:
                result, refused_hosts = self._around(room, started)
            self._running.discard(stop)
            self._choice.answered_within(group.slowest)
            joined = bool(group.programs)
            if clock == "virtual" and not joined and group.requests:
                self._choice.fall_back()
                clock = "real"
                if restarts:
                    return None
            ending = ending_of(result, hung=stop.reason in ("stuck", "idle"))
            journal = room.journal_at_rest()
        history = read(journal, ending, 1.0, room.setup_entries)
        return ClientRun(
            name,
            scenario.title if scenario else CALM_TITLE,
            ending,
            judge(history, allow=options.allow),
            options.fail_on,
            refused_hosts,
            rate,
            clock,
            struck_by(scenario, journal["entries"]) if scenario else None,
            options.require_struck,
            tuple(room.env),
            self._other_keys(keys_before),
        )

    def _client_url(self, room: Room) -> AbstractContextManager[str]:
        """Where the program's requests go: where any key will do, if that was asked for."""
        return self._court.url_for_any_key(room.api_key) if self._options.any_key else nullcontext(room.base_url)

    def _other_keys(self, before: Counter[str]) -> tuple[str, ...]:
        """Keys of no judged world under which requests came since then, and how many, masked."""
        counts = self._court.requests_by_key - before
        return tuple(
            f"{masked(key)}: {count} requests" for key, count in counts.items() if not key.startswith(KEY_PREFIX)
        )


class Stop:
    """Ends a running program from another thread, and says why: readable is ``descriptor`` then."""

    def __init__(self) -> None:
        self.descriptor, self._ringing = os.pipe()
        self.reasons: set[str] = set()
        self.reason = ""

    def ring(self, reason: str) -> None:
        """End the program, for a reason that is one."""
        if reason in self.reasons and not self.reason:
            self.reason = reason
            os.write(self._ringing, b"x")

    def __enter__(self) -> "Stop":
        return self

    def __exit__(self, *_: object) -> None:
        self.reasons = set()
        os.close(self.descriptor)
        os.close(self._ringing)


def struck_by(scenario: Scenario, entries: Sequence[Json]) -> bool | None:
    """Whether the trouble of a scenario struck; None where it has none."""
    signs = struck(scenario, entries)
    return bool(signs) if signs.present or signs.missing else None


def ending_of(ended: ProcessResult, *, hung: bool = False) -> Ending:
    """How a program ended, as rules look at it. ``hung``: it was stopped because it would not have ended."""
    text = b"\n".join((ended.stdout, ended.stderr)).decode("utf-8", "replace")
    how = "timed out" if hung else ended.how
    return Ending(how, ended.code, text, ended.signal, ended.seconds, ended.cut, ended.stragglers, hung)
