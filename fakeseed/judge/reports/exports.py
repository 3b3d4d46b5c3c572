"""Runs for programs: JUnit for CI servers, JSON for scripts."""

from collections.abc import Sequence
from typing import Any

import msgspec

from fakeseed.judge.client_run import ClientRun, describe_ending
from fakeseed.judge.evaluate import explained, verdict_view
from fakeseed.judge.rule import Verdict
from fakeseed.junit import TestCase, TestSuite, junit_xml

SHOWN = 2000
"""Characters of a program's output that a report shows, the last ones."""
END = "end"
"""The JUnit case for how the client ended, beside those for rules."""


def as_json(runs: Sequence[ClientRun]) -> bytes:
    """Runs for scripts; ``passed`` is null where the client could not be judged."""
    return msgspec.json.format(msgspec.json.encode([*map(_view, runs)]), indent=2)


def _view(run: ClientRun) -> dict[str, Any]:
    history = run.judgement.history
    return {
        "scenario": run.name,
        "title": run.title,
        "passed": run.passed,
        "result": run.result,
        "reason": run.unjudged or None,
        "complaints": run.complaints,
        "diagnosis": run.diagnosis or None,
        "struck": run.struck,
        "ending": {**msgspec.to_builtins(run.ending), "text": run.output[-SHOWN:]} if run.ending else None,
        "not_let_through": run.refused_hosts,
        "other_keys": run.other_keys,
        "rate": run.rate,
        "clock": run.clock,
        "requests": len(history.requests),
        "verdicts": [verdict_view(verdict, history) for verdict in run.judgement.verdicts.values()],
    }


def as_junit(runs: Sequence[ClientRun]) -> bytes:
    """Runs for CI servers: a suite for each scenario, a case for its end and one for each rule.

    A rule that was not exercised is skipped. A client that could not be judged is an error, and its rules are skipped.
    """
    return junit_xml(map(_suite, runs), "fakeseed judge")


def _suite(run: ClientRun) -> TestSuite:
    cases = [_end_case(run), *(_rule_case(run, verdict) for verdict in run.judgement.verdicts.values())]
    return TestSuite(run.name, tuple(cases), run.ending.seconds if run.ending else 0, run.output[-SHOWN:])


def _end_case(run: ClientRun) -> TestCase:
    if run.unjudged:
        return TestCase(run.name, END, "error", f"could not be judged: {run.unjudged}")
    if run.complaints:
        text = "\n".join(filter(None, [describe_ending(run.ending), run.diagnosis]))
        return TestCase(run.name, END, "failure", "; ".join(run.complaints), text)
    return TestCase(run.name, END)


def _rule_case(run: ClientRun, verdict: Verdict) -> TestCase:
    if run.unjudged or verdict.outcome == "not exercised":
        return TestCase(run.name, verdict.rule, "skipped", "not judged" if run.unjudged else "not exercised")
    text = "\n".join(explained(verdict, run.judgement.history)) if verdict.broken else ""
    if verdict in run.judgement.fails(run.fail_on):
        return TestCase(run.name, verdict.rule, "failure", verdict.broken[0].statement, text)
    return TestCase(run.name, verdict.rule, text=f"{verdict.outcome}\n{text}" if text else "")
