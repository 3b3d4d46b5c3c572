"""``fakeseed clock``: a world's clock, shown and moved."""

from collections.abc import Iterator

import click

from fakeseed.cli.remote import Actions, Json, Remote, clock_line, entry_line, remote


@click.group(cls=Actions)
def command() -> None:
    """Show a world's clock, and move it."""


def _moved(answer: Json) -> Iterator[str]:
    """What happened on the way, and where the clock stands now."""
    yield from map(entry_line, answer["happened"])
    yield clock_line(answer["clock"])


@command.command()
@remote
def show(world: Remote) -> None:
    """Where it stands, and what comes next."""
    with world.control() as control:
        clock = control.clock()
    world.show(clock, iter([clock_line(clock)]))


@command.command()
@click.argument("where")
@remote
def advance(world: Remote, where: str) -> None:
    """Move it by a span (3d2h), to a time (2026-06-22T15:41:23Z), or to the "next" event; all that is due happens."""
    with world.control() as control:
        answer = control.advance(to=where) if where == "next" or "T" in where else control.advance(by=where)
    world.show(answer, _moved(answer))


@command.command("next")
@remote
def next_event(world: Remote) -> None:
    """Step to the next event."""
    with world.control() as control:
        answer = control.next()
    world.show(answer, _moved(answer))


@command.command()
@click.argument("at", required=False)
@remote
def freeze(world: Remote, at: str | None) -> None:
    """Let it stand still, now or AT a time."""
    with world.control() as control:
        answer = control.freeze(at)
    world.show(answer, _moved(answer))


@command.command()
@click.option("--rate", default=1.0, show_default=True, help="World seconds a real second.")
@remote
def resume(world: Remote, rate: float) -> None:
    """Let it run."""
    with world.control() as control:
        answer = control.resume(rate)
    world.show(answer, _moved(answer))


@command.command()
@click.argument("step", default="5s")
@remote
def auto(world: Remote, step: str) -> None:
    """Let each poll of the client move it by STEP."""
    with world.control() as control:
        answer = control.auto(step)
    world.show(answer, _moved(answer))
