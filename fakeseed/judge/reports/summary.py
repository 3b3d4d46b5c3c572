"""What all runs together came to, in numbers: how many held, where trouble struck, which rules were exercised."""

from collections import Counter
from collections.abc import Sequence

import msgspec

from fakeseed.judge.client_clock import ClientClock
from fakeseed.judge.client_run import ClientRun
from fakeseed.judge.registry import AREAS, known_rules, rule_ids

CLOCKS: dict[ClientClock, str] = {
    "virtual": "virtual time: the program's waiting moved its world's clock, and nothing else did",
    "faketime": "libfaketime: the program's clock and its world's ran {rate} times as fast; the world's stood while a "
    "request was answered. The program did not load what makes its waiting move the world",
    "real": "real time: the program did not load what makes its waiting move the world, and libfaketime is not "
    "installed; --pace fast shortens what it waits for, --timeout gives it longer",
}
"""By whose clock programs waited, as reports say it."""


class Summary(msgspec.Struct, frozen=True):
    """Figures of all runs. ``missing``: required rules that no run exercised."""

    held: int
    broken: int
    not_judged: int
    struck: int
    with_trouble: int
    wasted: tuple[str, ...]
    exercised: int
    rules: int
    silent_areas: tuple[str, ...]
    missing: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 when something could not be judged, 1 when something was broken or required and missing, else 0."""
        return 2 if self.not_judged else int(bool(self.broken or self.missing))

    def sentences(self) -> list[str]:
        """The figures in words."""
        counts = [
            (self.held, "held in"),
            (self.broken, "broken in"),
            (self.not_judged, "could not be judged in"),
        ]
        results = ", ".join(f"{verb} {scenarios(count)}" for count, verb in counts if count) or "nothing was tried"
        sentences = [results]
        if self.with_trouble:
            sentences.append(f"the trouble struck in {self.struck} of {scenarios(self.with_trouble)} that have some")
        if self.wasted:
            sentences.append(f"wasted, as their trouble never struck: {', '.join(self.wasted)}")
        silent = f"; none in: {', '.join(self.silent_areas)}" if self.silent_areas else ""
        sentences.append(f"{self.exercised} of {self.rules} rules were put to the test{silent}")
        if self.missing:
            sentences.append(f"required and never put to the test: {', '.join(self.missing)}")
        return sentences


def scenarios(count: int) -> str:
    """``1 scenario``, ``2 scenarios``."""
    return f"{count} scenario{'' if count == 1 else 's'}"


def summary_of(runs: Sequence[ClientRun], required: Sequence[str] = ()) -> Summary:
    """The figures of these runs. ``required``: rules and areas that have to be exercised. Raises UsageError."""
    results = Counter(run.result for run in runs)
    judged = [run for run in runs if run.result != "not judged"]
    exercised = set(exercised_rules(judged))
    with_trouble = [run for run in judged if run.struck is not None]
    areas = {rule.partition("/")[0] for rule in exercised}
    missing = [name for name in required if not exercised & set(rule_ids([name]))]
    return Summary(
        results["held"],
        results["broken"],
        results["not judged"],
        sum(bool(run.struck) for run in with_trouble),
        len(with_trouble),
        tuple(run.name for run in with_trouble if not run.struck),
        len(exercised),
        len(known_rules()),
        tuple(area for area in AREAS if area not in areas),
        tuple(missing),
    )


def exercised_rules(runs: Sequence[ClientRun]) -> list[str]:
    """The rules that at least one run put to the test."""
    return [rule for rule in known_rules() if any(run.judgement[rule].outcome != "not exercised" for run in runs)]


def clocks(runs: Sequence[ClientRun]) -> list[str]:
    """By whose clock the program waited."""
    rates = {run.clock: f"{run.rate:g}" for run in runs if run.started and run.ending is not None}
    return [CLOCKS[clock].format(rate=rate) for clock, rate in rates.items()]
