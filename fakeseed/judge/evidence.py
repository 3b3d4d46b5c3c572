"""What a journal tells of a client, made once for all rules: its requests, and what became of tasks and assets.

A journal is what ``GET /_fakeseed/journal`` shows: the world's own, or one that somebody else wrote in the same form.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from fakeseed.errors import UsageError
from fakeseed.judge.reading import Json, decoded, fields, found_in
from fakeseed.model.references import FIELDS, SCHEME
from fakeseed.model.times import SECOND, parse_instant

ROUTES: tuple[tuple[str, str, str], ...] = (
    ("create", "POST", "/api/v1/task"),
    ("get task", "GET", "/api/v1/task/*"),
    ("cancel", "DELETE", "/api/v1/task/*"),
    ("upload", "POST", "/api/v1/asset/upload"),
    ("list", "GET", "/api/v1/asset/list"),
    ("get asset", "GET", "/api/v1/asset/*"),
    ("delete asset", "DELETE", "/api/v1/asset/*"),
    ("active tasks", "GET", "/account/active_tasks"),
    ("account", "GET", "/account/*"),
    ("histories", "GET", "/api/open/tasks/histories"),
    ("file upload", "POST", "/api/ephemeral_resource"),
    ("file", "GET", "/ephemeral/*"),
)
"""What rules call a route; the first that fits."""

LOST = frozenset(
    {
        *("accept-then-drop", "close", "close-after-headers", "reset", "reset-midway", "hang", "truncate", "garbage"),
        *("malformed-json", "wrong-content-length"),
    }
)
"""Faults after which the client has no answer that it can use."""
UNCLEAR = frozenset({"drip", "latency", "wrong-content-type", "edge-page", "code-in-body"})
"""Faults after which nobody outside the client can say what it made of the answer."""

ENDED = ("completed", "failed")
Route = str


class Request(msgspec.Struct, frozen=True, eq=False):
    """A request with its answer; ``at`` in nanoseconds, ``faults`` by name, ``told``: headers of the answer."""

    seq: int
    at: int
    route: Route
    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any
    told: dict[str, str]
    refused: str
    faults: frozenset[str]

    @property
    def lost(self) -> bool:
        """Whether the client has no usable answer."""
        return bool(self.faults & LOST)

    @property
    def clear(self) -> bool:
        """Whether the client surely has this answer."""
        return not self.faults & (LOST | UNCLEAR)

    @property
    def failed(self) -> bool:
        """Whether it may have taken effect all the same: no answer, or a 5xx."""
        return self.lost or self.status >= 500

    @property
    def named(self) -> str:
        """The id at the end of the path."""
        return self.path.rpartition("/")[2]

    @property
    def data(self) -> Json:
        """The task that the answer tells of."""
        return fields(found_in(self.answer, "data"))

    @property
    def input(self) -> Json:
        """A create's ``input``."""
        return fields(found_in(self.body, "input"))

    @property
    def task_type(self) -> str:
        """A create's type."""
        return str(found_in(self.body, "task_type") or "")

    @property
    def state(self) -> str:
        """The status of the task or asset that the answer shows, as it is written."""
        shown = self.data if self.route in ("create", "get task", "cancel") else fields(self.answer)
        return str(shown.get("status") or "") if self.status < 300 else ""

    @property
    def references(self) -> list[str]:
        """What a create's arrays hold, in their order."""
        return [str(uri) for field, _ in FIELDS for uri in self.array(field)]

    def array(self, field: str) -> list[Any]:
        """One of a create's arrays."""
        value = self.input.get(field)
        return value if isinstance(value, list) else []

    @property
    def asset_ids(self) -> list[str]:
        """The assets that a create refers to."""
        return [uri.removeprefix(SCHEME) for uri in self.references if uri.startswith(SCHEME)]

    @property
    def webhook(self) -> Json:
        """A create's ``webhook_config``."""
        return fields(found_in(fields(found_in(self.body, "config")), "webhook_config"))

    def like(self, other: "Request") -> bool:
        """Whether it asks the same: method, path, query and body."""
        same = (self.method, self.path, self.query) == (other.method, other.path, other.query)
        return same and bool(self.body == other.body)


class Event(msgspec.Struct, frozen=True, eq=False):
    """A transition of a task, an asset or an output."""

    seq: int
    at: int
    subject: str
    ref: str
    source: str
    trigger: str
    target: str
    behaviour: str


class Delivery(msgspec.Struct, frozen=True, eq=False):
    """A webhook attempt and what came of it."""

    seq: int
    at: int
    task: str
    attempt: int
    url: str
    status: int
    cause: str

    @property
    def kept_back(self) -> bool:
        """Whether a fault kept it from the receiver."""
        return self.cause == "kept back by a fault"


Entry = Request | Event | Delivery


class Ending(msgspec.Struct, frozen=True):
    """How the client ended, where that is known: a process, or a function that returned or raised.

    ``text`` is what it said; ``cut`` when there was more.
    """

    how: Literal["exited", "killed", "timed out", "not started"] = "exited"
    code: int | None = 0
    text: str = ""
    signal: str = ""
    seconds: float = 0.0
    cut: bool = False
    stragglers: int = 0

    @property
    def well(self) -> bool:
        """Whether it says of itself that all went well."""
        return self.how == "exited" and self.code == 0


class Task(msgspec.Struct, eq=False):
    """What the journal tells of one task."""

    task_id: str
    create: Request | None = None
    polls: list[Request] = []
    events: list[Event] = []
    deliveries: list[Delivery] = []
    files: list[Request] = []

    @property
    def end(self) -> Event | None:
        """Its end in the world."""
        return next((event for event in self.events if event.subject == "task" and event.target in ENDED), None)

    @property
    def seen_ended(self) -> Request | None:
        """The first answer that surely told the client of its end."""
        return next((poll for poll in self.polls if poll.clear and poll.state.lower() in ENDED), None)

    def met(self, fault: str) -> bool:
        """Whether its create met a fault."""
        return self.create is not None and fault in self.create.faults


class Asset(msgspec.Struct, eq=False):
    """What the journal tells of one asset; ``upload`` when the client made it, with ``url`` as its source."""

    asset_id: str
    upload: Request | None = None
    url: str = ""
    gets: list[Request] = []
    events: list[Event] = []

    def state_before(self, seq: int) -> str:
        """Its status before an entry; empty where it is not there or nothing is known."""
        before = [event for event in self.events if event.seq < seq]
        return before[-1].target if before else ""

    def ever(self, state: str, seq: int) -> bool:
        """Whether it had this status before an entry."""
        return any(event.target == state for event in self.events if event.seq < seq)

    def gone(self, trigger: str) -> Event | None:
        """Its deletion (``deleted``) or its end by age (``expired``)."""
        return next((event for event in self.events if event.trigger == trigger), None)


class Evidence:
    """A journal as rules read it.

    ``rate``: world seconds in a second of the client's own time; None when nobody knows what time it was for it.
    """

    def __init__(self, entries: Iterable[Entry], ending: Ending | None = None, rate: float | None = 1.0) -> None:
        self.entries = list(entries)
        self.ending = ending
        self.rate = rate
        self.requests = [entry for entry in self.entries if isinstance(entry, Request)]
        self.events = [entry for entry in self.entries if isinstance(entry, Event)]
        self.deliveries = [entry for entry in self.entries if isinstance(entry, Delivery)]

    def on(self, *routes: Route) -> list[Request]:
        """Requests on these routes, in order."""
        return [request for request in self.requests if request.route in routes]

    def apart(self, first: Entry, second: Entry) -> float:
        """Seconds between two entries in the client's own time."""
        return (second.at - first.at) / SECOND / (self.rate or 1.0)

    def between(self, first: Request, second: Request, *routes: Route) -> list[Request]:
        """Requests on these routes (all: none named) after one and before another."""
        inside = [one for one in self.requests if first.seq < one.seq < second.seq]
        return [one for one in inside if not routes or one.route in routes]

    def after(self, entry: Entry, *routes: Route) -> list[Request]:
        """Requests on these routes (all: none named) after an entry."""
        return [one for one in self.requests if one.seq > entry.seq and (not routes or one.route in routes)]

    def next_like(self, request: Request) -> Request | None:
        """The next request that asks the same."""
        return next((one for one in self.after(request, request.route) if one.like(request)), None)

    @cached_property
    def runs(self) -> list[list[Request]]:
        """Requests that ask the same, together, in order."""
        groups: list[list[Request]] = []
        for request in self.requests:
            group = next((group for group in groups if group[0].like(request)), None)
            if group is None:
                groups.append([request])
            else:
                group.append(request)
        return groups

    # -- records ------------------------------------------------------------------------------------------------------

    @cached_property
    def made_by(self) -> dict[int, list[str]]:
        """Number of a request -> ids of what it made, by the events that stand before it or by its answer."""
        found: dict[int, list[str]] = {}
        pending: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries:
            if isinstance(entry, Event) and (entry.subject, entry.trigger) in _MADE:
                pending[_MADE[entry.subject, entry.trigger]].append(entry.ref)
            elif isinstance(entry, Request):
                found[entry.seq] = _told_of(entry) or pending.get(entry.route, [])
                pending.clear()
        return found

    @cached_property
    def tasks(self) -> dict[str, Task]:
        """Tasks by id, in order of appearance."""
        found: dict[str, Task] = {}

        def task(task_id: str) -> Task:
            return found.setdefault(task_id, Task(task_id))

        for entry in self.entries:
            if isinstance(entry, Event) and entry.subject in ("task", "output"):
                task(entry.ref).events.append(entry)
            elif isinstance(entry, Delivery):
                task(entry.task).deliveries.append(entry)
            elif isinstance(entry, Request) and entry.route == "create":
                for task_id in self.made_by[entry.seq]:
                    task(task_id).create = entry
            elif isinstance(entry, Request) and entry.route == "get task":
                task(entry.named).polls.append(entry)
            elif isinstance(entry, Request) and entry.route == "file" and entry.path in self.outputs:
                task(self.outputs[entry.path]).files.append(entry)
        return {task_id: one for task_id, one in found.items() if one.create or one.events or one.polls}

    @cached_property
    def outputs(self) -> dict[str, str]:
        """Path of a video -> its task, as answers told it."""
        found: dict[str, str] = {}
        for request in self.requests:
            for data in _tasks_in(request.answer):
                url = fields(data.get("output")).get("video")
                if isinstance(url, str) and data.get("task_id"):
                    found[urlsplit(url).path] = str(data["task_id"])
        return found

    @cached_property
    def assets(self) -> dict[str, Asset]:
        """Assets by id, in order of appearance."""
        found: dict[str, Asset] = {}

        def asset(asset_id: str) -> Asset:
            return found.setdefault(asset_id, Asset(asset_id))

        for entry in self.entries:
            if isinstance(entry, Event) and entry.subject == "asset":
                asset(entry.ref).events.append(entry)
            elif isinstance(entry, Request) and entry.route == "upload":
                for asset_id, url in zip(self.made_by[entry.seq], _accepted(entry), strict=False):
                    asset(asset_id).upload, asset(asset_id).url = entry, url
            elif isinstance(entry, Request) and entry.route == "get asset":
                asset(entry.named).gets.append(entry)
        return found

    @cached_property
    def uploaded(self) -> list[Asset]:
        """Assets that the client uploaded itself."""
        return [asset for asset in self.assets.values() if asset.upload is not None]


_MADE = {("task", "create"): "create", ("asset", "upload"): "upload"}


def upload_entries(request: Request) -> list[Json]:
    """What an upload asks for: one entry, or those of a batch."""
    body = request.body
    if isinstance(body, dict):
        batch = next((body[name] for name in ("assets", "items", "urls") if isinstance(body.get(name), list)), None)
        body = [body] if batch is None else batch
    return [{"url": one} if isinstance(one, str) else fields(one) for one in (body if isinstance(body, list) else [])]


def _accepted(request: Request) -> list[str]:
    """The sources of the entries of an upload that were accepted, in order."""
    urls = [str(entry.get("url") or "") for entry in upload_entries(request)]
    results = found_in(request.answer, "results")
    if isinstance(results, list) and len(results) == len(urls):
        return [url for url, result in zip(urls, results, strict=True) if fields(result).get("asset_id")]
    return urls


def _told_of(request: Request) -> list[str]:
    """Ids that the answer of a create or an upload tells."""
    if request.route == "create" and request.status < 300:
        task_id = request.data.get("task_id")
        return [str(task_id)] if task_id else []
    if request.route == "upload":
        answer = fields(request.answer)
        results = answer.get("results")
        told = results if isinstance(results, list) else [answer]
        return [str(fields(one)["asset_id"]) for one in told if fields(one).get("asset_id")]
    return []


def _tasks_in(answer: Any) -> Iterator[Json]:
    data = fields(found_in(answer, "data"))
    yield data
    for provider in data.values():
        listed = found_in(provider, "active_tasks")
        yield from map(fields, listed if isinstance(listed, list) else ())


# -- reading ----------------------------------------------------------------------------------------------------------


def read(journal: object, ending: Ending | None = None, rate: float | None = 1.0) -> Evidence:
    """Evidence from a journal: entries, the control API's whole answer, its JSON, or something that iterates entries.

    Raises UsageError for what is no journal, and for one that has lost its beginning.
    """
    entries = _entries_of(decoded(journal))
    try:
        return Evidence([_entry(entry) for entry in entries], ending, rate)
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


def _request(entry: Json, seq: int, at: int) -> Request:
    return Request(
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
    found = pairs.items() if isinstance(pairs, Mapping) else pairs
    return {str(name).lower(): str(value) for name, value in found or ()}  # type: ignore[attr-defined]


def _event(entry: Json, seq: int, at: int) -> Event:
    subject = next(name for name in entry if name not in _EVENT_FIELDS)
    shown = [entry.get(name) or "" for name in ("from", "trigger", "to", "behaviour")]
    return Event(seq, at, subject, entry[subject], *shown)


_EVENT_FIELDS = frozenset({"seq", "at", "kind", "from", "trigger", "to", "behaviour"})


def _delivery(entry: Json, seq: int, at: int) -> Delivery:
    cause = entry.get("cause") or ""
    return Delivery(seq, at, entry["task"], entry.get("attempt") or 1, entry.get("url") or "", entry["status"], cause)


_READERS: dict[str, Callable[[Json, int, int], Entry]] = {
    "request": _request,
    "event": _event,
    "delivery": _delivery,
}


def route_of(method: str, path: str) -> Route:
    """What rules call a request's route."""
    fits = (name for name, verb, pattern in ROUTES if verb == method.upper() and fnmatchcase(path, pattern))
    return next(fits, "other")
