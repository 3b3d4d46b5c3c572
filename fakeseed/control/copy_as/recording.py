"""Requests of a journal as steps that can be taken again, in a world where ids are others.

An id that an answer made is a variable from then on; wherever a later request says it, the variable stands.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec

from fakeseed.world.journal import RequestEntry

BEGIN, END = "\ue000", "\ue001"
"""Marks around a variable's name in a text. Private characters, taken out of what clients sent."""

_MARKED = re.compile(f"{BEGIN}([^{END}]*){END}")
_ID = re.compile(rb'"(task_id|asset_id|video|url)":\s*"([^"]+)"')
_FILE = re.compile(r"/ephemeral/[\w.-]+")
_KEPT_HEADERS = (b"content-type", b"range")


class Capture(msgspec.Struct, frozen=True):
    """Where a variable's value is in an answer: the so manieth (from 0) text under a key; ``path``: of it, the path."""

    variable: str
    key: str
    nth: int
    path: bool = False


class RecordedStep(msgspec.Struct, frozen=True):
    """One request. ``path`` and ``body`` hold marked variables; ``gap``: world time since the step before."""

    seq: int
    method: str
    path: str
    headers: dict[str, str]
    body: str
    status: int
    refused: str
    faults: tuple[str, ...]
    gap: int
    captures: tuple[Capture, ...]

    @property
    def json(self) -> Any:
        """The body as JSON; UNSET when it is none."""
        try:
            return msgspec.json.decode(self.body) if self.body else msgspec.UNSET
        except (msgspec.MsgspecError, ValueError, RecursionError):
            return msgspec.UNSET


def parts(text: str) -> list[tuple[bool, str]]:
    """A text as pieces: (True, variable) or (False, plain text)."""
    pieces = _MARKED.split(text)
    return [(place % 2 == 1, piece) for place, piece in enumerate(pieces) if piece]


def filled(text: str, write: str) -> str:
    """A text with each variable written as ``write`` says, for instance ``${{{}}}``."""
    return _MARKED.sub(lambda match: write.format(match[1]), text)


def with_makers(entries: Sequence[RequestEntry], chosen: Sequence[RequestEntry]) -> list[RequestEntry]:
    """The chosen requests, and before them those that made what they name."""
    makers = {value: entry for entry in entries for _, _, value in _made(entry)}
    taken = {entry.seq: entry for entry in chosen}
    waiting = list(chosen)
    while waiting:
        entry = waiting.pop()
        text = f"{entry.path}?{entry.query}\n{entry.body.decode('utf-8', 'replace')}"
        for value, maker in makers.items():
            if maker.seq < entry.seq and maker.seq not in taken and value in text:
                taken[maker.seq] = maker
                waiting.append(maker)
    return [taken[seq] for seq in sorted(taken)]


def recorded(entries: Iterable[RequestEntry], *, variables: bool) -> list[RecordedStep]:
    """Requests as steps; without ``variables`` every id stands as it was."""
    names: dict[str, str] = {}
    counts: dict[str, int] = {}
    steps: list[RecordedStep] = []
    at = None
    for entry in entries:
        captures = tuple(_captures(entry, names, counts)) if variables else ()
        known = {value: name for value, name in names.items() if name not in {one.variable for one in captures}}
        steps.append(_step(entry, known, 0 if at is None else entry.at - at, captures))
        at = entry.at
    used = {piece for step in steps for text in (step.path, step.body) for marked, piece in parts(text) if marked}
    return [_only(step, used) for step in steps]


def _only(step: RecordedStep, used: set[str]) -> RecordedStep:
    """A step with those captures that a later step needs."""
    return msgspec.structs.replace(step, captures=tuple(one for one in step.captures if one.variable in used))


def _step(entry: RequestEntry, names: dict[str, str], gap: int, captures: tuple[Capture, ...]) -> RecordedStep:
    def marked(text: str) -> str:
        text = text.replace(BEGIN, "").replace(END, "")
        for value, name in names.items():
            text = text.replace(value, f"{BEGIN}{name}{END}")
        return text

    query = f"?{entry.query}" if entry.query else ""
    headers = {
        name.decode(): value.decode("latin-1") for name, value in entry.headers if name in _KEPT_HEADERS and value
    }
    return RecordedStep(
        entry.seq,
        entry.method,
        marked(entry.path + query),
        headers,
        marked(entry.body.decode("utf-8", "replace")),
        entry.status,
        entry.refused_by,
        entry.faults,
        gap,
        captures,
    )


def _captures(entry: RequestEntry, names: dict[str, str], counts: dict[str, int]) -> Iterator[Capture]:
    """Variables for what an answer made that no earlier one did."""
    for key, nth, value in _made(entry):
        if value in names:
            continue
        kind = {"task_id": "task", "asset_id": "asset", "video": "video", "url": "file"}[key]
        counts[kind] = counts.get(kind, 0) + 1
        names[value] = f"{kind}_{counts[kind]}"
        yield Capture(names[value], key, nth, path=kind in ("video", "file"))


def _made(entry: RequestEntry) -> Iterator[tuple[str, int, str]]:
    """Key, place and value of each id, or path of a file, that an answer shows."""
    if entry.status >= 400 or not entry.answer:
        return
    seen: dict[str, int] = {}
    for raw_key, raw_value in _ID.findall(entry.answer):
        key, value = raw_key.decode(), raw_value.decode("utf-8", "replace")
        nth = seen.get(key, 0)
        seen[key] = nth + 1
        if key in ("video", "url"):
            match = _FILE.search(value)
            if match:
                yield key, nth, match[0]
        elif entry.method == "POST":
            yield key, nth, value
