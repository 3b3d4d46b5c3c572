"""Exploration of the zoo: what it finds of each broken client, how soon, and that it accuses no correct one.

``python -m tests.benchmarks.bench_explore broken [RULE ...]``: the broken client of each rule does its own job in this
process; the smallest trial in which its rule broke, worlds a minute, seconds until the first finding, trials pruned.
``... correct [JOB ...]``: the correct client in this process, each job. ``... programs [NAME ...]``: the correct
clients that are programs. Both list what was accused or could not be judged.
"""

import math
import os
import sys
import time
from collections.abc import Callable, Iterator

import msgspec

from fakeseed.judge.client_run import CALM
from fakeseed.judge.explore.clients import function, program
from fakeseed.judge.explore.search import Attempt, Attempted, Budget, Exploration, explore
from fakeseed.judge.run import RunOptions
from fakeseed.runner.process import run_child
from tests.judge.test_correct_clients import NODE, PYTHON, command
from tests.zoo import missions
from tests.zoo.broken import CASES
from tests.zoo.correct import CorrectClient, Sleep
from tests.zoo.harness import Mission
from tests.zoo.hooked import HookedClient

SOON = 5.0
JOBS = os.cpu_count() or 1
HOPELESS: dict[Mission, Mission] = {
    missions.refused: missions.text,
    missions.failing_person: missions.person,
    missions.file: missions.good_file,
}
"""Jobs that cannot end well, and the same without what is wrong with them: exploring has to find that by itself."""
CORRECT: dict[str, tuple[type[CorrectClient], Mission]] = {
    **{
        job.__name__: (CorrectClient, job)
        for job in (
            *(missions.text, missions.person, missions.twice, missions.series, missions.scenes, missions.guest),
            *(missions.crowd, missions.long, missions.batch, missions.cast, missions.library, missions.good_file),
            *(missions.tidy, missions.troupe),
        )
    },
    **{job.__name__: (HookedClient, job) for job in (missions.hooked, missions.hooked_twice)},
}


class Measured(msgspec.Struct, frozen=True):
    """An exploration with its figures: real seconds until the first finding (infinite without one) and in all."""

    exploration: Exploration
    first_finding: float
    seconds: float

    @property
    def worlds(self) -> int:
        """How many worlds were judged, the clean one included."""
        return len(self.exploration.attempts) + 1

    @property
    def row(self) -> str:
        """The figures in words."""
        found = "" if self.first_finding == math.inf else f", first finding after {self.first_finding:.1f} s"
        speed = f"{self.worlds / self.seconds * 60:.0f} worlds/min"
        return f"{self.worlds} worlds, {self.exploration.pruned} pruned, {speed}{found}"


def client_of(kind: type[CorrectClient], job: Mission) -> Callable[[str, str, Sleep], object]:
    """A client of the zoo that does a job, as a function."""

    def work(url: str, key: str, sleep: Sleep) -> object:
        client = kind(url, key, sleep)
        try:
            return job(client)
        finally:
            client.close()

    return work


def measured(attempt: Attempt) -> Measured:
    """Explore with a stopwatch."""
    began, first_finding = time.monotonic(), math.inf

    def tell(exploration: Exploration, _: Attempted) -> None:
        nonlocal first_finding
        if exploration.findings and first_finding == math.inf:
            first_finding = time.monotonic() - began

    exploration = explore(attempt, Budget(jobs=JOBS), tell=tell)
    seconds = time.monotonic() - began
    return Measured(exploration, first_finding if exploration.calm.result == "held" else seconds, seconds)


def explored(kind: type[CorrectClient], job: Mission) -> Measured:
    """Explore a client of the zoo in this process."""
    with function(client_of(kind, job), fail_on="advice") as attempt:
        return measured(attempt)


def smallest_trial(exploration: Exploration, rule: str) -> str:
    """The first trial in which a rule broke; empty where none did."""
    if exploration.calm.judgement[rule].outcome == "broken":
        return CALM
    return next((attempt.trial.name for attempt in exploration.attempts if rule in attempt.rules), "")


def broken(rules: list[str]) -> Iterator[str]:
    """Each rule's broken client."""
    results: list[Measured] = []
    caught = 0
    for rule in rules or CASES:
        kind, job, _ = CASES[rule]
        result = explored(kind, HOPELESS.get(job, job))
        trial = smallest_trial(result.exploration, rule)
        results.append(result)
        caught += bool(trial)
        yield f"{rule:36} {kind.__name__:24} {trial or 'NOT CAUGHT':50} {result.row}"
    soon = sum(result.first_finding <= SOON for result in results)
    worlds, seconds = sum(result.worlds for result in results), sum(result.seconds for result in results)
    yield f"{caught} of {len(results)} caught of their own rule, {soon} with a first finding within {SOON:g} s"
    yield f"{worlds} worlds in {seconds:.0f} s: {worlds / seconds * 60:.0f} a minute"


def correct(jobs: list[str]) -> Iterator[str]:
    """The correct clients in this process."""
    for name in jobs or CORRECT:
        yield from _accusations(name, explored(*CORRECT[name]))


def programs(names: list[str]) -> Iterator[str]:
    """The correct clients that are programs."""
    for name in names or (*PYTHON, *NODE):
        command_line, variables = command(name)
        options = RunOptions(tuple(command_line), {**os.environ, **variables}, fail_on="advice")
        with program(options, run_child) as attempt:
            yield from _accusations(name, measured(attempt))


def _accusations(name: str, result: Measured) -> Iterator[str]:
    exploration = result.exploration
    against = [attempt for attempt in exploration.attempts if attempt.outcome in ("broken", "could not be judged")]
    yield f"{name:20} {exploration.calm.result} when calm, {len(against)} accusations; {result.row}"
    for attempt in against:
        yield f"    {attempt.trial.name}: {', '.join(attempt.problems) or attempt.run.unjudged}"


if __name__ == "__main__":
    report = {"broken": broken, "correct": correct, "programs": programs}[sys.argv[1]]
    for line in report(sys.argv[2:]):
        print(line, flush=True)
