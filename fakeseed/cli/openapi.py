"""``fakeseed openapi``."""

import sys
from pathlib import Path

import click

from fakeseed.catalogue import folder
from fakeseed.cli.options import OUTPUT


@click.command()
@click.option("--output", type=OUTPUT, help="Write to this file instead of the screen.")
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if the file is out of date.")
def command(output: Path | None, check: bool) -> None:
    """Show the document that describes the vendor's surface, in YAML. --check looks at contracts/openapi.yaml."""
    from fakeseed.openapi import as_yaml

    document = as_yaml()
    if check:
        path = output or folder() / "openapi.yaml"
        if path.is_file() and path.read_text("utf-8") == document:
            click.echo(f"{path} is up to date")
            return
        click.echo(f"{path} is out of date; renew it with: fakeseed openapi --output {path}", err=True)
        sys.exit(1)
    if output is None:
        click.echo(document, nl=False)
    else:
        output.write_text(document, "utf-8")
