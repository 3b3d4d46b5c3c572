"""``fakeseed run``: a program, unchanged, with the emulator in place of the service."""

import asyncio
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import click
import msgspec

from fakeseed import __version__
from fakeseed.cli.options import OUTPUT, PACE, PLAN
from fakeseed.cli.serve import default_scenarios
from fakeseed.client.environment import client_environment
from fakeseed.control.views import entry_view
from fakeseed.errors import UsageError
from fakeseed.model.hosts import API_HOST
from fakeseed.model.money import MAX_POINTS
from fakeseed.model.task_types import POINTS_PER_USD
from fakeseed.runner.faketime import library, waits_on_locks
from fakeseed.runner.process import ProcessResult, run_through
from fakeseed.runner.proxy import intercepting
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.clock import system_time
from fakeseed.world.journal import RequestEntry
from fakeseed.world.rng import fresh_seed, tag_of
from fakeseed.world.settings import PLENTY, Settings
from fakeseed.world.sleeper_group import Group, Relay
from fakeseed.world.world import World

NO_FAKETIME = "libfaketime is not installed, so the program's own clock is not sped (Debian: apt install libfaketime)"
NO_LOCKS = "this libfaketime does not know how Python waits for a lock: Event.wait(10) and the like take too long"

VIRTUAL = "virtual time: the program's waiting moved the worlds' clocks"
NOT_VIRTUAL = "real time: the program did not load what makes its waiting move the worlds' clocks"

NO_START = {
    "ENOENT": "there is no such command; give its path, or install it",
    "EACCES": "it may not be executed; try chmod +x, or name the interpreter before it",
    "ENOEXEC": "it is no program; name the interpreter before it",
}


@click.command(context_settings={"allow_interspersed_args": False})
@click.option("--plan", default="premium", show_default=True, type=PLAN, help="Plan of keys that name none.")
@click.option(
    "--points", default=PLENTY, show_default=True, type=click.IntRange(0, MAX_POINTS), help="Points of a new world."
)
@click.option("--pace", default="fast", show_default=True, type=PACE, help="How long ingests and tasks take.")
@click.option("--seed", help="Seed of all worlds; default: a fresh one, printed.")
@click.option(
    "--scenario", "scenarios", multiple=True, metavar="NAME", help="New worlds begin with this scenario. Repeatable."
)
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="World seconds a second; default: --speed.")
@click.option(
    "--speed",
    default=1.0,
    show_default=True,
    type=click.FloatRange(0, min_open=True),
    help="The program's own seconds a second, by libfaketime.",
)
@click.option(
    "--virtual-time",
    is_flag=True,
    help="The program's waiting moves the worlds' clocks, and takes no time (Python and JavaScript).",
)
@click.option("--allow", multiple=True, metavar="HOST", help="A host that the program may reach. Repeatable.")
@click.option("--key", default="fakeseed-run", show_default=True, help="The API key that the program is given.")
@click.option("--seconds", type=click.FloatRange(0, min_open=True), help="End the program after so long.")
@click.option(
    "--keep-journal",
    type=OUTPUT,
    help="Write what happened into this file, a line of JSON each.",
)
@click.argument("command_line", metavar="COMMAND...", nargs=-1, required=True, type=click.UNPROCESSED)
def command(
    scenarios: tuple[str, ...],
    seed: str | None,
    rate: float | None,
    speed: float,
    virtual_time: bool,
    allow: tuple[str, ...],
    key: str,
    seconds: float | None,
    keep_journal: Path | None,
    command_line: tuple[str, ...],
    **defaults: object,
) -> None:
    """Run COMMAND with an emulator that answers for https://api.piapi.ai and the vendor's other hosts.

    The program needs no change: its requests to these hosts are led to the emulator, with certificates that it trusts
    for as long as it runs; other hosts are not reached. Its exit code is handed on. Not for programs that you do not
    trust: it is kept from mistakes, not from malice.
    """
    if virtual_time and (rate or speed != 1):
        raise UsageError("--virtual-time and --rate or --speed exclude each other", "leave one of them out")
    begin = system_time() if virtual_time else None
    settings = Settings(
        seed=seed or fresh_seed(),
        rate=rate or speed,
        freeze_at=begin,
        **defaults,  # type: ignore[arg-type]
    )
    app = App(settings, default_scenarios=default_scenarios(scenarios))
    for doubt in _faketime_warnings(speed):
        _say(doubt)
    with in_thread(app) as url, intercepting(url, allow=allow, tell=_say) as intercepted:
        _say(
            f"{__version__} answers for {API_HOST}  plan {settings.plan} · pace {settings.pace} · seed {settings.seed}"
            f" · control {url}"
        )
        env = {**os.environ, **intercepted.env, **client_environment(f"https://{API_HOST}", key, url)}
        group, target = _joined(app, key, url, intercepted.proxy) if virtual_time else (None, None)
        ended = run_through(command_line, env, seconds=seconds, speed=speed, virtual_time=target)
        _say(_summary(app, command_line[0], ended, len(intercepted.refused)))
        if group is not None:
            _say(VIRTUAL if group.programs else NOT_VIRTUAL)
        if keep_journal:
            _write_journal(app, keep_journal)
    sys.exit(ended.exit_code)


def _joined(app: App, key: str, url: str, relay: Relay) -> tuple[Group, dict[str, object]]:
    """Let all worlds wait for the program that is about to start; gives what its preload needs, too."""
    group = app.engine.sleepers.share(rate=1.0)
    group.relays.append(relay)
    parts = urlsplit(url)
    now = (app.engine.settings.freeze_at or 0) // 1000
    return group, {"host": parts.hostname, "port": parts.port, "key": key, "now_us": now}


def _say(message: str) -> None:
    click.echo(f"fakeseed: {message}", err=True)


def _faketime_warnings(speed: float) -> list[str]:
    """What stands against a faster clock on this machine."""
    if speed == 1:
        return []
    path = library()
    return [NO_FAKETIME] if path is None else [] if waits_on_locks(path) else [NO_LOCKS]


T = TypeVar("T")


class WorldSummary(msgspec.Struct, frozen=True):
    """What a world has seen."""

    requests: int
    tasks: int
    consumed: int


def _world_summaries(app: App) -> dict[str, WorldSummary]:
    """What the worlds have seen, by their names."""

    def look(world: World) -> WorldSummary:
        requests = sum(isinstance(entry, RequestEntry) for entry in world.tables.journal)
        return WorldSummary(requests, len(world.tasks), world.account.balances.consumed)

    return _for_each_world(app, look)


def _for_each_world(app: App, look: Callable[[World], T]) -> dict[str, T]:
    """What a look at each world gives, by the world's name."""

    async def look_at_all() -> dict[str, T]:
        return {name: await app.engine.look(name, look) for name in await app.engine.store.names()}

    assert app.loop is not None, "the server runs"
    return asyncio.run_coroutine_threadsafe(look_at_all(), app.loop).result()


def _summary(app: App, program: str, ended: ProcessResult, refused: int) -> str:
    """The end in one line."""
    summaries = _world_summaries(app).values()
    points = sum(world.consumed for world in summaries)
    endings = {
        "exited": f"exited with {ended.code} after {ended.seconds:.1f} s",
        "killed": f"was ended by {ended.signal} after {ended.seconds:.1f} s",
        "timed out": f"took too long and was ended after {ended.seconds:.1f} s",
        "not started": f"could not be started: {NO_START.get(ended.signal, ended.signal)}",
    }
    parts = [
        f"{program} {endings[ended.how]}",
        _count(sum(world.requests for world in summaries), "request"),
        _count(sum(world.tasks for world in summaries), "task"),
        f"{points:,} points charged (${points / POINTS_PER_USD:.2f})",
    ]
    parts += [f"{_count(refused, 'host')} not reached"] if refused else []
    parts += [f"{_count(ended.stragglers, 'process', 'processes')} left behind, and ended"] if ended.stragglers else []
    return " · ".join(parts)


def _count(number: int, singular: str, plural: str | None = None) -> str:
    return f"{number} {singular if number == 1 else plural or singular + 's'}"


def _write_journal(app: App, path: Path) -> None:
    """Write the journals of all worlds, a line for each entry; ``world`` says whose, without giving the key away."""
    journals = _for_each_world(app, lambda world: [entry_view(entry) for entry in world.tables.journal])
    with path.open("w", encoding="utf-8") as file:
        for name, entries in journals.items():
            file.writelines(json.dumps({"world": tag_of(name), **entry}) + "\n" for entry in entries)
