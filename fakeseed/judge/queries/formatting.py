"""Journal entries as lines for people."""

from collections.abc import Callable
from typing import Any

from fakeseed.judge.entries import DeliveryRecord, Entry, RequestRecord, TransitionRecord
from fakeseed.judge.history import History
from fakeseed.model.times import with_nanoseconds


def entry_line(entry: Entry) -> str:
    """One entry: its number, its time in the world, and what it was."""
    clock = with_nanoseconds(entry.at).partition("T")[2].rstrip("Z")[:12]
    return f"#{entry.seq:<4} {clock:<12} {describe(entry)}"


def describe(entry: Entry) -> str:
    """What an entry was."""
    writer: Callable[[Any], str] = _WRITERS[type(entry)]
    return writer(entry)


def _request(entry: RequestRecord) -> str:
    query = f"?{entry.query[:60]}" if entry.query else ""
    state = f" {entry.state}" if entry.state else ""
    refused = f"  refused by {entry.refused}" if entry.refused else ""
    struck = f"  [{', '.join(sorted(entry.faults))}]" if entry.faults else ""
    return f"{entry.method} {entry.path[:120]}{query} -> {entry.status}{state}{refused}{struck}"


def _event(entry: TransitionRecord) -> str:
    return f"{entry.subject} {entry.ref}: {entry.source or 'nothing'} -> {entry.target or 'gone'} ({entry.trigger})"


def _delivery(entry: DeliveryRecord) -> str:
    return f"webhook of {entry.task}, attempt {entry.attempt} -> {entry.status or entry.cause}"


_WRITERS: dict[type, Callable[[Any], str]] = {
    RequestRecord: _request,
    TransitionRecord: _event,
    DeliveryRecord: _delivery,
}


def entry_lines(history: History, numbers: tuple[int, ...]) -> list[str]:
    """The lines of these entries."""
    by_number = {entry.seq: entry for entry in history.entries}
    return [entry_line(by_number[number]) for number in numbers if number in by_number]
