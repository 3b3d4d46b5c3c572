"""``fakeseed fault``: arm, list and disarm what goes wrong in a world; ``fakeseed faults`` shows what there is."""

from collections.abc import Iterable, Iterator
from typing import Any

import click
import msgspec

from fakeseed.cli.remote import Actions, Json, Remote, remote
from fakeseed.errors import UsageError

LOOSE = {"ignore_unknown_options": True}
"""A fault's options are known to the emulator alone, so they are handed on as they are."""


@click.group(cls=Actions)
def command() -> None:
    """Let things go wrong in a world; `fakeseed faults` lists what can."""


def _lines(answer: Json) -> Iterator[str]:
    for armed in answer["faults"]:
        words = [f"{name} {value}" for name, value in armed.items() if name not in ("id", "fault", "met", "fired")]
        yield f"{armed['id']}  {armed['fault']}  {', '.join(words)}  struck {armed['fired']} of {armed['met']}"
    if not answer["faults"]:
        yield "nothing is armed"


@command.command(context_settings=LOOSE)
@click.argument("name")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@remote
def arm(world: Remote, name: str, words: tuple[str, ...]) -> None:
    """Arm a fault: NAME --on 'POST task' --nth 2 --status 429, with the conditions and options of that fault."""
    with world.control() as control:
        answer = control.arm(name, **_options(words))
    world.show(answer, _lines(answer))


@command.command("list")
@remote
def list_armed(world: Remote) -> None:
    """What is armed, and how often it struck."""
    with world.control() as control:
        answer = control.faults()
    world.show(answer, _lines(answer))


@command.command()
@click.argument("fault_id", required=False)
@remote
def disarm(world: Remote, fault_id: str | None) -> None:
    """Take one fault away by its id, or all."""
    with world.control() as control:
        answer = control.disarm(fault_id)
    world.show(answer, iter([f"disarmed: {', '.join(answer['disarmed']) or 'nothing was armed'}"]))


def _options(words: Iterable[str]) -> dict[str, Any]:
    """``--name value``, ``--name=value`` or a bare ``--flag`` as options. Raises UsageError."""
    options: dict[str, Any] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name, equals, value = word[2:].partition("=")
            name = name.replace("-", "_")
            options[name] = _value(value) if equals else True
            name = "" if equals else name
        elif name:
            options[name], name = _value(word), ""
        else:
            raise UsageError(f"{word!r} belongs to no option", "write --name value")
    return options


def _value(text: str) -> Any:
    """A value as JSON where it is JSON, else as text."""
    try:
        return msgspec.json.decode(text)
    except msgspec.MsgspecError:
        return text
