"""``fakeseed world``: a world's figures, all worlds, and changing one."""

from collections.abc import Iterator

import click
import msgspec

from fakeseed.cli.remote import Actions, Json, Remote, clock_line, remote
from fakeseed.errors import UsageError


@click.group(cls=Actions)
def command() -> None:
    """Show worlds, and change one."""


def _lines(world: Json) -> Iterator[str]:
    points, quotas = world["points"], world["quotas"]
    yield f"world {world['name']}  plan {world['plan']} · pace {world['pace']} · profile {world['profile']}"
    yield clock_line(world["clock"])
    yield f"points: {points['available']:,} available, {points['frozen']:,} frozen, {points['consumed']:,} consumed"
    used = (f"{name} {quota['used']} of {quota['limit']}" for name, quota in quotas.items())
    yield f"{world['tasks']} tasks, {world['assets']} assets; {', '.join(used)}"
    yield f"{world['journal']['last']} journal entries, {world['faults']} faults armed"


@command.command()
@remote
def show(world: Remote) -> None:
    """Plan, clock, points, quotas and counts."""
    with world.control() as control:
        answer = control.overview()
    world.show(answer, _lines(answer))


@command.command("list")
@remote
def list_all(world: Remote) -> None:
    """All worlds of the emulator, the latest first."""
    with world.control() as control:
        answer = control.worlds(limit=200)
    lines = (
        f"{one['name']}  {one['plan']}  {one['tasks']} tasks  {one['assets']} assets  {one['journal']['last']} entries"
        for one in answer["worlds"]
    )
    world.show(answer, lines)


@command.command("set")
@click.argument("changes", nargs=-1, required=True, metavar="NAME=VALUE...")
@remote
def change(world: Remote, changes: tuple[str, ...]) -> None:
    """Change plan, points, profile, pace, seed or concurrency."""
    pairs = dict(word.partition("=")[::2] for word in changes)
    if not all("=" in word for word in changes):
        raise UsageError("a change is NAME=VALUE", "for instance plan=hobbyist points=0")
    with world.control() as control:
        control.patch(**{name: _value(value) for name, value in pairs.items()})
        answer = control.overview()
    world.show(answer, _lines(answer))


def _value(text: str) -> object:
    if text.isdigit() or text == "null":
        return msgspec.json.decode(text)
    return text
