"""``GET journal``, and the filters that choose entries of a journal."""

import asyncio
import re
import sys
from collections.abc import Callable, Mapping
from functools import cache
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp, number
from fakeseed.control.views import MAX_ENTRIES, entry_view
from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.piapi.parse import whole_number
from fakeseed.world.journal import DeliveryEntry, Entry, EventEntry, RequestEntry
from fakeseed.world.world import World

if TYPE_CHECKING:
    from fakeseed.catalogue import Behaviour

Test = Callable[[Entry], bool]
KINDS: dict[str, type[Entry]] = {"request": RequestEntry, "event": EventEntry, "delivery": DeliveryEntry}

_STATUS = re.compile(r"([1-5])xx|\d{1,3}", re.ASCII | re.IGNORECASE)


def _of_kind(kind: str) -> Test:
    if kind not in KINDS:
        raise UsageError(f"unknown kind {kind[:80]!r}{did_you_mean(kind, KINDS)}", f"use one of {', '.join(KINDS)}")
    entry_type = KINDS[kind]
    return lambda entry: type(entry) is entry_type


def _of_method(method: str) -> Test:
    upper_case = method.upper()
    return lambda entry: isinstance(entry, RequestEntry) and entry.method.upper() == upper_case


def _of_path(pattern: str) -> Test:
    if pattern[:1] not in ("/", "*"):
        raise UsageError(f"a path begins with /, got {pattern[:80]!r}", "for instance /api/v1/task or /api/v1/asset/*")
    fits = like(pattern)
    return lambda entry: isinstance(entry, RequestEntry) and fits(entry.path)


def like(pattern: str) -> Callable[[str], bool]:
    """Whether a text is a pattern in which ``*`` stands for anything; in one pass, whatever the pattern."""
    head, *pieces = pattern.split("*")
    if not pieces:
        return pattern.__eq__
    *middle, tail = pieces

    def fits(text: str) -> bool:
        position = len(head)
        if not text.startswith(head):
            return False
        for piece in middle:
            position = text.find(piece, position) + len(piece)
            if position < len(piece):
                return False
        return text.endswith(tail) and len(text) - len(tail) >= position

    return fits


def _of_status(status: str) -> Test:
    match = _STATUS.fullmatch(status)
    if not match:
        raise UsageError(f"a status is a number or a class such as 4xx, got {status[:80]!r}", "use 404 or 4xx")
    low = int(match[1]) * 100 if match[1] else int(status)
    high = low + 99 if match[1] else low
    return lambda entry: not isinstance(entry, EventEntry) and low <= entry.status <= high


def _about(subjects: tuple[str, ...]) -> Callable[[str], Test]:
    """Entries about one record: its own, and requests whose path, body or answer names it."""

    def about(ref: str) -> Test:
        needle = ref.encode("utf-8", "surrogatepass")
        named = re.compile(rb"(?<![\w-])" + re.escape(needle) + rb"(?![\w-])")

        def concerns(entry: Entry) -> bool:
            if isinstance(entry, EventEntry):
                return entry.ref == ref and entry.subject in subjects
            if isinstance(entry, DeliveryEntry):
                return entry.ref == ref and "task" in subjects
            if needle in entry.answer or needle in entry.body or ref in entry.path:  # far cheaper than the pattern
                texts = (entry.path.encode("utf-8", "surrogatepass"), entry.answer, entry.body)
                return any(named.search(text) for text in texts)
            return False

        return concerns

    return about


def _refused_by(behaviour: str) -> Test:
    if behaviour not in catalogue():
        hint = "`fakeseed behaviours` lists them all"
        raise UsageError(f"no behaviour {behaviour[:80]!r}{did_you_mean(behaviour, catalogue())}", hint)
    return lambda entry: isinstance(entry, RequestEntry) and entry.refused_by == behaviour


@cache
def catalogue() -> Mapping[str, "Behaviour"]:
    """The behaviour catalogue, read when it is first needed."""
    from fakeseed.catalogue import load

    return load()


FILTERS: dict[str, Callable[[str], Test]] = {
    "kind": _of_kind,
    "method": _of_method,
    "path": _of_path,
    "status": _of_status,
    "task": _about(("task", "output")),
    "asset": _about(("asset",)),
    "refused": _refused_by,
}
"""What can be asked of an entry: the filter's name -> what makes a test of its value."""


JOURNAL_QUERY = ("after", "before", "limit", *FILTERS)


class RequestFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which requests are meant. What is not said does not matter."""

    method: str | None = None
    path: str | None = None
    status: int | str | None = None
    task: str | None = None
    asset: str | None = None
    refused_by: str | None = None


class DeliveryFilter(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which webhook attempts are meant; status 0: no answer came."""

    task: str | None = None
    status: int | str | None = None


def tests_of(filters: Mapping[str, object]) -> dict[str, Test]:
    """The tests that an entry has to pass, by filter. Raises UsageError for a value that a filter does not take."""
    for name, value in filters.items():
        if value == "":
            raise UsageError(f"{name} is empty", "give it a value, or leave it out")
    return {name: FILTERS[name](str(filters[name])) for name in FILTERS if filters.get(name) is not None}


END = "end"
"""The word for the newest entries: ``before=end``."""
CHUNK = 1000
"""Entries that are looked at in one unit of work, so that others are served in between."""
TWO_ENDS = "say either after or before"


class JournalPage(msgspec.Struct, frozen=True):
    """Which entries of a journal: those after a number, or the last ones before a number; at most so many."""

    limit: int
    after: int = 0
    before: int | None = None


def page_of(query: Mapping[str, str], limit: int, after: int) -> JournalPage:
    """The page that a query asks for. Raises UsageError."""
    before = query.get("before")
    if before is None:
        return JournalPage(min(limit, MAX_ENTRIES), after)
    if "after" in query:
        raise UsageError(TWO_ENDS, "after=N pages from the oldest on, before=N (or before=end) from the newest back")
    seq = sys.maxsize // 2 if before == END else whole_number(before, 0, 1)
    if not seq:
        raise UsageError(
            f"before must be a whole number from 1, or {END}, got {before[:80]!r}{did_you_mean(before, [END])}"
        )
    return JournalPage(min(limit, MAX_ENTRIES), before=seq)


async def entries_of(
    control: ControlApp, world_name: str, page: JournalPage, tests: Mapping[str, Test]
) -> tuple[dict[str, int], list[Entry]]:
    """Counts of a journal, and its entries on a page that pass every test, oldest first.

    The journal is read in chunks, each a unit of work of its own, so that nobody waits for a long one.
    """
    entries: list[Entry] = []
    all_tests = list(tests.values())
    seq, size = page.after if page.before is None else page.before, page.limit if not tests else CHUNK

    def read(world: World) -> tuple[dict[str, int], list[Entry]]:
        journal = world.tables.journal
        chunk = journal.page(seq, size) if page.before is None else journal.page_before(seq, size)
        return {"total": len(journal), "dropped": journal.dropped}, chunk

    while True:
        counts, chunk = await control.engine.look(world_name, read)
        passing = [entry for entry in chunk if all(test(entry) for test in all_tests)]
        entries = [*entries, *passing] if page.before is None else [*passing, *entries]
        if len(chunk) < size or len(entries) >= page.limit:
            return counts, entries[: page.limit] if page.before is None else entries[-page.limit :]
        seq = chunk[-1].seq if page.before is None else chunk[0].seq
        await asyncio.sleep(0)


async def journal(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET journal``: entries after a number or the last ones before it, all or those that pass the filters."""
    query = request.query_params
    page = page_of(query, number(request, "limit", 1000, 1), number(request, "after", 0, 0))
    tests = tests_of({name: value for name, value in query.items() if name in FILTERS})
    counts, entries = await entries_of(control, world_name, page, tests)
    return {**counts, "entries": [entry_view(entry) for entry in entries]}
