"""One line a request for whoever runs the server: when in the world, which world, what was asked, what came of it.

A control call that changes something has its line too; one that only looks has none, so that a page that is open does
not fill the terminal.
"""

import asyncio
import os
import re
import select
import sys

import msgspec
from starlette.types import Scope

from fakeseed.control.rows import record_named
from fakeseed.model.times import with_nanoseconds
from fakeseed.piapi.dispatch import ENTRY
from fakeseed.world.journal import KEY_HEADER, RequestEntry
from fakeseed.world.rng import name_of, tag_in, tag_of

CONTROL = "/_fakeseed"
FLUSH_SECONDS = 0.05
"""Real seconds that lines are gathered, so that a busy server makes few writes."""
ATOMIC = 4096
"""Bytes that a pipe takes whole once it says that it takes any (PIPE_BUF)."""
MAX_MESSAGE, MAX_PATH = 160, 120

_KEY = KEY_HEADER.encode()
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_PLAIN, _DIM, _RED, _YELLOW, _GREEN = "0", "2", "31", "33", "32"


class RequestLog:
    """Writes lines to a file descriptor. A reader that does not keep up loses lines, and the server never waits."""

    def __init__(self, descriptor: int = 2, *, coloured: bool | None = None) -> None:
        self._descriptor = descriptor
        self._coloured = _has_colour() if coloured is None else coloured
        self._lines: list[str] = []
        self._lost = 0

    def tell(self, scope: Scope, status: int, took: float, _: bytes) -> None:
        """Write the line of a request, soon."""
        line = written(scope, status, took, coloured=self._coloured)
        if line is None:
            return
        if not self._lines:
            asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        self._lines.append(line)

    def flush(self) -> None:
        """Write what was gathered, as far as somebody takes it."""
        data = "".join(f"{line}\n" for line in self._lines).encode("utf-8", "replace")
        count, self._lines = len(self._lines), []
        if self._lost and self._writable():
            data = f"({self._lost} lines were not read in time)\n".encode() + data
            self._lost = 0
        while data and self._writable():
            piece = data[:ATOMIC]
            data = data[os.write(self._descriptor, piece) :]
        self._lost += min(data.count(b"\n"), count)

    def _writable(self) -> bool:
        try:
            return bool(select.select([], [self._descriptor], [], 0)[1])
        except (OSError, ValueError):  # a descriptor that cannot be asked
            return True


def _has_colour() -> bool:
    return sys.stderr.isatty() and "NO_COLOR" not in os.environ


def written(scope: Scope, status: int, took: float, *, coloured: bool = False) -> str | None:
    """The line of a request; None for a control call that only looks."""
    paint = _painted if coloured else _unpainted
    entry: RequestEntry | None = scope.get(ENTRY)
    method, path = scope["method"], _CONTROLS.sub("?", scope["path"])[:MAX_PATH]
    if path.startswith(CONTROL):
        return paint(f"{'':12}  {_tag(scope):12}  {method} {path} {status}", _DIM) if method != "GET" else None
    clock = "" if entry is None else with_nanoseconds(entry.at).partition("T")[2].rstrip("Z")[:12]
    parts = [
        paint(f"{clock:12}  {_tag(scope):12}", _DIM),
        f"{method} {path}",
        paint(str(status or "no answer"), _colour(status)),
        *(() if entry is None else _details(entry)),
        paint(f"{took * 1000:.0f} ms" + (f"  #{entry.seq}" if entry else ""), _DIM),
    ]
    return "  ".join(parts)


def _details(entry: RequestEntry) -> list[str]:
    """What was refused and why, what went wrong on purpose, and which record it is about."""
    details = [f"{kind} {ref}" for kind, ref in record_named(entry).items() if ref not in entry.path]
    if entry.refused_by:
        details.append(f"refused by {entry.refused_by}: {_message(entry.answer)}")
    if entry.faults:
        details.append(f"[{', '.join(entry.faults)}]")
    return details


def _message(answer: bytes) -> str:
    """What a refusal says."""
    try:
        body = msgspec.json.decode(answer)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        body = answer.decode("utf-8", "replace")
    text = str(body.get("message") or body.get("error") or "") if isinstance(body, dict) else str(body)
    return _CONTROLS.sub(" ", text)[:MAX_MESSAGE].strip()


def _tag(scope: Scope) -> str:
    """The tag of the world that a request is about, as far as its key or its file's name tells."""
    key = next((value for name, value in scope["headers"] if name == _KEY), b"").decode("latin-1").strip()
    if key:
        return tag_of(name_of(key))
    return tag_in(scope["path"].rpartition("/")[2]) if ENTRY in scope else ""


def _colour(status: int) -> str:
    return _RED if status >= 500 or not status else _YELLOW if status >= 400 else _GREEN


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[{_PLAIN}m"


def _unpainted(text: str, _: str) -> str:
    return text
