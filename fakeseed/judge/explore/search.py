"""Trying all that could go wrong for a client: one clean run, then one trouble at a time, side by side.

Trials that would be equal are not made: where a client asks no more after the first time that a trouble struck, the
same trouble for longer, or for ever, is the same to it.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import Literal

import msgspec

from fakeseed.judge.client_run import CALM, ClientRun
from fakeseed.judge.explore.trials import Trial, trials_of
from fakeseed.judge.history import History
from fakeseed.model.routes import ROUTES
from fakeseed.scenario.schema_types import Setup
from fakeseed.world.clock import seconds_passed

Attempt = Callable[[Trial], ClientRun]
"""Runs the client once in the world of a trial."""

Outcome = Literal["held", "broken", "not struck", "could not be judged"]


class Attempted(msgspec.Struct, frozen=True):
    """A trial and what came of it: ``rules`` broke in it, and not in the clean run."""

    trial: Trial
    run: ClientRun
    outcome: Outcome
    rules: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """What went wrong: rules by id, then what the end of the client alone says against it."""
        return (*self.rules, *self.run.complaints) if self.outcome == "broken" else ()


class Exploration(msgspec.Struct):
    """All that was tried. ``pruned`` trials were equal to others; ``left`` were not reached within the budget."""

    calm: ClientRun
    attempts: list[Attempted] = []
    pruned: int = 0
    left: int = 0

    @property
    def findings(self) -> list[Attempted]:
        """The trials that show each thing that went wrong for the first time, in the order of their discovery."""
        reported: set[str] = set()
        first: list[Attempted] = []
        for attempt in self.attempts:
            if not reported.issuperset(attempt.problems):
                first.append(attempt)
                reported.update(attempt.problems)
        return first

    @property
    def held(self) -> bool:
        """Whether the client held in the clean run and in every trial."""
        return self.calm.result == "held" and not self.findings

    @property
    def not_struck(self) -> list[Trial]:
        """Trials whose trouble never met the client."""
        return [attempt.trial for attempt in self.attempts if attempt.outcome == "not struck"]


class Budget(msgspec.Struct, frozen=True):
    """When to stop: real seconds, number of trials; None where there is no limit. ``jobs`` worlds at a time."""

    seconds: float | None = None
    trials: int | None = None
    jobs: int = 1


def explore(
    attempt: Attempt,
    budget: Budget = Budget(),  # noqa: B008 - it is frozen
    *,
    tell: Callable[[Exploration, Attempted], None] = lambda *_: None,
    elapsed: Callable[[], float] = seconds_passed,
) -> Exploration:
    """Run a client clean, then in every trial of what it does. ``tell`` gets each result as it comes.

    A client that fails in the clean run is not explored: what goes wrong with nothing in its way comes first.
    """
    calm = attempt(Trial(CALM, Setup(), CALM))
    exploration = Exploration(calm)
    if calm.result != "held":
        return exploration
    _Search(attempt, exploration, tell).run(families_of(trials_of(calm.judgement.history)), budget, elapsed)
    return exploration


def families_of(trials: list[Trial]) -> list[list[Trial]]:
    """Trials of the same fault with the same options at the same request, the shortest trouble first."""
    families: dict[str, list[Trial]] = {}
    for trial in trials:
        families.setdefault(trial.family, []).append(trial)
    return list(families.values())


class _Search:
    """One exploration under way."""

    def __init__(
        self, attempt: Attempt, exploration: Exploration, tell: Callable[[Exploration, Attempted], None]
    ) -> None:
        self._attempt, self._exploration, self._tell = attempt, exploration, tell
        self._calm_rules = frozenset(verdict.rule for verdict in exploration.calm.judgement.broken)

    def run(self, families: list[list[Trial]], budget: Budget, elapsed: Callable[[], float]) -> None:
        """Try the shortest trouble of every family, then longer ones, side by side, until the budget is spent."""
        began, jobs = elapsed(), max(budget.jobs, 1)
        waiting = deque(families)
        running: dict[Future[ClientRun], list[Trial]] = {}

        def may_start() -> bool:
            started = len(self._exploration.attempts) + len(running)
            in_time = budget.seconds is None or elapsed() - began < budget.seconds
            return in_time and (budget.trials is None or started < budget.trials)

        with ThreadPoolExecutor(jobs) as pool:
            while True:
                while waiting and len(running) < jobs and may_start():
                    family = waiting.popleft()
                    running[pool.submit(self._attempt, family[0])] = family
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    trial, *longer = running.pop(future)
                    if self._take(trial, future.result()) and longer:
                        waiting.append(longer)
                    else:
                        self._exploration.pruned += len(longer)
        self._exploration.left = sum(map(len, waiting))

    def _take(self, trial: Trial, run: ClientRun) -> bool:
        """Keep a result; whether the same trouble for longer would be another one to the client."""
        attempted = self._judged(trial, run)
        self._exploration.attempts.append(attempted)
        self._tell(self._exploration, attempted)
        return _asked_again(attempted)

    def _judged(self, trial: Trial, run: ClientRun) -> Attempted:
        rules = tuple(
            verdict.rule for verdict in run.judgement.fails(run.fail_on) if verdict.rule not in self._calm_rules
        )
        if run.result == "not judged":
            return Attempted(trial, run, "could not be judged")
        if rules or run.complaints:
            return Attempted(trial, run, "broken", rules)
        struck = not trial.fault or any(trial.fault in request.faults for request in run.judgement.history.requests)
        return Attempted(trial, run, "held" if struck else "not struck")


def _asked_again(attempted: Attempted) -> bool:
    """Whether the client made a further request on the route after the trouble had struck there for the first time."""
    trial = attempted.trial
    return not trial.fault or _count_on(attempted.run.judgement.history, trial.on) > trial.nth


def _count_on(history: History, on: str) -> int:
    return sum(route.on == on for request in history.requests if (route := ROUTES.get(request.route)))
