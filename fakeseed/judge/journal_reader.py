"""Reading a journal: what ``GET /_fakeseed/journal`` shows, or what somebody else wrote in the same form."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from fakeseed.errors import UsageError
from fakeseed.judge.entries import DeliveryRecord, Ending, Entry, RequestRecord, TransitionRecord, route_of
from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import Json, decoded
from fakeseed.model.times import parse_instant


def read(journal: object, ending: Ending | None = None, rate: float | None = 1.0, setup_entries: int = 0) -> History:
    """A history from a journal: entries, the control API's whole answer, its JSON, or something that iterates entries.

    ``setup_entries``: how many of the first ones the set-up of the world wrote, not the client.

    Raises UsageError for what is no journal, and for one that has lost its beginning.
    """
    entries = _entries_of(decoded(journal))
    try:
        return History([_entry(entry) for entry in entries], ending, rate, setup_entries)
    except (KeyError, TypeError, ValueError, AttributeError, StopIteration) as problem:
        raise UsageError(
            f"this is no journal: {type(problem).__name__}: {problem}", "GET /_fakeseed/journal shows the form"
        ) from None


def _entries_of(journal: object) -> Sequence[Json]:
    if isinstance(journal, dict):
        if journal.get("dropped"):
            raise UsageError(
                f"the journal has lost its first {journal['dropped']} entries; what is gone cannot be judged",
                "judge sooner, or make the client do less",
            )
        journal = journal.get("entries")
    if not isinstance(journal, Iterable) or isinstance(journal, str | bytes):
        raise UsageError("this is no journal", "give a list of entries, or the answer of GET /_fakeseed/journal")
    return list(journal)


def _entry(entry: Json) -> Entry:
    return _READERS[entry["kind"]](entry, int(entry["seq"]), parse_instant(entry["at"]))


def _request(entry: Json, seq: int, at: int) -> RequestRecord:
    return RequestRecord(
        seq,
        at,
        route_of(entry["method"], entry["path"]),
        entry["method"],
        entry["path"],
        entry.get("query") or "",
        _headers(entry.get("headers")),
        entry.get("body"),
        int(entry["status"]),
        entry.get("answer"),
        _headers(entry.get("answer_headers")),
        entry.get("refused_by") or "",
        frozenset(str(fault).partition(" (")[0] for fault in entry.get("faults") or ()),
    )


def _headers(pairs: object) -> dict[str, str]:
    items = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {str(name).lower(): str(value) for name, value in items or ()}  # type: ignore[attr-defined]


def _event(entry: Json, seq: int, at: int) -> TransitionRecord:
    subject = next(name for name in entry if name not in _EVENT_FIELDS)
    transition = [entry.get(name) or "" for name in ("from", "trigger", "to", "behaviour")]
    return TransitionRecord(seq, at, subject, entry[subject], *transition)


_EVENT_FIELDS = frozenset({"seq", "at", "kind", "from", "trigger", "to", "behaviour"})


def _delivery(entry: Json, seq: int, at: int) -> DeliveryRecord:
    cause = entry.get("cause") or ""
    return DeliveryRecord(
        seq, at, entry["task"], entry.get("attempt") or 1, entry.get("url") or "", entry["status"], cause
    )


_READERS: dict[str, Callable[[Json, int, int], Entry]] = {
    "request": _request,
    "event": _event,
    "delivery": _delivery,
}
