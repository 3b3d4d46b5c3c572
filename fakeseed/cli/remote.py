"""What all commands share that speak to a running emulator: where it is, whose world, and how an answer is shown."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
import msgspec

from fakeseed.cli.options import url_option
from fakeseed.model.suggest import did_you_mean

if TYPE_CHECKING:
    from fakeseed.client import Control

F = TypeVar("F", bound=Callable[..., Any])
Json = dict[str, Any]


class Remote:
    """The world that a command is about, and whether its answer is for a script."""

    def __init__(self, url: str | None, key: str | None, token: str | None, world: str | None, as_json: bool) -> None:
        self.url, self.key, self.token, self.world, self.as_json = url, key, token, world, as_json

    def control(self) -> "Control":
        """The control client; imported here, since it takes 100 ms."""
        from fakeseed.client import Control

        return Control(self.url, key=self.key, token=self.token, world=self.world)

    def show(self, answer: Json, lines: Iterator[str]) -> None:
        """An answer as JSON, or as lines for people."""
        if self.as_json:
            click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=2))
            return
        for line in lines:
            click.echo(line)


OPTIONS = (
    click.option(
        "--url", envvar="FAKESEED_URL", callback=url_option, help="The emulator.  [default: http://127.0.0.1:8787]"
    ),
    click.option(
        "--key", envvar=["FAKESEED_KEY", "FAKESEED_API_KEY"], help="API key of the world.  [default: fakeseed]"
    ),
    click.option("--world", envvar="FAKESEED_WORLD", help="A world's name or tag, in place of a key."),
    click.option("--token", envvar="FAKESEED_CONTROL_TOKEN", help="Control token, where the emulator asks for one."),
    click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts."),
)


def remote(function: F) -> F:
    """Give a command the options that say where the emulator is, and a ``Remote`` made of them."""

    @wraps(function)
    def with_remote(
        url: str | None, key: str | None, world: str | None, token: str | None, as_json: bool, **more: Any
    ) -> Any:
        return function(Remote(url, key, token, world, as_json), **more)

    for option in reversed(OPTIONS):
        with_remote = option(with_remote)
    return with_remote  # type: ignore[return-value]


class Actions(click.Group):
    """A group of actions, with the nearest right word for a typo."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The action that the first word names."""
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            known = ", ".join(self.commands)
            ctx.fail(f"no command {args[0]!r}{did_you_mean(args[0], self.commands) or f'; known: {known}'}")
        return super().resolve_command(ctx, args)


def record_of(entry: Json) -> str:
    """The record that an entry is about, with its kind."""
    return next((f"{kind} {entry[kind]}" for kind in ("task", "asset", "output") if entry.get(kind)), "")


def entry_line(entry: Json) -> str:
    """A journal's entry as a line."""
    head = f"#{entry['seq']:<5} {entry['at'].partition('T')[2].rstrip('Z')[:12]:12}"
    return f"{head}  {_WRITERS[entry['kind']](entry)}"


def _request(entry: Json) -> str:
    marks = [entry.get("refused_by", ""), *(f"[{fault}]" for fault in entry.get("faults", ()))]
    return "  ".join([f"{entry['method']} {entry['path']}", str(entry["status"]), *filter(None, marks)])


def _event(entry: Json) -> str:
    return f"{record_of(entry)}: {entry['from'] or 'new'} → {entry['to'] or 'gone'} ({entry['trigger']})"


def _delivery(entry: Json) -> str:
    what = "sent again" if entry.get("redelivery") else f"attempt {entry['attempt']}"
    return f"webhook of task {entry['task']}, {what}: {entry['status'] or entry['cause']}"


_WRITERS: dict[str, Callable[[Json], str]] = {"request": _request, "event": _event, "delivery": _delivery}


def clock_line(clock: Json) -> str:
    """Where a clock stands, and what comes next."""
    modes = {"frozen": "stands still", "auto": f"moves {clock.get('step_seconds', 0):g} s with each poll"}
    mode = modes.get(clock["mode"], f"runs at ×{clock.get('rate', 1):g}")
    event = clock["next"]
    ahead = f"next: {event['kind']} of {event['ref']} in {event['in_seconds']:g} s" if event else "nothing lies ahead"
    return f"{clock['now']}  {mode}; {ahead}"
