"""``fakeseed serve``."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from fakeseed import __version__
from fakeseed.cli.options import INGEST, OUTPUT, PACE, PLAN, PROFILE, instant_option, url_option
from fakeseed.errors import UsageError
from fakeseed.model.money import MAX_POINTS
from fakeseed.server.app import App, Options
from fakeseed.server.observing import Observed, tell_in_json
from fakeseed.server.request_log import RequestLog
from fakeseed.server.run import bind, serve, url_of
from fakeseed.server.straight import StraightWay
from fakeseed.server.workers import serve_many
from fakeseed.store.urls import MEMORY, store_at
from fakeseed.world.clock import system_time
from fakeseed.world.keys import Keys, keys_from_file
from fakeseed.world.rng import fresh_seed
from fakeseed.world.settings import MAX_CONCURRENCY, MAX_WORLDS, PLENTY, Settings

if TYPE_CHECKING:
    import ssl

    from fakeseed.scenario.default_scenarios import DefaultScenarios

DEFAULT_PORT = 8787


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=DEFAULT_PORT, show_default=True, type=click.IntRange(0, 65535), help="0 picks a free one."
)
@click.option("--plan", default="premium", show_default=True, type=PLAN, help="Plan of keys that name none.")
@click.option(
    "--points", default=PLENTY, show_default=True, type=click.IntRange(0, MAX_POINTS), help="Points of a new world."
)
@click.option("--profile", default="current", show_default=True, type=PROFILE, help="Which state of the API to show.")
@click.option("--pace", default="fast", show_default=True, type=PACE, help="How long ingests and tasks take.")
@click.option(
    "--ingest",
    default="simulate",
    show_default=True,
    type=INGEST,
    help="Whether sources are really fetched and probed.",
)
@click.option("--allow-private-sources", is_flag=True, help="Let fetch mode reach loopback and private addresses.")
@click.option(
    "--public-url",
    metavar="URL",
    callback=url_option,
    help="Base of URLs in answers; default: the request's Host.",
)
@click.option("--seed", help="Seed of all worlds; default: a fresh one, printed.")
@click.option(
    "--freeze", "freeze_at", metavar="TIME", callback=instant_option, help="New worlds stand still at this time."
)
@click.option("--keys", "key_file", type=click.Path(path_type=Path), help="Admit only the keys listed in this file.")
@click.option(
    "--concurrency", type=click.IntRange(0, MAX_CONCURRENCY), help="Active tasks per key; default: the plan's limit."
)
@click.option("--max-tasks", default=100_000, show_default=True, type=click.IntRange(1), help="Tasks kept per key.")
@click.option(
    "--max-worlds",
    default=MAX_WORLDS,
    show_default=True,
    type=click.IntRange(1),
    help="Keys whose worlds are kept in memory; of the others, those in which nothing is pending go first.",
)
@click.option("--control-token", envvar="FAKESEED_CONTROL_TOKEN", help="Required of control calls when set.")
@click.option(
    "--ready-file",
    type=OUTPUT,
    help="Written with the URL once requests are answered.",
)
@click.option(
    "--scenario",
    "scenarios",
    multiple=True,
    metavar="NAME",
    help="New worlds begin with this scenario, a name or a file; read again when it changes. Repeatable.",
)
@click.option(
    "--state",
    default=MEMORY,
    show_default=True,
    metavar="URL",
    envvar="FAKESEED_STATE",
    help="Where worlds live: memory, sqlite:///FILE (one server), postgresql://USER@HOST/DATABASE (any number).",
)
@click.option(
    "--workers",
    default=1,
    show_default=True,
    type=click.IntRange(1, 64),
    help="Processes behind this one address; more than one needs PostgreSQL.",
)
@click.option(
    "--log",
    default="text",
    show_default=True,
    type=click.Choice(["text", "json"]),
    help="Lines for each request on standard error: to be read, or as JSON with the request's id.",
)
@click.option("--tls", is_flag=True, help="Speak HTTPS, with a certificate of a throw-away authority.")
@click.option(
    "--tls-ca",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the authority's certificate here; default: a temporary file, printed. Means --tls.",
)
@click.option(
    "--tls-cert", type=click.Path(dir_okay=False, path_type=Path), help="A certificate chain of your own. Means --tls."
)
@click.option("--tls-key", type=click.Path(dir_okay=False, path_type=Path), help="Its key, where it is a file apart.")
@click.option("-q", "--quiet", is_flag=True, help="Write no line for each request.")
@click.option("--access-log", is_flag=True, help="Write the lines that uvicorn writes, in place of our own.")
def command(
    host: str,
    port: int,
    control_token: str | None,
    allow_private_sources: bool,
    seed: str | None,
    key_file: Path | None,
    ready_file: Path | None,
    scenarios: tuple[str, ...],
    state: str,
    workers: int,
    log: str,
    quiet: bool,
    access_log: bool,
    tls: bool,
    tls_ca: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    **defaults: object,
) -> None:
    """Start the emulator and serve until Ctrl-C.

    Any API key gets a world of its own on first use. Keys fs-<plan>-... choose a plan, fs-broke-... has no points,
    fs-invalid-... is refused.
    """
    settings = Settings(seed=seed or fresh_seed(), **defaults)  # type: ignore[arg-type]
    keys = keys_from_file(key_file) if key_file else Keys()
    options = Options(control_token=control_token, allow_private_sources=allow_private_sources)
    default_setups = default_scenarios(scenarios)
    if tls_key and not tls_cert:
        raise UsageError("--tls-key is a key without a certificate", "give --tls-cert too, or leave both to --tls")
    shared = asyncio.run(_prepared(state))
    if workers > 1 and not shared:
        raise UsageError(f"{workers} workers cannot share {state.partition(':')[0]}", "use --state postgresql://...")

    def ready() -> None:
        if ready_file:
            _write_whole(ready_file, url + "\n")
        click.echo(
            f"fakeseed {__version__} on {url}  plan {settings.plan} · pace {settings.pace} · "
            f"profile {settings.profile} · ingest {settings.ingest} · seed {settings.seed}{trust}"
        )

    def serve_one(ready: Callable[[], None]) -> None:
        store = store_at(state, settings.journal_bytes, settings.max_worlds)
        app = App(settings, keys, options, store=store, default_scenarios=default_setups, judge=judge)
        in_json = log == "json"
        request_log = RequestLog()
        tell = tell_in_json() if in_json else None if quiet or access_log else request_log.tell
        observed = Observed(app, app.gauges, tell, numbered=in_json)
        straight = StraightWay(app, observed)
        with _telling_what_is_lost(app, request_log):
            serve(
                observed, listener, access_log=access_log, ready=ready, tls=context, own_log=in_json, straight=straight
            )

    with (
        _only_while_ready(ready_file),
        closing(bind(host, port)) as listener,
        _secured(tls or bool(tls_ca), tls_ca, tls_cert, tls_key, [host, settings.public_url]) as (context, trust),
    ):
        url = url_of(listener, "https" if context else "http")
        if workers == 1:
            serve_one(ready)
        else:
            serve_many(workers, serve_one, ready)


@contextmanager
def _only_while_ready(path: Path | None) -> Iterator[None]:
    """Take a ready file away at the end, and an earlier server's at the start: it would be read for this one's."""
    if path:
        path.unlink(missing_ok=True)
    try:
        yield
    finally:
        if path:
            path.unlink(missing_ok=True)


def judge(entries: list[dict[str, Any]], rate: float | None) -> dict[str, Any]:
    """The judge, which most servers are never asked for."""
    from fakeseed.judge.verdicts import verdicts_so_far

    return verdicts_so_far(entries, rate)


@contextmanager
def _telling_what_is_lost(app: App, request_log: RequestLog) -> Iterator[None]:
    """Say at the end the last requests, and how much was under way, where the state does not last."""
    try:
        yield
    finally:
        request_log.flush()
        if app.dropped:
            click.echo(f"webhooks and fetches that were under way and are lost: {app.dropped}", err=True)


async def _prepared(state: str) -> bool:
    """Open and close the store once, so that what is wrong with it is told before anything else is done.

    Gives whether other processes may use it too.
    """
    store = store_at(state, 0)
    try:
        await store.open()
        return store.shared
    finally:
        await store.close()


@contextmanager
def _secured(
    generate: bool, ca: Path | None, certificate: Path | None, key: Path | None, names: list[str | None]
) -> "Iterator[tuple[ssl.SSLContext | None, str]]":
    """What TLS needs, None for none, and what to tell of whom a client has to trust. Raises UsageError, StartError."""
    if certificate is None and not generate:
        yield None, ""
        return
    from fakeseed.server import authority  # brings ssl, which plain servers need not load

    if certificate is not None:
        yield authority.context_from(certificate, key), ""
        return
    own = authority.Authority()
    with TemporaryDirectory(prefix="fakeseed-") as folder:
        path = ca or Path(folder, "ca.pem")
        try:
            path.write_bytes(own.certificate)
        except OSError as problem:
            raise UsageError(
                f"the certificate {path} cannot be written: {problem.strerror}", "check the path given to --tls-ca"
            ) from None
        yield own.context(authority.names_of(names)), f" · CA {path}"


def default_scenarios(names: tuple[str, ...]) -> "DefaultScenarios | None":
    """The scenarios that new worlds begin with. Raises UsageError when one cannot be read."""
    if not names:
        return None
    from fakeseed.scenario.default_scenarios import DefaultScenarios  # reads YAML, which most servers need not

    return DefaultScenarios(names, system_time)


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that nobody sees half of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(text)
    draft.replace(path)
