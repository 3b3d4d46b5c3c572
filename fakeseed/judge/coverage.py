"""How much of the contract a client has met, read off the journal of its worlds.

Five areas, each a list of everything that exists and which of it the journal shows: the calls that the client made, the
refusals that it got, the ways in which its tasks and assets failed, the transitions of its records, the faults that
fired for its requests. What a client cannot cause (transitions of the control API alone) does not count.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import Any

import msgspec

from fakeseed.faults.registry import known_faults
from fakeseed.model.lifecycle import LIFECYCLES
from fakeseed.model.media import FAILURES
from fakeseed.model.refusals import REFUSALS
from fakeseed.model.routes import ROUTES, match_request
from fakeseed.model.task import OUTCOMES

Entry = Mapping[str, Any]
"""A journal entry as ``GET journal`` shows it."""


class Area(msgspec.Struct, frozen=True):
    """One area of the contract: what exists in it, and what of that was met, both in the contract's order."""

    name: str
    items: tuple[str, ...]
    met: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """What was not met."""
        return tuple(item for item in self.items if item not in self.met)

    @property
    def share(self) -> float:
        """The part that was met, from 0 to 1."""
        return len(self.met) / len(self.items)


class Coverage(msgspec.Struct, frozen=True):
    """All areas by name."""

    areas: dict[str, Area]

    @property
    def share(self) -> float:
        """The mean of the areas' shares, so that an area with many items weighs no more than one with few."""
        return sum(area.share for area in self.areas.values()) / len(self.areas)


def coverage(journals: Iterable[Iterable[Entry]]) -> Coverage:
    """What a client has met in all its worlds, one journal each."""
    met: dict[str, set[str]] = {name: set() for name in _FINDERS}
    for journal in journals:
        for entry in journal:
            for name, find in _FINDERS.items():
                met[name].update(find(entry))
    return Coverage(
        {name: Area(name, items, tuple(filter(met[name].__contains__, items))) for name, items in all_items().items()}
    )


def _calls(entry: Entry) -> Iterable[str]:
    route = match_request(entry["method"], entry["path"]) if entry["kind"] == "request" else None
    return () if route is None else (route.name,)


def _refusals(entry: Entry) -> Iterable[str]:
    """A refused batch names the behaviour of its first entry, so each entry's own sentence is not looked at."""
    return filter(None, (entry.get("refused_by"),))


def _failures(entry: Entry) -> Iterable[str]:
    """The codes with which a task or an asset is shown as failed."""
    answer = entry.get("answer") if entry["kind"] == "request" and entry["status"] < 300 else None
    if not isinstance(answer, dict):
        return
    record = answer["data"] if isinstance(answer.get("data"), dict) else answer
    error = record.get("error") if str(record.get("status")).lower() == "failed" else None
    if isinstance(error, dict) and error.get("code"):
        yield f"{'asset' if 'asset_id' in record else 'task'} {error['code']}"


def _transitions(entry: Entry) -> Iterable[str]:
    if entry["kind"] == "event":
        for lifecycle in LIFECYCLES:
            if lifecycle.name in entry:
                yield _transition(lifecycle.name, entry["from"], entry["trigger"], entry["to"])


def _transition(kind: str, source: str | None, trigger: str, target: str | None) -> str:
    return f"{kind} {source or 'nothing'} -> {target or 'gone'} ({trigger})"


def _faults(entry: Entry) -> Iterable[str]:
    return (name.partition(" (")[0] for name in entry.get("faults", ()))


def _known_transitions() -> Iterable[str]:
    """Transitions that a client can meet; touching a record leaves it where it is and is not written down."""
    for lifecycle in LIFECYCLES:
        for row in lifecycle.transitions:
            if row.origin == "vendor" and row.trigger != "touched":
                yield _transition(lifecycle.name, row.source, row.trigger, row.target)


@cache
def all_items() -> dict[str, tuple[str, ...]]:
    """Area -> everything that exists in it, in the contract's order."""
    return {
        "calls": tuple(ROUTES),
        "refusals": tuple(dict.fromkeys(row.behaviour for row in REFUSALS.values())),
        "failures": tuple(dict.fromkeys(_known_failures())),
        "transitions": tuple(_known_transitions()),
        "faults": tuple(known_faults()),
    }


def _known_failures() -> Iterable[str]:
    yield from (f"task {outcome.error_code}" for outcome in OUTCOMES.values() if outcome.error_code)
    yield from (f"asset {failure.code}" for failure in FAILURES.values())


_FINDERS: dict[str, Callable[[Entry], Iterable[str]]] = {
    "calls": _calls,
    "refusals": _refusals,
    "failures": _failures,
    "transitions": _transitions,
    "faults": _faults,
}
"""Area -> what of it a journal entry shows."""
