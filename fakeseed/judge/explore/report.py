"""What an exploration tells: what it found, with evidence, and how much was tried."""

from collections.abc import Iterator
from typing import Any

from fakeseed.judge.evaluate import explained, verdict_view
from fakeseed.judge.explore.search import Attempted, Exploration
from fakeseed.judge.reports.terminal import terminal_width, wrapped

MORE_TRIALS = 3
"""Further trials that show the same, named beside a finding."""


def exploration_report(exploration: Exploration, width: int | None = None) -> str:
    """For a terminal."""
    columns = width or terminal_width()
    lines: list[str] = []
    if exploration.calm.result != "held":
        return "not explored: the client does not hold in a world where nothing goes wrong"
    for finding in exploration.findings:
        lines += ["", *_finding_lines(finding, exploration, columns)]
    return "\n".join([*lines, "", *(part for line in _figures(exploration) for part in wrapped(line, columns))])


def _finding_lines(finding: Attempted, exploration: Exploration, width: int) -> Iterator[str]:
    yield from wrapped(f"✗ {finding.trial.name}", width)
    for complaint in finding.run.complaints:
        yield from wrapped(f"  {complaint}", width, "  ")
    judgement = finding.run.judgement
    for verdict in judgement.fails(finding.run.fail_on):
        if verdict.rule in finding.rules:
            for line in explained(verdict, judgement.history, cases=1):
                yield from wrapped(f"  {line}", width, "    ")
    others = [
        attempt.trial.name
        for attempt in exploration.attempts
        if attempt is not finding and set(attempt.problems) & set(finding.problems)
    ]
    if others:
        ending = f", and {len(others) - MORE_TRIALS} more" if len(others) > MORE_TRIALS else ""
        yield from wrapped(f"  also: {'; '.join(others[:MORE_TRIALS])}{ending}", width, "    ")


def _figures(exploration: Exploration) -> Iterator[str]:
    outcomes = [attempt.outcome for attempt in exploration.attempts]
    broken = sum(outcome == "broken" for outcome in outcomes)
    yield (
        f"{len(outcomes)} trials: {outcomes.count('held')} held, {broken} broken "
        f"({len(exploration.findings)} different), {outcomes.count('not struck')} whose trouble never struck, "
        f"{outcomes.count('could not be judged')} that could not be judged"
    )
    yield f"{exploration.pruned} more would have been equal to these, {exploration.left} were not reached"


def exploration_view(exploration: Exploration) -> dict[str, Any]:
    """For scripts."""
    return {
        "held": exploration.held,
        "calm": exploration.calm.result,
        "trials": len(exploration.attempts),
        "pruned": exploration.pruned,
        "left": exploration.left,
        "never_struck": [trial.name for trial in exploration.not_struck],
        "findings": [_finding_view(finding) for finding in exploration.findings],
    }


def _finding_view(finding: Attempted) -> dict[str, Any]:
    judgement = finding.run.judgement
    verdicts = [judgement[rule] for rule in finding.rules]
    return {
        "trial": finding.trial.name,
        "fault": finding.trial.fault,
        "problems": finding.problems,
        "rules": [verdict_view(verdict, judgement.history) for verdict in verdicts],
    }
