"""The report for a terminal, from 80 columns on: a row for each scenario, then what broke, then the figures."""

import shutil
import textwrap
from collections.abc import Iterator, Sequence

from fakeseed.judge.client_run import CALM, ClientRun, describe_ending
from fakeseed.judge.evaluate import explained
from fakeseed.judge.reports.summary import Summary, clocks
from fakeseed.judge.rule import Severity

NARROWEST, WIDEST = 60, 120
SHOWN_LINES = 12
"""Lines of a program's output that are shown where it could not be judged or ended badly, the last ones."""
STRUCK_NEVER = "-"
SIGNS = {"held": "✓", "broken": "✗", "not judged": "?"}
"""Result -> its sign."""


def terminal_width() -> int:
    """Columns to write in: the terminal's, within what reads well; 100 where there is none."""
    return min(max(shutil.get_terminal_size((100, 24)).columns, NARROWEST), WIDEST)


def report(runs: Sequence[ClientRun], summary: Summary, width: int | None = None) -> str:
    """All of it. A client that fails where nothing goes wrong is told first of all."""
    columns = width or terminal_width()
    first = sorted(runs, key=lambda run: not (run.name == CALM and run.result != "held"))
    parts = [*rows(runs, columns), "", legend(columns)]
    for run in first:
        parts += evidence(run, columns)
    parts.append("")
    for sentence in (*clocks(runs), *summary.sentences()):
        parts += wrapped(sentence, columns)
    return "\n".join(parts)


def sign(run: ClientRun) -> str:
    """A run in one character."""
    return STRUCK_NEVER if run.result == "held" and run.struck is False else SIGNS[run.result]


def legend(width: int) -> str:
    """What the signs mean."""
    meanings = "✓ held   ✗ broken   ? could not be judged   - the trouble of the scenario never struck"
    return "\n".join(wrapped(meanings, width))


def rows(runs: Sequence[ClientRun], width: int) -> Iterator[str]:
    """A row for each scenario."""
    longest = max([0, *(len(run.name) for run in runs)])
    for run in runs:
        yield from wrapped(f"{sign(run)} {run.name:{longest}}  {_outcome(run)}", width, " " * (longest + 4))


def _outcome(run: ClientRun) -> str:
    ending = describe_ending(run.ending)
    if run.result == "not judged":
        return f"could not be judged; {ending}"
    judgement = run.judgement
    advice = sum(verdict.severity == "advice" for verdict in judgement.broken)
    counts = {
        "held": len(judgement.outcome("held")),
        "broken": len(judgement.broken) - advice,
        "allowed": len(judgement.outcome("allowed")),
        "advice": advice,
    }
    figures = ", ".join(f"{number} {name}" for name, number in counts.items() if number or name == "held")
    struck = "the trouble never struck; " if run.struck is False else ""
    return f"{struck}{figures}; {ending}"


def evidence(run: ClientRun, width: int, least: Severity = "advice") -> Iterator[str]:
    """What there is to say of one run: why it could not be judged, how it ended, what broke, with journal lines."""
    broken = [] if run.unjudged else run.judgement.fails(least)
    if not (broken or run.refused_hosts or run.result != "held"):
        return
    yield ""
    yield from wrapped(f"{run.name}: {run.title}; {describe_ending(run.ending)}", width)
    for sentence in _remarks(run):
        yield from wrapped(f"  {sentence}", width, "    ")
    for verdict in broken:
        for line in explained(verdict, run.judgement.history):
            indent = len(line) - len(line.lstrip())
            yield from wrapped(f"  {line}", width, " " * (indent + 4))
    for host in run.refused_hosts:
        yield from wrapped(f"  not let through: {host}", width, "    ")
    if run.result == "not judged" or run.complaints:
        yield from _output(run, width)


def _remarks(run: ClientRun) -> Iterator[str]:
    if run.unjudged:
        yield f"could not be judged: {run.unjudged}"
        if run.variables:
            yield f"it was given its address and key as {', '.join(run.variables)}"
        if run.other_keys:
            yield f"keys that came: {', '.join(run.other_keys)}; --intercept takes any key into the judged world"
    yield from run.complaints
    if run.diagnosis:
        yield run.diagnosis


def _output(run: ClientRun, width: int) -> Iterator[str]:
    lines = run.output.strip().splitlines()[-SHOWN_LINES:]
    yield "  the end of its output:" if lines else "  it wrote nothing"
    for line in lines:
        printable = "".join(char if char.isprintable() else "�" for char in line.expandtabs(4))
        yield f"    {printable[: width - 4]}"


def wrapped(text: str, width: int, indent: str = "  ") -> list[str]:
    """A line, broken between words where it is longer than the terminal is wide."""
    return textwrap.wrap(
        text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=True, drop_whitespace=True
    ) or [""]
