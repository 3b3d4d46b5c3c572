"""Whether a scenario's trouble struck a client, read off the journal of the client's world.

A world in which the trouble never struck says nothing about the client. What has to be in the journal stands in the
file (``struck_when``) or follows from it: from the evidence of its faults, from the refusals that its steps expect, or
from its timeline.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from fakeseed.faults.registry import known_faults
from fakeseed.scenario.matching import differences
from fakeseed.scenario.schema_types import ACTS, EntryPattern, Scenario, Setup, TimelineEntry

Entry = Mapping[str, Any]
"""A journal entry as ``GET journal`` shows it."""
_GLOBS = ("method", "path")
_PAIRS = ("headers", "answer_headers")
_LOOKED = {"kind": "request"}
"""The client was still there."""


class Sign(msgspec.Struct, frozen=True):
    """One way in which the trouble shows: journal entries, in this order."""

    title: str
    entries: tuple[dict[str, Any], ...]

    def is_in(self, journal: Iterable[Entry]) -> bool:
        """Whether a journal has these entries in their order."""
        remaining = iter(journal)
        return all(any(is_like(pattern, entry) for entry in remaining) for pattern in self.entries)


class Struck(msgspec.Struct, frozen=True):
    """Which signs of the trouble a journal shows, by title, and which it lacks."""

    present: tuple[str, ...]
    missing: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.present)


def struck(setup: Setup, journal: Sequence[Entry]) -> Struck:
    """Whether the trouble of a scenario struck: true when the journal shows one of its signs.

    A setup that has no trouble, the calm world, has no sign and never strikes.
    """
    present: list[str] = []
    missing: list[str] = []
    for sign in signs_of(setup):
        (present if sign.is_in(journal) else missing).append(sign.title)
    return Struck(tuple(present), tuple(missing))


def signs_of(setup: Setup) -> list[Sign]:
    """All ways in which the trouble of a scenario shows."""
    if isinstance(setup, Scenario) and setup.struck_when:
        entries = tuple(msgspec.to_builtins(pattern) for pattern in setup.struck_when)
        return [Sign(", then ".join(map(_title, setup.struck_when)), entries)]
    signs = list(_fault_signs(setup.faults))
    signs = signs or list(_refusal_signs(setup))
    return signs or [_timeline_sign(moment) for moment in setup.timeline]


def is_like(pattern: Mapping[str, Any], entry: Entry) -> bool:
    """Whether a journal entry is like a pattern; what the pattern does not say does not matter."""
    if pattern.get("kind", "request") != entry["kind"]:
        return False
    if any(name in pattern and not fnmatchcase(str(entry.get(name, "")), pattern[name]) for name in _GLOBS):
        return False
    fault = pattern.get("fault")
    if fault and not any(fault in (name, name.partition(" (")[0]) for name in entry.get("faults", ())):
        return False
    expected = {name: value for name, value in pattern.items() if name not in ("kind", "fault", *_GLOBS)}
    actual = {**entry, **{name: dict(entry[name]) for name in _PAIRS if name in entry}}
    return not any(differences(expected, actual, ""))


def _fault_signs(orders: Iterable[Mapping[str, Any]]) -> Iterator[Sign]:
    """The evidence of each armed fault; in a fresh world they are numbered in their order."""
    for number, order in enumerate(orders, 1):
        name = order["fault"]
        first, *later = known_faults()[name].evidence
        yield Sign(f"fault {name}", ({**first, "fault": f"{name} (fault-{number})"}, *later))


def _refusal_signs(setup: Setup) -> Iterator[Sign]:
    """Each refusal that a step expects."""
    steps = setup.steps if isinstance(setup, Scenario) else ()
    for behaviour in dict.fromkeys(step.expect.refused_by for step in steps if step.expect.refused_by):
        yield Sign(f"refused by {behaviour}", ({"kind": "request", "refused_by": behaviour},))


def _timeline_sign(moment: TimelineEntry) -> Sign:
    """Something of the timeline happened, and the client sent a request after it."""
    verb = next(verb for verb in ACTS if getattr(moment, verb) is not None)
    act = verb if verb == "set" else f"{verb} {getattr(moment, verb)}"
    return Sign(f"{act} at {moment.at}", ({"kind": "event", "scenario": act, "trigger": "happens"}, _LOOKED))


def _title(pattern: EntryPattern) -> str:
    """A pattern in a few words."""
    settings = msgspec.to_builtins(pattern)
    kind = settings.pop("kind", "request")
    return " ".join([kind, *(f"{name} {_short(value)}" for name, value in settings.items())])


def _short(value: Any) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
