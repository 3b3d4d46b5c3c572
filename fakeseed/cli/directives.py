"""``fakeseed directives``."""

import click

from fakeseed.cli.tables import show
from fakeseed.model.directives import DIRECTIVES


@click.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def command(as_json: bool) -> None:
    """Show the words that choose an outcome when they stand in a prompt, a URL or an asset's name."""
    rows = [(f"fs-{row.name}", row.where, row.description) for row in DIRECTIVES.values()]
    show(("directive", "where", "what it does"), rows, as_json=as_json)
