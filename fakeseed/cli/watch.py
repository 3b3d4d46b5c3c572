"""``fakeseed watch``: a world, live, in the terminal; keys move its clock."""

import contextlib
import queue
import select
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import click

from fakeseed.cli.remote import Json, Remote, clock_line, entry_line, remote
from fakeseed.errors import FakeseedError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fakeseed.client import Control

SHOWN = 200
AHEAD = 5
TURN_SECONDS = 0.1
ENTRIES = ("request", "event", "delivery")
KEYS = "f freeze or run · n next event · a advance 1 m · d advance 1 d · r redeliver the last webhook · q quit"


@click.command()
@remote
def command(world: Remote) -> None:
    """Show a world live: what happens, what comes next, points and clock. In a pipe: a line for each entry."""
    if world.as_json or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _pipe(world)
    else:
        _screen(world)


def _pipe(world: Remote) -> None:
    from fakeseed.cli.stream import events_of

    for name, data in events_of(world):
        if world.as_json:
            world.show({"event": name, **data}, iter(()))
        elif name in ENTRIES:
            click.echo(entry_line(data))


class View:
    """What the screen shows: a world's figures, its latest entries, what lies ahead, and what went wrong."""

    def __init__(self) -> None:
        self.figures: Json = {}
        self.entries: deque[Json] = deque(maxlen=SHOWN)
        self.ahead: list[Json] = []
        self.message = ""

    def take(self, name: str, data: Json) -> None:
        """Something has happened."""
        if name == "world":
            self.figures = data
        elif name == "clock":
            self.figures = {**self.figures, "clock": data}
        elif name == "reset":
            self.entries.clear()
        elif name in ENTRIES:
            self.entries.append(data)

    @property
    def last_webhook(self) -> str:
        """The task whose webhook was sent last."""
        return next((entry["task"] for entry in reversed(self.entries) if entry["kind"] == "delivery"), "")

    def drawn(self, height: int) -> "RenderableType":
        """All of it, in so many lines."""
        from rich.text import Text

        room = max(height - AHEAD - 7, 3)
        lines = [*self._head(), "", *self._future(), ""]
        lines += [entry_line(entry) for entry in list(self.entries)[-room:]]
        return Text("\n".join([*lines, "", self.message or KEYS]), no_wrap=True, overflow="ellipsis")

    def _head(self) -> Iterator[str]:
        if not self.figures:
            yield "waiting for the world …"
            return
        points, quotas = self.figures["points"], self.figures["quotas"]
        yield f"world {self.figures['name'][:12]} · plan {self.figures['plan']} · {clock_line(self.figures['clock'])}"
        used = [f"{name} {quota['used']}/{quota['limit']}" for name, quota in quotas.items()]
        spent = [
            f"points {points['available']:,} left",
            *(f"{points[name]:,} {name}" for name in ("frozen", "consumed")),
        ]
        yield " · ".join([*spent, *used])

    def _future(self) -> Iterator[str]:
        for event in self.ahead[:AHEAD]:
            yield f"  in {event['in_seconds']:>10.1f} s  {event['kind']} of {event['ref']}"
        if not self.ahead:
            yield "  nothing lies ahead"


def _freeze_or_run(control: "Control", _: View) -> None:
    if control.clock()["mode"] == "frozen":
        control.resume()
    else:
        control.freeze()


def _redeliver(control: "Control", view: View) -> None:
    if view.last_webhook:
        control.redeliver(view.last_webhook)
    else:
        view.message = "no webhook was sent yet"


ACTIONS: dict[str, Callable[["Control", View], object]] = {
    "f": _freeze_or_run,
    "n": lambda control, _: control.next(),
    "a": lambda control, _: control.advance("1m"),
    "d": lambda control, _: control.advance("1d"),
    "r": _redeliver,
}
"""Key -> what it does to the world."""


def _screen(world: Remote) -> None:
    from rich.console import Console
    from rich.live import Live

    console, view = Console(), View()
    arriving: queue.SimpleQueue[tuple[str, Json] | Exception] = queue.SimpleQueue()
    threading.Thread(target=_follow, args=(world, arriving), daemon=True).start()
    with (
        world.control() as control,
        _single_keys(),
        Live(view.drawn(console.height), console=console, screen=True, auto_refresh=False) as live,
    ):
        view.entries.extend(reversed(control.journal_rows(limit=console.height)["rows"]))
        while (key := _key()) != "q":
            changed = _take_all(arriving, view)
            if key in ACTIONS:
                view.message = ""
                with _told(view):
                    ACTIONS[key](control, view)
            if key or changed:
                with _told(view):
                    view.ahead = control.timeline(limit=AHEAD)["events"]
                live.update(view.drawn(console.height), refresh=True)


def _follow(world: Remote, arriving: "queue.SimpleQueue[Any]") -> None:
    from fakeseed.cli.stream import events_of

    try:
        for event in events_of(world, most=SHOWN):
            arriving.put(event)
    except FakeseedError as problem:
        arriving.put(problem)


def _take_all(arriving: "queue.SimpleQueue[Any]", view: View) -> bool:
    """Take what has come; whether there was anything."""
    came = False
    while not arriving.empty():
        event = arriving.get()
        came = True
        if isinstance(event, Exception):
            raise event
        view.take(*event)
    return came


@contextlib.contextmanager
def _told(view: View) -> Iterator[None]:
    """What the emulator refuses is shown, and watching goes on."""
    try:
        yield
    except FakeseedError as problem:
        view.message = str(problem)


@contextlib.contextmanager
def _single_keys() -> Iterator[None]:
    """Keys come at once and are not shown, for as long as the context lasts."""
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    tty.setcbreak(sys.stdin)
    try:
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


def _key() -> str:
    """The key that was pressed within a turn, or nothing."""
    if select.select([sys.stdin], [], [], TURN_SECONDS)[0]:
        return sys.stdin.read(1)
    return ""
