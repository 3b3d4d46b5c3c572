"""``GET journal/rows``: the journal in short lines, newest first, for whoever scrolls through it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp, number
from fakeseed.control.journal import FILTERS, Test, tests_of
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.journal import DeliveryEntry, Entry, EventEntry, RequestEntry
from fakeseed.world.world import World

SCANNED = 20_000
"""Entries that one call looks at: a filter that fits few does not hold up the server, it is asked again from there."""
CHUNK = 1000
MAX_ROWS = 10_000
MAX_PATH = 500

_IN_PATH = re.compile(r"/api/v1/(task|asset)/([\w-]{8,})$", re.ASCII)
_NOT_IDS = frozenset({"upload", "list"})
_IN_ANSWER = re.compile(rb'"(task|asset)_id": ?"([\w-]+)"', re.ASCII)


def row_view(entry: Entry) -> dict[str, Any]:
    """An entry in short: no bodies, no headers."""
    head: dict[str, Any] = {"seq": entry.seq, "at": with_nanoseconds(entry.at), "kind": entry.__struct_config__.tag}
    if isinstance(entry, RequestEntry):
        return {**head, **_request_row(entry)}
    if isinstance(entry, EventEntry):
        transition = {"from": entry.source or None, "trigger": entry.trigger, "to": entry.target or None}
        return {**head, entry.subject: entry.ref, **transition, "behaviour": entry.behaviour}
    assert isinstance(entry, DeliveryEntry)
    row = {**head, "task": entry.ref, "attempt": entry.attempt, "url": entry.url, "status": entry.status}
    return {**row, "cause": entry.cause, "redelivery": entry.redelivery}


def _request_row(entry: RequestEntry) -> dict[str, Any]:
    row: dict[str, Any] = {"method": entry.method, "path": entry.path[:MAX_PATH], "status": entry.status}
    if entry.refused_by:
        row["refused_by"] = entry.refused_by
    if entry.faults:
        row["faults"] = entry.faults
    return {**row, **record_named(entry)}


def record_named(entry: RequestEntry) -> dict[str, str]:
    """The task or asset that a request is about, by its path or by what its answer says was made."""
    match = _IN_PATH.search(entry.path)
    if match and match[2] not in _NOT_IDS:
        return {match[1]: match[2]}
    if entry.method == "POST" and (made := _IN_ANSWER.search(entry.answer[:2000])):
        return {made[1].decode(): made[2].decode()}
    return {}


def chosen(entries: Iterable[Entry], tests: Mapping[str, Test]) -> Iterator[Entry]:
    """The entries that pass every test."""
    every = list(tests.values())
    return (entry for entry in entries if all(test(entry) for test in every))


def backwards(world: World, before: int) -> Iterator[Entry]:
    """Entries before a number, newest first, read bit by bit."""
    while chunk := world.tables.journal.page_before(before, CHUNK):
        yield from reversed(chunk)
        before = chunk[0].seq


async def journal_rows(control: ControlApp, world_name: str, request: Request) -> object:
    """``GET journal/rows``: entries before a number that pass the filters; ``next`` leads to older ones."""
    query = dict(request.query_params)
    limit = min(number(request, "limit", 100, 1), MAX_ROWS)
    before = number(request, "before", 2**62, 1)
    tests = tests_of({name: value for name, value in query.items() if name in FILTERS})

    def work(world: World) -> object:
        last = world.account.journal_counter
        start = min(before, last + 1)
        rows = [row_view(one) for one in islice(chosen(islice(backwards(world, start), SCANNED), tests), limit)]
        reached = rows[-1]["seq"] if len(rows) == limit else max(start - SCANNED, 1)
        older = reached > last - len(world.tables.journal) + 1
        return {"rows": rows, "next": reached if older else None, "last": last}

    return await control.engine.look(world_name, work)
