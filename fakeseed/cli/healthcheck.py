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
@click.option("--ca", type=click.Path(exists=True, dir_okay=False), help="Certificate of the authority to trust.")
@click.option("--insecure", is_flag=True, help="Trust whoever answers over HTTPS.")
@click.option("--timeout", default=3.0, show_default=True, type=click.FloatRange(0.1), help="Seconds to wait.")
def command(url: str, ca: str | None, insecure: bool, timeout: float) -> None:
    """Exit 0 when the emulator answers, 1 with one line when it does not."""
    try:
        with closing(_connection(url, ca, insecure, timeout)) as connection:
            connection.request("GET", "/_fakeseed/health")
            status = connection.getresponse().status
    except (OSError, ValueError, http.client.HTTPException) as problem:
        click.echo(f"fakeseed: no answer from {url}: {str(problem).strip()}", err=True)
        sys.exit(1)
    if status != 200:
        click.echo(f"fakeseed: {url} answered {status}", err=True)
        sys.exit(1)
    click.echo(f"{url} is well")


def _connection(url: str, ca: str | None, insecure: bool, timeout: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https":
        return http.client.HTTPConnection(host, parts.port or 80, timeout=timeout)
    import ssl  # plain checks need not load it

    context = ssl.create_default_context(cafile=ca)
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return http.client.HTTPSConnection(host, parts.port or 443, timeout=timeout, context=context)
