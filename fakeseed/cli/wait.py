"""``fakeseed wait``: until a record has reached a state, or a request or a webhook has come."""

from typing import Any

import click

from fakeseed.cli.remote import Actions, Json, Remote, clock_line, entry_line, remote

TIMEOUT = click.option("--timeout", help="Real time that it may take, such as 30s.")
WITHIN = click.option("--within", help="World time that it may take; moves a clock that stands.")
COUNT = click.option("--count", default=1, show_default=True, type=click.IntRange(1), help="So many of them.")
AFTER = click.option("--after", default=0, help="Entries after this number.")


@click.group(cls=Actions)
def command() -> None:
    """Wait for something to happen. Exit 2, with what there is instead, when it does not."""


def _wait(world: Remote, **order: Any) -> None:
    with world.control() as control:
        answer = control.wait(**order)
    world.show(answer, iter(_lines(answer)))


def _lines(answer: Json) -> list[str]:
    records = [
        f"{kind} is {answer[kind]['status'] if answer[kind] else 'gone'}"
        for kind in ("task", "asset")
        if kind in answer
    ]
    return [*records, *map(entry_line, answer.get("entries", ())), clock_line(answer["clock"])]


@command.command()
@click.argument("task_id")
@click.option("--status", default="ended", show_default=True, help="A state, or ended.")
@TIMEOUT
@WITHIN
@remote
def task(world: Remote, task_id: str, **order: Any) -> None:
    """Until a task is in a state."""
    _wait(world, task=task_id, **order)


@command.command()
@click.argument("asset_id")
@click.option("--status", default="Active", show_default=True, help="A state, or gone.")
@TIMEOUT
@WITHIN
@remote
def asset(world: Remote, asset_id: str, **order: Any) -> None:
    """Until an asset is in a state."""
    _wait(world, asset=asset_id, **order)


@command.command()
@click.option("--method", help="With this method.")
@click.option("--path", help="At this path; * is anything.")
@click.option("--status", help="Answered with this status, such as 404 or 4xx.")
@COUNT
@AFTER
@TIMEOUT
@WITHIN
@remote
def request(world: Remote, method: str | None, path: str | None, status: str | None, **order: Any) -> None:
    """Until requests have come."""
    filters = {"method": method, "path": path, "status": status}
    _wait(world, request={name: value for name, value in filters.items() if value is not None}, **order)


@command.command()
@click.option("--task", "task_id", help="Of this task.")
@click.option("--status", help="Answered with this status; 0: no answer came.")
@COUNT
@AFTER
@TIMEOUT
@WITHIN
@remote
def webhook(world: Remote, task_id: str | None, status: str | None, **order: Any) -> None:
    """Until webhook attempts have been made."""
    filters = {"task": task_id, "status": status}
    _wait(world, delivery={name: value for name, value in filters.items() if value is not None}, **order)
