"""``fakeseed snapshot``: save a world, load it, see what differs between two."""

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from fakeseed.cli.options import url_option
from fakeseed.cli.remote import Actions
from fakeseed.cli.tables import show
from fakeseed.errors import UsageError
from fakeseed.model.times import with_nanoseconds

if TYPE_CHECKING:
    from fakeseed.client import Control

URL = click.option(
    "--url",
    envvar="FAKESEED_URL",
    callback=url_option,
    help="Where the emulator listens.  [default: http://127.0.0.1:8787]",
)
KEY = click.option("--key", envvar="FAKESEED_API_KEY", help="API key of the world.  [default: fakeseed]")
TOKEN = click.option("--token", envvar="FAKESEED_CONTROL_TOKEN", help="Control token, where the emulator asks for one.")
FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(cls=Actions)
def command() -> None:
    """Keep a world as a file."""


def _control(url: str | None, key: str | None, token: str | None) -> "Control":
    from fakeseed.client import Control  # takes 100 ms, and diff asks nobody

    return Control(url, key=key, token=token)


@command.command()
@click.argument("file", type=FILE)
@URL
@KEY
@TOKEN
@click.option("--secrets", is_flag=True, help="Keep webhook secrets; without it they are blotted out.")
def save(file: Path, url: str | None, key: str | None, token: str | None, secrets: bool) -> None:
    """Save a world as FILE, whole or not at all."""
    with _control(url, key, token) as control:
        snapshot = control.snapshot(secrets=secrets)
    _write(file, msgspec.json.format(msgspec.json.encode(snapshot), indent=1) + b"\n")
    click.echo(f"{file}: the world of {snapshot['at']}, {_counted(snapshot['world'])}")


def _write(file: Path, content: bytes) -> None:
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        draft.write_bytes(content)
        draft.replace(file)
    except OSError as problem:
        with suppress(OSError):
            draft.unlink(missing_ok=True)
        raise UsageError(f"cannot write {file}: {problem.strerror}", "check the path") from None


def _counted(world: dict[str, Any]) -> str:
    return ", ".join(f"{len(world[name])} {name}" for name in ("assets", "tasks", "uploads"))


@command.command()
@click.argument("file", type=FILE)
@URL
@KEY
@TOKEN
def load(file: Path, url: str | None, key: str | None, token: str | None) -> None:
    """Put FILE in a world's place. What is wrong with it is told, and then the world stays as it was."""
    content = _read(file)
    with _control(url, key, token) as control:
        restored = control.restore(content)
    world = restored["world"]
    click.echo(f"the world stands at {world['clock']['now']}: {world['assets']} assets, {world['tasks']} tasks")
    for note in restored["notes"]:
        click.echo(note, err=True)


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as problem:
        raise UsageError(f"cannot read {file}: {problem.strerror}", "fakeseed snapshot save makes one") from None


@command.command()
@click.argument("a", type=FILE)
@click.argument("b", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
def diff(a: Path, b: Path, as_json: bool) -> None:
    """Show what differs between two snapshots: exit 0 when nothing does, 1 when something does."""
    rows = list(differences(_world(a), _world(b)))
    show(
        ("record", "what", a.name, b.name) if a.name != b.name else ("record", "what", "a", "b"), rows, as_json=as_json
    )
    sys.exit(1 if rows else 0)


def _world(file: Path) -> dict[str, Any]:
    try:
        snapshot = msgspec.json.decode(_read(file))
        world = snapshot["world"] if "fakeseed_snapshot" in snapshot else None
        if not isinstance(world, dict) or not all(isinstance(world[name], list) for name in IDS):
            raise KeyError
    except (msgspec.MsgspecError, ValueError, KeyError, TypeError, RecursionError):
        raise UsageError(f"{file} is no snapshot", "fakeseed snapshot save makes one") from None
    return world


IDS = {
    "assets": ("asset", ("asset_id",)),
    "tasks": ("task", ("task_id",)),
    "uploads": ("file", ("file_id",)),
    "movements": ("movement", ("seq",)),
    "timeline": ("due", ("kind", "ref")),
    "journal": ("entry", ("seq",)),
}
"""List of a snapshot -> what one record of it is called, and the fields that name it."""

Row = tuple[str, str, str, str]


def differences(a: dict[str, Any], b: dict[str, Any]) -> Iterator[Row]:
    """Record, field (or added, removed), and both values, for all that differs between two snapshots' worlds."""
    yield from _fields("account", a.get("account"), b.get("account"))
    for name, (noun, fields) in IDS.items():
        old, new = _by_id(a[name], noun, fields), _by_id(b[name], noun, fields)
        yield from ((record, "removed", _brief(old[record]), "") for record in old if record not in new)
        for record, value in new.items():
            if record in old:
                yield from _fields(record, old[record], value)
            else:
                yield record, "added", "", _brief(value)


def _by_id(records: list[Any], noun: str, fields: tuple[str, ...]) -> dict[str, Any]:
    named = {}
    for index, record in enumerate(records):
        has_fields = isinstance(record, dict) and all(field in record for field in fields)
        named[f"{noun} {' '.join(str(record[field]) for field in fields) if has_fields else index}"] = record
    return named


def _fields(record: str, a: Any, b: Any, field: str = "") -> Iterator[Row]:
    if isinstance(a, dict) and isinstance(b, dict):
        for name in {**a, **b}:
            yield from _fields(record, a.get(name), b.get(name), f"{field}.{name}" if field else name)
    elif a != b:
        yield record, field, _shown(a, field), _shown(b, field)


_INSTANTS = ("at", "_at", "until", "_until", "base", "latest")


def _shown(value: Any, field: str = "") -> str:
    """A value in a table's cell; instants as people read them."""
    if isinstance(value, int) and not isinstance(value, bool) and value > 10**12 and field.endswith(_INSTANTS):
        return with_nanoseconds(value)
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode()
    return text if len(text) <= 100 else text[:99] + "…"


BRIEF = ("status", "kind", "points", "at", "method", "path", "subject", "ref", "trigger", "target", "name")
"""Fields that tell what a record that came or went is."""


def _brief(record: Any) -> str:
    if not isinstance(record, dict):
        return _shown(record)
    return " ".join(_shown(record[name], name) for name in BRIEF if record.get(name) not in (None, ""))
