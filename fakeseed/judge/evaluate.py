"""Judging a journal: every rule, its verdict, and the lines that show what was broken."""

from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from fakeseed.judge.entries import Ending
from fakeseed.judge.history import History
from fakeseed.judge.journal_reader import read
from fakeseed.judge.queries.formatting import entry_lines
from fakeseed.judge.registry import known_rules, rule_ids
from fakeseed.judge.rule import SEVERITIES, Outcome, Rule, Severity, Verdict

FAILS_ON: Severity = "warning"
"""The least severity that makes a judgement bad, unless one says otherwise."""


class Judgement(msgspec.Struct, frozen=True):
    """All verdicts by rule, and the evidence that they rest on."""

    verdicts: dict[str, Verdict]
    history: History

    def __repr__(self) -> str:
        return f"<Judgement: {self.count()}>"

    def __getitem__(self, rule: str) -> Verdict:
        return self.verdicts[rule]

    def outcome(self, *outcomes: Outcome) -> list[str]:
        """The rules with one of these outcomes."""
        return [name for name, verdict in self.verdicts.items() if verdict.outcome in outcomes]

    @property
    def broken(self) -> list[Verdict]:
        """What was broken, the worst first."""
        verdicts = [verdict for verdict in self.verdicts.values() if verdict.outcome == "broken"]
        return sorted(verdicts, key=lambda verdict: SEVERITIES.index(verdict.severity))

    def fails(self, on: Severity = FAILS_ON) -> list[Verdict]:
        """What was broken of this severity or a worse one."""
        worst = SEVERITIES[: SEVERITIES.index(on) + 1]
        return [verdict for verdict in self.broken if verdict.severity in worst]

    @property
    def ok(self) -> bool:
        """Whether no rule was broken, advice apart."""
        return not self.fails()

    def text(self) -> str:
        """What was broken, with its evidence, and a count of the rest."""
        parts = [*(part for verdict in self.broken for part in explained(verdict, self.history)), self.count()]
        return "\n".join(parts)

    def count(self) -> str:
        """One line: how many rules had which outcome."""
        outcomes: tuple[Outcome, ...] = ("held", "broken", "allowed", "not exercised")
        counts = {outcome: len(self.outcome(outcome)) for outcome in outcomes}
        return ", ".join(f"{number} {outcome}" for outcome, number in counts.items() if number)


def explained(verdict: Verdict, history: History, cases: int = 3) -> Iterator[str]:
    """A broken rule: what it says, why it is there, each case with its lines, and how to allow it."""
    rule = known_rules()[verdict.rule]
    yield f"{verdict.rule} ({verdict.severity}): {rule.statement}"
    for case in verdict.broken[:cases]:
        yield f"  {case.statement}"
        yield from (f"    {text}" for text in entry_lines(history, case.entries))
    if len(verdict.broken) > cases:
        yield f"  ... and {len(verdict.broken) - cases} times more"
    yield f"  why: {rule.rationale}"
    yield f"  exception (--allow {verdict.rule}): {rule.exception}"


def judge(
    journal: object, *, allow: Iterable[str] = (), rate: float | None = 1.0, ending: Ending | None = None
) -> Judgement:
    """Judge what a client did by what the server saw of it.

    ``journal``: the answer of ``GET /_fakeseed/journal``, its entries, its JSON, or a file with it (a Path). ``allow``:
    rules or areas whose breaking is shown and not held against it. ``rate``: world seconds in a second of the client's
    own time, for rules about intervals; None when that is not known. ``ending``: how the client ended.

    Raises UsageError.
    """
    history = journal if isinstance(journal, History) else read(journal, ending, rate)
    allowed = set(rule_ids([*allow]))
    return Judgement(
        {name: _verdict(name, rule, history, name in allowed) for name, rule in known_rules().items()}, history
    )


def _verdict(name: str, rule: Rule, history: History, allowed: bool) -> Verdict:
    cases = rule.cases(history)
    broken = tuple(case for case in cases if not case.ok)
    outcome: Outcome = "held" if cases else "not exercised"
    if broken:
        outcome = "allowed" if allowed else "broken"
    return Verdict(name, rule.severity, outcome, len(cases), broken)


def verdict_view(verdict: Verdict, history: History) -> dict[str, Any]:
    """A verdict for scripts."""
    cases = [
        {"says": case.statement, "lines": case.entries, "shown": entry_lines(history, case.entries)}
        for case in verdict.broken[:20]
    ]
    return {
        "rule": verdict.rule,
        "severity": verdict.severity,
        "outcome": verdict.outcome,
        "tests": verdict.tests,
        "times_broken": len(verdict.broken),
        "cases": cases,
    }
