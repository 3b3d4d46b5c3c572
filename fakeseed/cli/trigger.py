"""``fakeseed trigger``: let something happen now."""

import click

from fakeseed.cli.remote import Actions, Remote, remote


@click.group(cls=Actions)
def command() -> None:
    """Let something happen now: a webhook, the end of a task or of an ingest."""


@command.command()
@click.argument("task_id")
@remote
def webhook(world: Remote, task_id: str) -> None:
    """Send an ended task's webhook once more."""
    with world.control() as control:
        answer = control.redeliver(task_id)
    world.show(answer, iter([f"the webhook of task {task_id} is sent again"]))


@command.command()
@click.argument("task_id")
@click.option("--fail", "cause", help="Fail it of this cause, such as refused-copyright.")
@remote
def task(world: Remote, task_id: str, cause: str | None) -> None:
    """Complete a task, or let it fail."""
    with world.control() as control:
        answer = control.complete_task(task_id) if cause is None else control.fail_task(task_id, cause)
    world.show(answer, iter([f"task {task_id} is {answer['status']}"]))


@command.command()
@click.argument("asset_id")
@click.option("--fail", "code", help="Fail it with this code, such as DownloadFailed.")
@remote
def asset(world: Remote, asset_id: str, code: str | None) -> None:
    """End an asset's ingest: Active, or Failed."""
    with world.control() as control:
        answer = control.activate_asset(asset_id) if code is None else control.fail_asset(asset_id, code)
    world.show(answer, iter([f"asset {asset_id} is {answer['status']}"]))
