"""``fakeseed prove``."""

import json
import os
import shlex
import sys
from pathlib import Path

import click

FILE = click.Path(dir_okay=False, path_type=Path)


@click.command(context_settings={"ignore_unknown_options": True})
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--before", metavar="COMMAND", help="The client as it was; default: what the file says broke then.")
@click.option("--receipt", type=FILE, help="Write what was run, and what came of it, as JSON.")
@click.option(
    "--timeout", type=click.FloatRange(0.1), default=60.0, show_default=True, help="Real seconds for each run."
)
@click.option("--json", "as_json", is_flag=True, help="The receipt on standard output, for scripts.")
@click.argument("command_line", nargs=-1, required=True, metavar="-- COMMAND ...", type=click.UNPROCESSED)
def command(
    file: Path, before: str | None, receipt: Path | None, timeout: float, as_json: bool, command_line: tuple[str, ...]
) -> None:
    """Prove that COMMAND mends the finding in FILE: broken before, held now, and nothing else changed.

    Prints one line of Markdown for a pull request. Exit 0: proven; 1: not; 2: it could not be tried. Nothing leaves the
    machine.
    """
    from fakeseed.cli.judge import has_faketime, runner
    from fakeseed.judge.explore.prove import prove
    from fakeseed.judge.run import RunOptions

    options = RunOptions(command_line, dict(os.environ), seconds=timeout)
    proof = prove(
        file, tuple(shlex.split(before or "")), options, runner(), jobs=os.cpu_count() or 1, faketime=has_faketime()
    )
    text = json.dumps(proof.receipt(), indent=2)
    if receipt is not None:
        receipt.write_text(f"{text}\n", "utf-8")
    click.echo(text if as_json else proof.sentence())
    sys.exit(0 if proof.proven else 1)
