"""Clients to explore: a program that is started anew for each trial, or a function in this process."""

import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from fakeseed.judge.client_clock import ClockChoice
from fakeseed.judge.client_run import CALM, ClientRun
from fakeseed.judge.court import court
from fakeseed.judge.evaluate import judge
from fakeseed.judge.explore.finding import as_scenario
from fakeseed.judge.explore.search import Attempt
from fakeseed.judge.explore.trials import Trial
from fakeseed.judge.property_test import Client as ClientFunction
from fakeseed.judge.property_test import FunctionCall, takes_sleep
from fakeseed.judge.rule import Severity
from fakeseed.judge.run import Environment, ProgramRunner, RunOptions, RunProcess, load_renderer, plain


@contextmanager
def program(
    options: RunOptions, run: RunProcess, *, around: Environment = plain, faketime: bool = False
) -> Iterator[Attempt]:
    """A program that is run once in each trial's world. Raises StartError; ended with the context."""
    load_renderer()
    with court("explore") as running:
        runner = ProgramRunner(running, options, run, around, ClockChoice(options.rate, faketime=faketime))

        def attempt(trial: Trial) -> ClientRun:
            return runner.try_one(_world_name(trial), as_scenario(trial) if trial.faulty else None)

        try:
            yield attempt
        except BaseException:
            runner.interrupt()
            raise


@contextmanager
def function(client: ClientFunction, *, allow: Iterable[str] = (), fail_on: Severity = "warning") -> Iterator[Attempt]:
    """A function as ``hold`` takes it, called once in each trial's world. Raises StartError."""
    allowed, sleeps = tuple(allow), takes_sleep(client)
    with court("explore") as running:

        def attempt(trial: Trial) -> ClientRun:
            room = running.room(_world_name(trial), trial.setup, "frozen" if sleeps else "auto")
            call = FunctionCall(client, room, sleeps)
            call.run()
            history = room.evidence(call.ending, 1.0 if sleeps else None)
            name = trial.name if trial.faulty else CALM
            return ClientRun(name, trial.name, call.ending, judge(history, allow=allowed), fail_on)

        yield attempt


def _world_name(trial: Trial) -> str:
    """The key of a trial's world: the same in every exploration, as what happens in a world is drawn by its key."""
    return hashlib.sha256(trial.name.encode()).hexdigest()[:16] if trial.faulty else CALM
