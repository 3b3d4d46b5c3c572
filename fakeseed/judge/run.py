"""Trying a client in one world after another: a program that is run, and what came of it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from fakeseed.judge.court import Court, Room, court, setup_of
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import FAILS_ON, Judgement, judge
from fakeseed.judge.rule import Severity
from fakeseed.scenario.schema_types import Scenario, Setup

SECONDS = 60.0
"""Real seconds that a program gets in one world, unless one says otherwise."""
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
    @property
    def faketime(self) -> bool: ...


class RunProcess(Protocol):
    """Runs a program to its end within limits, and leaves nothing of it behind."""

    def __call__(
        self, command: Sequence[str], env: Mapping[str, str], *, seconds: float, output_limit: int, speed: float
    ) -> ProcessResult: ...


class RunOptions(msgspec.Struct, frozen=True):
    """What is tried, and how it is judged.

    ``rate``: world seconds a real second. ``env``: what the program finds beside the usual variables. ``pace``: in
    place of the scenarios' own.
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

    ``spoke_to``: hosts that the program wanted and did not get, with the reason. ``rate``: world seconds a real second;
    ``faketime``: the program's own clock ran at that rate too.
    """

    name: str
    title: str
    ending: Ending | None
    judgement: Judgement
    fail_on: Severity = FAILS_ON
    spoke_to: tuple[str, ...] = ()
    rate: float = 1.0
    faketime: bool = False

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
    order: RunOptions,
    scenarios: Mapping[str, Scenario | None],
    run: RunProcess,
    *,
    around: Environment = plain,
    tell: Callable[[ClientRun], None] = lambda _: None,
) -> list[ClientRun]:
    """Run a program in a world of each scenario (None: one where nothing goes wrong), one after the other.

    ``tell`` gets each trial as it ends. Raises UsageError for a scenario that cannot be, StartError.
    """
    trials = []
    with court() as running:
        for name, scenario in scenarios.items():
            trials.append(try_one(running, order, name, scenario, run, around))
            tell(trials[-1])
    return trials


def try_one(
    running: Court,
    order: RunOptions,
    name: str,
    scenario: Scenario | None,
    run: RunProcess,
    around: Environment = plain,
) -> ClientRun:
    """Run a program once, in a world of its own."""
    setup = setup_of(scenario) if scenario else Setup()
    if order.pace:
        setup = replace(setup, world=replace(setup.world, pace=order.pace))
    with running.room(f"judge-{name.replace('/', '-')}"[:100], setup, "real", rate=order.rate) as room:

        def started(extra: Mapping[str, str]) -> ProcessResult:
            env = {**order.env, **room.env, **extra}
            return run(order.command, env, seconds=order.seconds, output_limit=OUTPUT, speed=order.rate)

        ended, spoke_to = around(room, started)
        ending = ending_of(ended)
        # Where the program's own clock ran at the world's pace, an interval of the world is one of the program's.
        rate = 1.0 if ended.faketime else order.rate
        judgement = judge(room.evidence(ending, rate), allow=order.allow)
    title = scenario.title if scenario else "nothing goes wrong"
    return ClientRun(name, title, ending, judgement, order.fail_on, spoke_to, order.rate, ended.faketime)


def ending_of(ended: ProcessResult) -> Ending:
    """How a program ended, as rules look at it."""
    text = b"\n".join((ended.stdout, ended.stderr)).decode("utf-8", "replace")
    return Ending(ended.how, ended.code, text, ended.signal, ended.seconds, ended.cut, ended.stragglers)


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
