"""The picture of a trial: what the client asked, below it what became of tasks and assets, on one axis of world time.

Each gap counts by its logarithm, so that polls after three seconds and a video after ten minutes both fit.
"""

import math
from collections.abc import Iterator
from html import escape
from itertools import pairwise

from fakeseed.judge.entries import DeliveryRecord, Entry, RequestRecord, TransitionRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.formatting import describe
from fakeseed.model.times import SECOND, with_nanoseconds

MOST = 600
"""Entries that a picture shows, the first ones."""
LEFT, RIGHT, TOP, LANE = 190.0, 40.0, 34.0, 22.0
LEAST_WIDTH = 960.0
STATES = {
    "pending": "wait",
    "Processing": "wait",
    "processing": "work",
    "Active": "good",
    "completed": "good",
    "failed": "bad",
    "Failed": "bad",
}
"""State -> the class of its bar."""
TICKS = 8


class Axis:
    """Where entries stand from left to right."""

    def __init__(self, entries: list[Entry]) -> None:
        self._at: dict[int, float] = {}
        x = LEFT
        for previous, entry in pairwise([entries[0], *entries]):
            x += 6 + 9 * math.log1p(max(entry.at - previous.at, 0) / SECOND) if self._at else 0
            self._at[entry.seq] = x
        self.end = max(x, LEFT + LEAST_WIDTH)
        if x > LEFT:
            stretch = (self.end - LEFT) / (x - LEFT)
            self._at = {seq: LEFT + (at - LEFT) * stretch for seq, at in self._at.items()}

    def __getitem__(self, entry: Entry) -> float:
        return self._at[entry.seq]


def timeline_chart(history: History, marked: set[int]) -> str:
    """The picture as SVG; entries that are evidence of something broken are marked with their numbers."""
    entries = history.entries[:MOST]
    if not entries:
        return "<p>The client sent nothing that reached the server.</p>"
    axis = Axis(entries)
    lanes = _lanes(entries)
    first = 2 if any(isinstance(entry, DeliveryRecord) for entry in entries) else 1
    height = TOP + LANE * (len(lanes) + first) + 16
    width = axis.end + RIGHT
    names = ("client", "webhooks")[:first]
    body = [*_ticks(entries, axis, height), *map(_name, names, (TOP, TOP + LANE)), *_requests(entries, axis, marked)]
    for index, (name, events) in enumerate(lanes.items()):
        body += _bar(name, events, axis, TOP + LANE * (index + first))
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" role="img" '
        f'aria-label="Requests of the client against events of the world">{"".join(body)}</svg>'
    )


def _lanes(entries: list[Entry]) -> dict[str, list[TransitionRecord]]:
    lanes: dict[str, list[TransitionRecord]] = {}
    for entry in entries:
        if isinstance(entry, TransitionRecord) and entry.subject in ("task", "asset"):
            lanes.setdefault(f"{entry.subject} {entry.ref.removeprefix('asset-')[-14:]}", []).append(entry)
    return dict(list(lanes.items())[:40])


def _ticks(entries: list[Entry], axis: Axis, height: float) -> Iterator[str]:
    step = max(len(entries) // TICKS, 1)
    last = -math.inf
    for entry in entries[::step]:
        if axis[entry] - last >= 78:
            last = axis[entry]
            clock = with_nanoseconds(entry.at).partition("T")[2].rstrip("Z")[:8]
            yield f'<line class="grid" x1="{last:.1f}" x2="{last:.1f}" y1="{TOP - 12:.0f}" y2="{height:.0f}"/>'
            yield f'<text class="tick" x="{last:.1f}" y="14">{clock}</text>'


def _name(name: str, y: float) -> str:
    """What a lane is called."""
    return f'<text class="name" x="{LEFT - 12:.0f}" y="{y + 15:.0f}">{escape(name)}</text>'


def _requests(entries: list[Entry], axis: Axis, marked: set[int]) -> Iterator[str]:
    y = TOP + LANE / 2
    for entry in entries:
        if isinstance(entry, RequestRecord | DeliveryRecord):
            down = y + (LANE if isinstance(entry, DeliveryRecord) else 0)
            x, tooltip = axis[entry], escape(f"#{entry.seq} {describe(entry)}")
            radius = 3.5 if isinstance(entry, RequestRecord) and entry.method == "GET" else 5.5
            dot = f'<circle class="{_kind(entry)}" cx="{x:.1f}" cy="{down:.1f}" r="{radius}">'
            yield f"{dot}<title>{tooltip}</title></circle>"
            if entry.seq in marked:
                yield f'<circle class="ring" cx="{x:.1f}" cy="{down:.1f}" r="9"/>'
                yield f'<text class="mark" x="{x:.1f}" y="{down - 11:.1f}">#{entry.seq}</text>'


def _kind(entry: RequestRecord | DeliveryRecord) -> str:
    if isinstance(entry, RequestRecord) and entry.lost:
        return "lost"
    return {2: "ok", 3: "ok", 4: "no", 5: "bad"}.get(entry.status // 100, "lost")


def _bar(name: str, events: list[TransitionRecord], axis: Axis, y: float) -> Iterator[str]:
    yield _name(name, y)
    ends = [axis[event] for event in events[1:]] + [axis.end]
    for event, end in zip(events, ends, strict=True):
        if event.target:
            x = axis[event]
            tooltip = escape(f"#{event.seq} {describe(event)}")
            yield (
                f'<rect class="{STATES.get(event.target, "wait")}" x="{x:.1f}" y="{y + 4:.1f}" '
                f'width="{max(end - x, 3):.1f}" height="{LANE - 8:.0f}" rx="3"><title>{tooltip}</title></rect>'
            )
            if end - x > 64:
                yield f'<text class="state" x="{x + 5:.1f}" y="{y + 15:.1f}">{escape(event.target)}</text>'
