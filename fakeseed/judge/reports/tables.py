"""What came of trials: a table for people, JUnit for CI servers, JSON for scripts."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import msgspec

from fakeseed.judge.evaluate import explained, verdict_view
from fakeseed.judge.registry import known_rules
from fakeseed.judge.rule import Outcome, Severity, Verdict
from fakeseed.judge.run import ClientRun, describe_ending

SIGNS: dict[Outcome, str] = {"held": "✓", "broken": "✗", "allowed": "a", "not exercised": "·"}
"""Outcome -> its sign in a table."""
ADVICE = "!"
"""The sign of advice that was not followed."""
SHOWN = 2000
"""Characters of a program's output that a report shows, the last ones."""
_CONTROL = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def sign(verdict: Verdict) -> str:
    """A verdict in one character."""
    return ADVICE if (verdict.outcome, verdict.severity) == ("broken", "advice") else SIGNS[verdict.outcome]


def put_to_the_test(trials: list[ClientRun]) -> list[str]:
    """The rules that at least one trial put to the test."""
    return [rule for rule in known_rules() if any(trial.judgement[rule].outcome != "not exercised" for trial in trials)]


def table(trials: list[ClientRun]) -> str:
    """Scenarios down, rules across; what the columns are stands below."""
    rules = put_to_the_test(trials)
    width = max([len("scenario"), *(len(trial.name) for trial in trials)])
    rows = [f"{'scenario':{width}}  {' '.join(f'{number:>2}' for number in range(1, len(rules) + 1))}"]
    for trial in trials:
        cells = " ".join(f"{sign(trial.judgement[rule]):>2}" for rule in rules)
        rows.append(f"{trial.name:{width}}  {cells}  {describe_ending(trial.ending)}")
    names = [f"{number:>2} {rule}" for number, rule in enumerate(rules, 1)]
    signs = "✓ held  ✗ broken  ! advice not followed  a allowed  · not exercised"
    silent = len(known_rules()) - len(rules)
    tail = f"{signs}; {silent} of {len(known_rules())} rules were never put to the test"
    return "\n".join([*rows, "", *_columns(names), "", tail, *clocks(trials)])


def clocks(trials: list[ClientRun]) -> list[str]:
    """How the program's own clock went beside the world's, where the world's ran ahead of real time."""
    ahead = [trial for trial in trials if trial.started and trial.rate != 1]
    if not ahead:
        return []
    rate = f"{ahead[0].rate:g}"
    if all(trial.faketime for trial in ahead):
        return [f"world time ran {rate} times as fast, and by libfaketime so did the program's own clock"]
    return [
        f"world time ran {rate} times as fast; libfaketime was not used, so the program slept in real seconds, and "
        "intervals are judged in those"
    ]


def _columns(names: list[str], across: int = 3) -> Iterator[str]:
    width = max([0, *map(len, names)])
    rows = -(-len(names) // across)
    for row in range(rows):
        yield "  ".join(f"{name:{width}}" for name in names[row::rows]).rstrip()


def evidence(trials: list[ClientRun], least: Severity = "advice") -> Iterator[str]:
    """What broke in each scenario, with the journal's lines."""
    for trial in trials:
        broken = trial.judgement.fails(least)
        stopped = trial.ending is not None and trial.ending.how == "timed out"
        if broken or trial.spoke_to or stopped or not trial.passed:
            yield f"\n{trial.name}: {trial.title}; {describe_ending(trial.ending)}"
        for verdict in broken:
            yield from (f"  {text}" for text in explained(verdict, trial.judgement.history))
        yield from (f"  not let through: {text}" for text in trial.spoke_to)
        if not trial.started:
            yield "  the command could not be run, so nothing was judged"
        elif stopped:
            yield "  it was stopped, and judged by what it had done; give it more with --timeout, or a higher --rate"


def as_json(trials: list[ClientRun]) -> bytes:
    """Trials for scripts."""
    views = [
        {
            "scenario": trial.name,
            "title": trial.title,
            "passed": trial.passed,
            "ending": {**msgspec.to_builtins(trial.ending), "text": trial.output[-SHOWN:]} if trial.ending else None,
            "not_let_through": trial.spoke_to,
            "rate": trial.rate,
            "faketime": trial.faketime,
            "requests": len(trial.judgement.history.requests),
            "verdicts": [
                verdict_view(verdict, trial.judgement.history) for verdict in trial.judgement.verdicts.values()
            ],
        }
        for trial in trials
    ]
    return msgspec.json.format(msgspec.json.encode(views), indent=2)


def as_junit(trials: list[ClientRun]) -> bytes:
    """Trials for CI servers: a suite for each scenario, a case for each rule, skipped where it was not exercised."""
    root = ElementTree.Element("testsuites", name="fakeseed judge")
    for trial in trials:
        verdicts = trial.judgement.verdicts
        failing = {verdict.rule for verdict in trial.judgement.fails(trial.fail_on)}
        suite = ElementTree.SubElement(root, "testsuite", name=trial.name)
        suite.set("time", f"{trial.ending.seconds if trial.ending else 0:.3f}")
        errors = int(not trial.started)
        suite.set("tests", str(len(verdicts) + errors))
        suite.set("failures", str(len(failing)))
        suite.set("errors", str(errors))
        suite.set("skipped", str(len(trial.judgement.outcome("not exercised"))))
        if errors:
            start = ElementTree.SubElement(suite, "testcase", classname=trial.name, name="start")
            ElementTree.SubElement(start, "error", message=describe_ending(trial.ending))
        for verdict in verdicts.values():
            _junit_case(suite, trial, verdict, verdict.rule in failing)
        ElementTree.SubElement(suite, "system-out").text = _clean(trial.output[-SHOWN:])
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _junit_case(suite: ElementTree.Element, trial: ClientRun, verdict: Verdict, failing: bool) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=trial.name, name=verdict.rule)
    text = "\n".join(explained(verdict, trial.judgement.history)) if verdict.broken else ""
    if failing:
        failure = ElementTree.SubElement(case, "failure", message=_clean(verdict.broken[0].statement))
        failure.text = _clean(text)
    elif verdict.outcome == "not exercised":
        ElementTree.SubElement(case, "skipped", message="not exercised")
    elif text:
        ElementTree.SubElement(case, "system-out").text = _clean(f"{verdict.outcome}\n{text}")


def _clean(text: str) -> str:
    """Text without characters that XML cannot hold."""
    return _CONTROL.sub("�", text)
