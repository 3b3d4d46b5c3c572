"""Tables for people on a terminal, plain lines for pipes, JSON for scripts."""

import sys
from collections.abc import Sequence

import click
import msgspec


def show(columns: Sequence[str], rows: Sequence[Sequence[str]], *, as_json: bool = False, headed: bool = False) -> None:
    """Print rows in the form that fits who reads them; ``headed``: with their columns' names in a pipe too."""
    if as_json:
        records = [dict(zip(columns, row, strict=True)) for row in rows]
        click.echo(msgspec.json.format(msgspec.json.encode(records), indent=2))
    elif sys.stdout.isatty():
        _draw(columns, rows)
    else:
        for row in [columns, *rows] if headed else rows:
            click.echo("\t".join(row))


def _draw(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich import box  # takes 50 ms, and pipes need none of it
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=number == 0, style="cyan" if number == 0 else "")
    for row in rows:
        table.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    Console().print(table)


COLOURS = {
    "documented": "green",
    "observed": "yellow",
    "assumed": "magenta",
    "passed": "green",
    "FAILED": "bold red",
}
"""Words that have a colour of their own."""
