"""``fakeseed journal``: what a world has seen."""

import click

from fakeseed.cli.remote import Json, Remote, entry_line, remote


@click.command()
@click.option("--kind", help="request, event or delivery.")
@click.option("--method", help="Requests with this method.")
@click.option("--path", help="Requests at this path; * is anything.")
@click.option("--status", help="Answers with this status, such as 404 or 4xx.")
@click.option("--task", help="What concerns this task.")
@click.option("--asset", help="What concerns this asset.")
@click.option("--refused", help="Requests that this behaviour refused.")
@click.option("--after", default=0, help="Entries after this number.")
@click.option("--limit", default=1000, show_default=True, type=click.IntRange(1), help="At most so many.")
@click.option("--follow", "-f", is_flag=True, help="Go on with what happens from now on, until Ctrl-C.")
@remote
def command(world: Remote, after: int, limit: int, follow: bool, **filters: str | None) -> None:
    """Show a world's journal: requests with their answers, transitions, webhook attempts."""
    chosen = {name: value for name, value in filters.items() if value is not None}
    with world.control() as control:
        answer: Json = control.journal(after=after, limit=limit, **chosen)  # type: ignore[arg-type]
    world.show(answer, map(entry_line, answer["entries"]))
    if follow:
        from fakeseed.cli.stream import events_of

        last = answer["entries"][-1]["seq"] if answer["entries"] else after
        for kind, event in events_of(world, after=last, **chosen):
            if kind in ("request", "event", "delivery"):
                world.show(event, iter([entry_line(event)]))
