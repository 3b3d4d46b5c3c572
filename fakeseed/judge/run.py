"""Trying a client in one world after another: a program that is run, and what came of it."""

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from fakeseed.judge.client_clock import ClientClock, ClockChoice
from fakeseed.judge.court import Court, Room, court, setup_of
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import FAILS_ON, Judgement, judge
from fakeseed.judge.rule import Severity
from fakeseed.scenario.schema_types import Scenario, Setup

SECONDS = 60.0
"""Real seconds that a program gets in one world, unless one says otherwise."""
CALM_TITLE = "nothing goes wrong"
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
    beside the usual variables. ``pace``: in place of the scenarios' own.
    """

    command: tuple[str, ...]
    env: dict[str, str] = {}
    rate: float = 80.0
    seconds: float = SECONDS
    allow: tuple[str, ...] = ()
    fail_on: Severity = FAILS_ON
    pace: str | None = None


class ClientRun(msgspec.Struct, frozen=True):
    """One scenario's trial.

    ``spoke_to``: hosts that the program wanted and did not get, with the reason. ``clock``: by whose clock it waited;
    ``rate``: world seconds a real second, where that was not its world's own.
    """

    name: str
    title: str
    ending: Ending | None
    judgement: Judgement
    fail_on: Severity = FAILS_ON
    spoke_to: tuple[str, ...] = ()
    rate: float = 1.0
    clock: ClientClock = "real"

    @property
    def started(self) -> bool:
        """Whether there was something to judge."""
        return self.ending is None or self.ending.how != "not started"

    @property
    def output(self) -> str:
        """What the program said."""
        return self.ending.text if self.ending else ""

    @property
    def passed(self) -> bool:
        """Whether nothing was broken that counts, and the program was there to be judged and did not crash."""
        crashed = self.ending is not None and self.ending.how == "killed"
        return self.started and not crashed and not self.judgement.fails(self.fail_on)


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
    with court() as running, ThreadPoolExecutor(max(jobs, 1)) as pool:
        client = Client(running, options, run, around, choice)
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


class Client:
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
        setup = setup_of(scenario) if scenario else Setup()
        if self._options.pace:
            setup = replace(setup, world=replace(setup.world, pace=self._options.pace))
        key = f"judge-{name.replace('/', '-')}"[:100]
        title = scenario.title if scenario else CALM_TITLE
        while (trial := self._tried(name, title, key, setup)) is None:
            pass  # a program that does not join is started anew once
        return trial

    def _tried(self, name: str, title: str, key: str, setup: Setup) -> ClientRun | None:
        """One run; None when it was stopped because another clock is needed."""
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

            self._running.add(stop)
            if self._interrupted:
                stop.ring("interrupted")
            result, spoke_to = self._around(room, started)
            self._running.discard(stop)
            self._choice.answered_within(group.slowest)
            joined = bool(group.programs)
            if clock == "virtual" and not joined and group.requests:
                self._choice.fall_back()
                clock = "real"
                if restarts:
                    return None
            ending = ending_of(result, hangs=stop.reason in ("stuck", "idle"))
            judgement = judge(room.evidence(ending, 1.0), allow=options.allow)
        return ClientRun(name, title, ending, judgement, options.fail_on, spoke_to, rate, clock)


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


def ending_of(ended: ProcessResult, *, hangs: bool = False) -> Ending:
    """How a program ended, as rules look at it. ``hangs``: it was stopped, as it would not have ended."""
    text = b"\n".join((ended.stdout, ended.stderr)).decode("utf-8", "replace")
    return Ending(
        "timed out" if hangs else ended.how, ended.code, text, ended.signal, ended.seconds, ended.cut, ended.stragglers
    )


def describe_ending(ending: Ending | None) -> str:
    """How a program ended, in a few words."""
    if ending is None:
        return "its end is not known"
    phrases = {
        "exited": f"exit {ending.code}",
        "killed": f"killed by {ending.signal or 'a signal'}",
        "timed out": "stopped: it took too long",
        "not started": f"did not start: {ending.signal or 'unknown'}",
    }
    parts = [phrases[ending.how], f"{ending.seconds:.1f} s"]
    parts += ["much output"] if ending.cut else []
    parts += [f"left {ending.stragglers} processes behind"] if ending.stragglers else []
    return ", ".join(parts)
