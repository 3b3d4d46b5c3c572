"""``GET journal``, and the filters that choose entries of a journal."""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import MAX_ENTRIES, ControlApp, number, only
from fakeseed.control.views import entry_view
from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.world.journal import DeliveryEntry, Entry, EventEntry, RequestEntry
from fakeseed.world.world import World

if TYPE_CHECKING:
    from fakeseed.catalogue import Behaviour

Test = Callable[[Entry], bool]
KINDS = ("request", "event", "delivery")

_STATUS = re.compile(r"([1-5])xx|\d{1,3}", re.ASCII | re.IGNORECASE)


def _of_kind(kind: str) -> Test:
    if kind not in KINDS:
        raise UsageError(f"unknown kind {kind[:80]!r}{did_you_mean(kind, KINDS)}", f"use one of {', '.join(KINDS)}")
    return lambda entry: entry.__struct_config__.tag == kind


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
        named = re.compile(rb"(?<![\w-])" + re.escape(ref.encode("utf-8", "surrogatepass")) + rb"(?![\w-])")

        def concerns(entry: Entry) -> bool:
            if isinstance(entry, EventEntry):
                return entry.ref == ref and entry.subject in subjects
            if isinstance(entry, DeliveryEntry):
                return entry.ref == ref and "task" in subjects
            texts = (entry.path.encode("utf-8", "surrogatepass"), entry.answer, entry.body)
            return any(named.search(text) for text in texts)

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
    tests = {}
    for name, value in filters.items():
        if value == "":
            raise UsageError(f"{name} is empty", "give it a value, or leave it out")
        if value is not None:
            tests[name] = FILTERS[name](str(value))
    return tests


def chosen(entries: Iterable[Entry], tests: Mapping[str, Test]) -> Iterable[Entry]:
    """The entries that pass every test."""
    if not tests:
        return entries
    all_tests = list(tests.values())
    return (entry for entry in entries if all(test(entry) for test in all_tests))


async def journal(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET journal``: entries after a number, all or those that pass the filters."""
    query = only(request, ("after", "limit", *FILTERS))
    since, limit = number(request, "after", 0, 0), number(request, "limit", 1000, 1)
    tests = tests_of({name: value for name, value in query.items() if name in FILTERS})

    def work(world: World) -> object:
        all_entries = world.tables.journal
        entries = islice(chosen(all_entries.since(since), tests), min(limit, MAX_ENTRIES))
        return {
            "total": len(all_entries),
            "dropped": all_entries.dropped,
            "entries": [entry_view(entry) for entry in entries],
        }

    return await control.engine.look(world_name, work)
