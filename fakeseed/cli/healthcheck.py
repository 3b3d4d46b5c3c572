"""``fakeseed healthcheck``."""

import http.client
import sys
from contextlib import closing
from urllib.parse import urlsplit

import click

from fakeseed.cli.serve import DEFAULT_PORT


@click.command()
@click.option(
    "--url",
    default=f"http://127.0.0.1:{DEFAULT_PORT}",
    show_default=True,
    envvar="FAKESEED_URL",
    help="Where the emulator listens.",
)
@click.option("--timeout", default=3.0, show_default=True, type=click.FloatRange(0.1), help="Seconds to wait.")
def command(url: str, timeout: float) -> None:
    """Exit 0 when the emulator answers, 1 with one line when it does not."""
    try:
        parts = urlsplit(url)
        with closing(http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=timeout)) as connection:
            connection.request("GET", "/_fakeseed/health")
            status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as problem:
        click.echo(f"fakeseed: no answer from {url}: {str(problem).strip()}", err=True)
        sys.exit(1)
    if status != 200:
        click.echo(f"fakeseed: {url} answered {status}", err=True)
        sys.exit(1)
    click.echo(f"{url} is well")
