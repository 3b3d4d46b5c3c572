"""``fakeseed verify``."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fakeseed.catalogue import MARKS, load
from fakeseed.cli import signals
from fakeseed.cli.options import OUTPUT
from fakeseed.cli.progress import Bar
from fakeseed.cli.tables import show
from fakeseed.model.money import usd

if TYPE_CHECKING:
    from fakeseed.verify.run import VerifyResult

FILE = click.Path(dir_okay=False, path_type=Path)
RESULTS = ("held", "broken", "not reachable", "not run", "no check")


@click.command()
@click.option("--target", default="emulator", show_default=True, metavar="URL", help="Base URL; emulator starts one.")
@click.option(
    "--key", default="", help="API key; on a target with a control API, what keys of fresh worlds begin with."
)
@click.option(
    "--spend", default=0, type=click.IntRange(0), metavar="POINTS", help="Points a live target may be charged."
)
@click.option(
    "--profile", default="quick", show_default=True, type=click.Choice(["quick", "ci", "deep"]), help="How hard."
)
@click.option("--seed", type=int, help="Replay a run: the seed that it printed.")
@click.option("-k", "select", default="", metavar="WORDS", help="Only checks whose names match.")
@click.option("--all", "everything", is_flag=True, help="Show every behaviour, not only what broke.")
@click.option("--junit", type=OUTPUT, help="Write a JUnit file.")
@click.option("--json", "json_file", type=OUTPUT, help="Write the report by behaviour as JSON.")
@click.option("--evidence", type=OUTPUT, help="Write what was seen: statuses and shapes, dated.")
@click.option("--since", type=FILE, help="Say what has drifted since this evidence file.")
@click.option("--verbose", is_flag=True, help="Print what the suites printed.")
def command(
    target: str,
    key: str,
    spend: int,
    profile: str,
    seed: int | None,
    select: str,
    everything: bool,
    junit: Path | None,
    json_file: Path | None,
    evidence: Path | None,
    since: Path | None,
    verbose: bool,
) -> None:
    """Hold a base URL to the contracts. Exit 0: all held; 1: something broke; 2: it could not be judged.

    Against a target without the control API (the real service) nothing that needs it runs, and nothing spends points
    unless --spend allows it.
    """
    from fakeseed.verify.evidence import Recorder, drift, read
    from fakeseed.verify.run import VerifyOptions, run

    previous = read(since) if since else None
    recorder = Recorder()
    order = VerifyOptions(target=target, key=key, spend=spend, profile=profile, seed=seed, select=select, junit=junit)
    if target != "emulator":
        click.echo(f"{target}: may spend up to {spend:,} points (${usd(spend):.2f})", err=True)
    with signals.all_interrupt(), Bar(target) as bar:
        outcome = run(
            order, lambda completed, total, name: bar.update(completed, total, name.rpartition("::")[2]), (recorder,)
        )
    if verbose:
        click.echo(outcome.output)
    if not outcome.report.get("behaviours") or outcome.ended:
        _exit_not_judged(outcome)
    _write(json_file, outcome.report)
    _write(evidence, recorder.as_json(outcome.report))
    if previous is not None:
        show(("check", "", "seen"), drift(previous, recorder.calls))
    _print_tables(outcome, everything)
    counts = outcome.report["counts"]
    if counts["broken"] or outcome.code == 1:
        sys.exit(1)
    if not counts["held"]:
        click.echo("fakeseed: nothing was held, so nothing is shown; -k may have left no check to run", err=True)
    sys.exit(2 if outcome.code or not counts["held"] else 0)


def _exit_not_judged(outcome: "VerifyResult") -> None:
    last_lines = [text for text in outcome.output.splitlines() if text.strip()][-1:]
    click.echo(f"fakeseed: {outcome.ended or ' '.join(last_lines) or 'the suites did not run'}", err=True)
    sys.exit(2)


def _write(path: Path | None, value: object) -> None:
    if path is not None:
        path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", "utf-8")


def _print_tables(outcome: "VerifyResult", everything: bool) -> None:
    """The tables: what broke, each behaviour if wanted, and coverage by mark."""
    behaviours: dict[str, Any] = outcome.report["behaviours"]
    broken = [row for name, entry in behaviours.items() for row in _broken(name, entry)]
    if broken:
        show(("broken", "expected", "got", "check"), broken, headed=True)
    if everything:
        catalogue = load()
        rows = [
            (name, catalogue[name].mark, entry["status"], str(len(entry["checks"])))
            for name, entry in behaviours.items()
        ]
        show(("behaviour", "mark", "result", "checks"), rows)
    for title, table in outcome.report.get("tables", {}).items():
        click.echo(f"\n{title}\n" + "\n".join(table))
    click.echo()
    show(("mark", *RESULTS), coverage(behaviours), headed=True)
    report = outcome.report
    replay = f"fakeseed verify --target {report['target']} --profile {report['profile']} --seed {report['seed']}"
    click.echo(f"{report['date']} · replay with: {replay}", err=True)


def _broken(name: str, entry: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [
        (name, _one_line(check.get("expected", "")), _one_line(check.get("got", "")), check["test"].rpartition("::")[2])
        for check in entry["checks"]
        if check["outcome"] == "broken"
    ][:3]


def _one_line(text: str) -> str:
    """A text on one line, of a length that a table can show."""
    return " ".join(text.split())[:200]


def coverage(behaviours: dict[str, Any]) -> list[tuple[str, ...]]:
    """Behaviours by mark and result, and their sum."""
    catalogue = load()
    counts = Counter((catalogue[name].mark, entry["status"]) for name, entry in behaviours.items())
    rows = [(mark, *(str(counts[mark, result]) for result in RESULTS)) for mark in MARKS]
    return [*rows, ("all", *(str(sum(counts[mark, result] for mark in MARKS)) for result in RESULTS))]
