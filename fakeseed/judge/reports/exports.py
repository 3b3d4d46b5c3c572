"""Runs for programs: JUnit for CI servers, JSON for scripts."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

import msgspec

from fakeseed.judge.client_run import ClientRun, describe_ending
from fakeseed.judge.evaluate import explained, verdict_view
from fakeseed.judge.rule import Verdict

SHOWN = 2000
"""Characters of a program's output that a report shows, the last ones."""
END = "end"
"""The JUnit case for how the client ended, beside those for rules."""
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


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
    root = ElementTree.Element("testsuites", name="fakeseed judge")
    for run in runs:
        suite = ElementTree.SubElement(root, "testsuite", name=run.name)
        suite.set("time", f"{run.ending.seconds if run.ending else 0:.3f}")
        cases = [_end_case(run), *(_rule_case(run, verdict) for verdict in run.judgement.verdicts.values())]
        suite.extend(cases)
        suite.set("tests", str(len(cases)))
        for count, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(count, str(sum(case.find(element) is not None for case in cases)))
        ElementTree.SubElement(suite, "system-out").text = _clean(run.output[-SHOWN:])
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _end_case(run: ClientRun) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=run.name, name=END)
    if run.unjudged:
        ElementTree.SubElement(case, "error", message=_clean(f"could not be judged: {run.unjudged}"))
    elif run.complaints:
        failure = ElementTree.SubElement(case, "failure", message=_clean("; ".join(run.complaints)))
        failure.text = _clean("\n".join(filter(None, [describe_ending(run.ending), run.diagnosis])))
    return case


def _rule_case(run: ClientRun, verdict: Verdict) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=run.name, name=verdict.rule)
    text = _clean("\n".join(_evidence(run, verdict)))
    if run.unjudged or verdict.outcome == "not exercised":
        ElementTree.SubElement(case, "skipped", message="not judged" if run.unjudged else "not exercised")
    elif verdict in run.judgement.fails(run.fail_on):
        ElementTree.SubElement(case, "failure", message=_clean(verdict.broken[0].statement)).text = text
    elif text:
        ElementTree.SubElement(case, "system-out").text = f"{verdict.outcome}\n{text}"
    return case


def _evidence(run: ClientRun, verdict: Verdict) -> Iterator[str]:
    if verdict.broken:
        yield from explained(verdict, run.judgement.history)


def _clean(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return _CONTROL.sub("�", text)
