"""What a rule is: a sentence about clients, why it is there, and a function that finds where it was put to the test."""

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec

from fakeseed.judge.entries import Entry
from fakeseed.judge.history import History

Severity = Literal["error", "warning", "advice"]
"""``error``: money or a video is lost. ``warning``: it goes well by luck. ``advice``: there is a better way."""
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "advice")
RetryKind = Literal["if", "when", "how often", "how"]
"""What a rule about retries is about, by the kinds of Wasabi (SOSP 2024): whether an error is worth a retry, the pause
before it, how many there are, and whether state and side effects survive it.
"""
RETRY_KINDS: tuple[RetryKind, ...] = ("if", "when", "how often", "how")
Outcome = Literal["held", "broken", "allowed", "not exercised"]


class RuleCase(msgspec.Struct, frozen=True):
    """One time that a rule was put to the test: whether it held, and the journal lines that show it."""

    ok: bool
    statement: str
    entries: tuple[int, ...]


def held(*entries: Entry) -> RuleCase:
    """It held here."""
    return RuleCase(True, "", tuple(entry.seq for entry in entries))


def broken(statement: str, *entries: Entry) -> RuleCase:
    """It was broken here."""
    return RuleCase(False, statement, tuple(entry.seq for entry in entries))


def case(ok: bool, statement: str, *entries: Entry) -> RuleCase:
    """It held here, or what is to be said when it did not."""
    return held(*entries) if ok else broken(statement, *entries)


Judge = Callable[[History], Iterator[RuleCase]]


class Rule(msgspec.Struct, frozen=True):
    """One rule.

    ``evidence`` says what puts it to the test, ``exception`` when to allow one. ``timed``: it counts the client's own
    seconds; ``needs_ending``: it looks at how the client ended; ``retry``: what it says about retries, if anything.
    """

    statement: str
    rationale: str
    source: str
    severity: Severity
    evidence: str
    exception: str
    judge: Judge
    timed: bool = False
    needs_ending: bool = False
    retry: RetryKind | None = None

    def cases(self, history: History) -> list[RuleCase]:
        """Every time that it was put to the test; none where what it looks at is not known."""
        if (self.timed and history.rate is None) or (self.needs_ending and history.ending is None):
            return []
        return list(self.judge(history))


def rule(
    statement: str,
    *,
    rationale: str,
    source: str,
    severity: Severity,
    evidence: str,
    exception: str,
    timed: bool = False,
    needs_ending: bool = False,
    retry: RetryKind | None = None,
) -> Callable[[Judge], Rule]:
    """Make a function that finds a rule's cases into the rule."""

    def made(judge: Judge) -> Rule:
        return Rule(statement, rationale, source, severity, evidence, exception, judge, timed, needs_ending, retry)

    return made


class Verdict(msgspec.Struct, frozen=True):
    """What became of one rule: how often it was put to the test, and the cases that broke it."""

    rule: str
    severity: Severity
    outcome: Outcome
    tests: int = 0
    broken: tuple[RuleCase, ...] = ()
