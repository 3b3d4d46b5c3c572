"""Clients to explore: a program that is started anew for each trial, or a function in this process."""

from collections.abc import Iterator
from contextlib import contextmanager

from fakeseed.judge.client_clock import ClockChoice
from fakeseed.judge.client_run import ClientRun
from fakeseed.judge.court import court
from fakeseed.judge.explore.finding import as_scenario
from fakeseed.judge.explore.search import Attempt
from fakeseed.judge.explore.trials import Trial
from fakeseed.judge.run import Client, Environment, RunOptions, RunProcess, plain


@contextmanager
def program(
    options: RunOptions, run: RunProcess, *, around: Environment = plain, faketime: bool = False
) -> Iterator[Attempt]:
    """A program that is run once in each trial's world. Raises StartError; ended with the context."""
    with court("explore") as running:
        client = Client(running, options, run, around, ClockChoice(options.rate, faketime=faketime))

        def attempt(trial: Trial) -> ClientRun:
            return client.try_one(trial.name, as_scenario(trial) if trial.faulty else None)

        try:
            yield attempt
        except BaseException:
            client.interrupt()
            raise
