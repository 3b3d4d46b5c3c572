"""``fakeseed reset``."""

import click

from fakeseed.cli.remote import Remote, remote


@click.command()
@remote
def command(world: Remote) -> None:
    """Make a world as on first use: nothing of it is left."""
    with world.control() as control:
        answer = control.reset()
    world.show(answer, iter([f"the world is as on first use; plan {answer['plan']}, {answer['clock']['now']}"]))
