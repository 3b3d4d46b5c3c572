"""One page that shows it all: self-contained, without a script, with a picture for each scenario."""

from collections.abc import Iterator
from html import escape

from fakeseed.judge.client_run import ClientRun, describe_ending
from fakeseed.judge.evaluate import Judgement
from fakeseed.judge.queries.formatting import entry_line, entry_lines
from fakeseed.judge.registry import known_rules
from fakeseed.judge.reports.exports import SHOWN
from fakeseed.judge.reports.summary import clocks, exercised_rules, summary_of
from fakeseed.judge.reports.timeline_chart import timeline_chart
from fakeseed.judge.rule import Outcome, Verdict

LINES = 400
"""Journal lines that are shown for a scenario."""

STYLE = """
:root{color-scheme:light dark;--fg:#1c2430;--dim:#667085;--bg:#fff;--soft:#f3f5f8;--line:#d9dee6;--good:#2e9e5b;
--bad:#d3382c;--no:#e08a00;--work:#3d7edb;--wait:#b8c1cf;--ring:#d3382c}
@media(prefers-color-scheme:dark){:root{--fg:#e6eaf0;--dim:#98a3b3;--bg:#14181f;--soft:#1d232c;--line:#333c49;
--wait:#55606f}}
body{margin:0 auto;max-width:1280px;padding:24px;overflow-wrap:anywhere;background:var(--bg);color:var(--fg);
font:15px/1.5 system-ui,sans-serif}
h1{font-size:24px;margin:0 0 4px}h2{font-size:18px;margin:32px 0 8px}
.dim{color:var(--dim)}.broken{color:var(--bad);font-weight:600}.held{color:var(--good)}.advice{color:var(--no)}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:13px}
th,td{border-bottom:1px solid var(--line);padding:3px 6px;text-align:center}
th:first-child,td:first-child,td:last-child{text-align:left;white-space:nowrap}
td a,th a{color:inherit;text-decoration:none}
ol.rules{columns:3 260px;font-size:13px;padding-left:28px}
details{border:1px solid var(--line);border-radius:8px;padding:10px 14px;margin:12px 0}summary{cursor:pointer}
pre{background:var(--soft);padding:10px;border-radius:6px;overflow-x:auto;font-size:12.5px;line-height:1.45}
.case{border-left:3px solid var(--bad);padding-left:12px;margin:14px 0}.case.small{border-color:var(--no)}
svg{display:block}svg text{font:11px system-ui,sans-serif;fill:var(--dim)}svg .name{text-anchor:end}
svg .state{fill:#fff}svg .mark{fill:var(--bad);text-anchor:middle;font-weight:600}svg .tick{text-anchor:middle}
svg .grid{stroke:var(--line)}svg .ok{fill:var(--work)}svg .no{fill:var(--no)}svg .bad{fill:var(--bad)}
svg .lost{fill:var(--bg);stroke:var(--bad);stroke-width:2}svg .ring{fill:none;stroke:var(--ring);stroke-width:2}
@media(max-width:640px){body{padding:12px}ol.rules{columns:1}details{padding:8px 10px}}
svg .wait{fill:var(--wait)}svg .work{fill:var(--work)}svg .good{fill:var(--good)}
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html_report(trials: list[ClientRun], command: str) -> str:
    """The page of these trials."""
    summary = summary_of(trials)
    kind = "held" if summary.exit_code == 0 else "broken"
    return "\n".join(
        [
            '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">',
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">',
            f"<title>fakeseed judge</title><style>{STYLE}</style></head><body>",
            f'<h1>Is this client correct? <span class="{kind}">{escape(summary.sentences()[0])}</span></h1>',
            f'<p class="dim"><code>{escape(command)}</code></p>',
            *(f'<p class="dim">{escape(sentence)}.</p>' for sentence in summary.sentences()[1:]),
            *_matrix(trials),
            *(part for index, trial in enumerate(trials) for part in _trial(trial, index)),
            "</body></html>",
        ]
    )


def _matrix(trials: list[ClientRun]) -> Iterator[str]:
    rules = exercised_rules(trials)
    heads = "".join(f'<th title="{rule}">{number}</th>' for number, rule in enumerate(rules, 1))
    yield f'<div class="wide"><table id="matrix"><thead><tr><th>scenario</th>{heads}<th>ended</th></tr></thead><tbody>'
    for index, trial in enumerate(trials):
        cells = "".join(_cell(trial.judgement[rule], index) for rule in rules)
        name = f'<a href="#trial-{index}">{escape(trial.name)}</a>'
        yield f"<tr><td>{name}</td>{cells}<td>{escape(_result(trial))}</td></tr>"
    yield "</tbody></table></div>"
    names = "".join(f'<li title="{escape(known_rules()[rule].statement)}">{rule}</li>' for rule in rules)
    silent = len(known_rules()) - len(rules)
    yield f'<ol class="rules">{names}</ol>'
    yield f'<p class="dim">✓ held, ✗ broken, ! advice not followed, a allowed, · not exercised; {silent} more rules '
    yield "were never put to the test. In the pictures: a small dot is a get, a large one anything else; blue was "
    yield "answered well, orange with 4xx, red with 5xx, a hollow one was lost; a ring is evidence.</p>"
    yield from (f'<p class="dim">{escape(sentence)}.</p>' for sentence in clocks(trials))


SIGNS: dict[Outcome, str] = {"held": "✓", "broken": "✗", "allowed": "a", "not exercised": "·"}
"""Outcome -> its sign in the matrix."""
ADVICE = "!"
"""The sign of advice that was not followed."""


def sign(verdict: Verdict) -> str:
    """A verdict in one character."""
    return ADVICE if (verdict.outcome, verdict.severity) == ("broken", "advice") else SIGNS[verdict.outcome]


def _cell(verdict: Verdict, index: int) -> str:
    kind = {"broken": "advice" if verdict.severity == "advice" else "broken", "held": "held"}.get(
        verdict.outcome, "dim"
    )
    title = f"{verdict.rule}: {verdict.outcome}"
    return f'<td class="{kind}" title="{title}"><a href="#trial-{index}">{sign(verdict)}</a></td>'


def _trial(trial: ClientRun, index: int) -> Iterator[str]:
    judgement = trial.judgement
    broken = [] if trial.unjudged else judgement.broken
    marked = {number for verdict in broken for case in verdict.broken for number in case.entries}
    opened = " open" if broken or not trial.passed or index == 0 else ""
    yield f'<details id="trial-{index}"{opened}><summary><b>{escape(trial.name)}</b>: {escape(trial.title)} '
    yield f'<span class="dim">{escape(_result(trial))}; {escape(judgement.count())}</span></summary>'
    remarks = [trial.unjudged and f"could not be judged: {trial.unjudged}", *trial.complaints, trial.diagnosis]
    yield from (f'<p class="broken">{escape(remark)}</p>' for remark in remarks if remark)
    yield f'<div class="wide picture">{timeline_chart(judgement.history, marked)}</div>'
    for verdict in broken:
        yield from _case(verdict, judgement)
    if trial.refused_hosts:
        yield f"<p>Not let through:</p><pre>{escape(chr(10).join(trial.refused_hosts))}</pre>"
    yield from _folded("journal", [entry_line(entry) for entry in judgement.history.entries], LINES)
    output = trial.output[-SHOWN:].strip()
    if output:
        yield f"<details><summary>output</summary><pre>{escape(output)}</pre></details>"
    yield "</details>"


def _result(trial: ClientRun) -> str:
    """How it ended, and whether the trouble of the scenario struck."""
    struck = "the trouble never struck; " if trial.struck is False else ""
    return f"{struck}{describe_ending(trial.ending)}"


def _case(verdict: Verdict, judgement: Judgement) -> Iterator[str]:
    rule = known_rules()[verdict.rule]
    small = " small" if verdict.severity == "advice" else ""
    yield f'<div class="case{small}"><b>{verdict.rule}</b> ({verdict.severity}): {escape(rule.statement)}'
    for case in verdict.broken[:3]:
        excerpt = "\n".join(entry_lines(judgement.history, case.entries))
        yield f"<p>{escape(case.statement)}</p><pre>{escape(excerpt)}</pre>"
    yield f'<p class="dim">{escape(rule.rationale)} <a href="{escape(rule.source)}" rel="noreferrer">source</a>. '
    yield f"Exception (<code>--allow {verdict.rule}</code>): {escape(rule.exception)}</p></div>"


def _folded(name: str, rows: list[str], most: int) -> Iterator[str]:
    remainder = f"\n... and {len(rows) - most} more" if len(rows) > most else ""
    yield f"<details><summary>{name}, {len(rows)} lines</summary>"
    yield f"<pre>{escape(chr(10).join(rows[:most]))}{remainder}</pre></details>"
