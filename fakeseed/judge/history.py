"""What a journal tells of a client, made once for all rules: its requests, and what became of tasks and assets."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import msgspec

from fakeseed.judge.entries import ENDED, DeliveryRecord, Ending, Entry, RequestRecord, Route, TransitionRecord
from fakeseed.judge.queries.json_fields import Json, field_of, fields
from fakeseed.model.times import SECOND


class TaskHistory(msgspec.Struct, eq=False):
    """What the journal tells of one task."""

    task_id: str
    create: RequestRecord | None = None
    polls: list[RequestRecord] = []
    events: list[TransitionRecord] = []
    deliveries: list[DeliveryRecord] = []
    files: list[RequestRecord] = []

    @property
    def end(self) -> TransitionRecord | None:
        """Its end in the world."""
        return next((event for event in self.events if event.subject == "task" and event.target in ENDED), None)

    @property
    def end_answer(self) -> RequestRecord | None:
        """The first answer that surely told the client of its end."""
        return next((poll for poll in self.polls if poll.clear and poll.state.lower() in ENDED), None)

    def met(self, fault: str) -> bool:
        """Whether its create met a fault."""
        return self.create is not None and fault in self.create.faults


class AssetHistory(msgspec.Struct, eq=False):
    """What the journal tells of one asset; ``upload`` when the client made it, with ``url`` as its source."""

    asset_id: str
    upload: RequestRecord | None = None
    url: str = ""
    gets: list[RequestRecord] = []
    events: list[TransitionRecord] = []

    def state_before(self, seq: int) -> str:
        """Its status before an entry; empty where it is not there or nothing is known."""
        earlier = [event for event in self.events if event.seq < seq]
        return earlier[-1].target if earlier else ""

    def ever(self, state: str, seq: int) -> bool:
        """Whether it had this status before an entry."""
        return any(event.target == state for event in self.events if event.seq < seq)

    def gone(self, trigger: str) -> TransitionRecord | None:
        """Its deletion (``deleted``) or its end by age (``expired``)."""
        return next((event for event in self.events if event.trigger == trigger), None)


class History:
    """A journal as rules read it.

    ``rate``: world seconds in a second of the client's own time; None when that is not known. ``setup_entries``: how
    many of the first entries are not the client's, as the set-up of its world wrote them.
    """

    def __init__(
        self,
        entries: Iterable[Entry],
        ending: Ending | None = None,
        rate: float | None = 1.0,
        setup_entries: int = 0,
    ) -> None:
        self.entries = list(entries)
        self.ending = ending
        self.rate = rate
        self._setup_entries = setup_entries
        self.requests = [entry for entry in self.entries if isinstance(entry, RequestRecord)]
        self.events = [entry for entry in self.entries if isinstance(entry, TransitionRecord)]
        self.deliveries = [entry for entry in self.entries if isinstance(entry, DeliveryRecord)]

    @property
    def stopped(self) -> bool:
        """Whether the client was cut short, so that nobody knows what it would have done next."""
        return self.ending is not None and self.ending.how == "timed out" and not self.ending.hung

    @property
    def output_complete(self) -> bool:
        """Whether all that the client wrote is known."""
        return self.ending is not None and not self.ending.cut and not self.stopped

    @cached_property
    def _by_route(self) -> dict[Route, list[RequestRecord]]:
        requests: dict[Route, list[RequestRecord]] = defaultdict(list)
        for request in self.requests:
            requests[request.route].append(request)
        return requests

    def on(self, *routes: Route) -> list[RequestRecord]:
        """Requests on these routes, in order."""
        if len(routes) == 1:
            return self._by_route.get(routes[0], [])
        return sorted((request for route in routes for request in self._by_route.get(route, [])), key=_number)

    def seconds_between(self, first: Entry, second: Entry) -> float:
        """Seconds between two entries in the client's own time."""
        return (second.at - first.at) / SECOND / (self.rate or 1.0)

    def between(self, first: RequestRecord, second: RequestRecord, *routes: Route) -> list[RequestRecord]:
        """Requests on these routes (all: none named) after one and before another."""
        return [request for request in self.after(first, *routes) if request.seq < second.seq]

    def after(self, entry: Entry, *routes: Route) -> list[RequestRecord]:
        """Requests on these routes (all: none named) after an entry."""
        requests = self.on(*routes) if routes else self.requests
        return requests[bisect_right(requests, entry.seq, key=_number) :]

    def next_like(self, request: RequestRecord) -> RequestRecord | None:
        """The next request that asks the same."""
        run = self._run_of[request.seq]
        index = bisect_right(run, request.seq, key=_number)
        return run[index] if index < len(run) else None

    @cached_property
    def _run_of(self) -> dict[int, list[RequestRecord]]:
        return {request.seq: run for run in self.runs for request in run}

    @cached_property
    def runs(self) -> list[list[RequestRecord]]:
        """Requests that ask the same, together, in order."""
        groups: dict[tuple[str, str, str, bytes], list[RequestRecord]] = defaultdict(list)
        for request in self.requests:
            body = msgspec.json.encode(request.body, order="sorted")
            groups[request.method, request.path, request.query, body].append(request)
        return list(groups.values())

    # -- records ------------------------------------------------------------------------------------------------------

    @cached_property
    def made_by(self) -> dict[int, list[str]]:
        """Number of a request -> ids of what it made, by its answer or by the events that stand just before it.

        What the set-up or another program made stands before a request too: a refused request made nothing, and any
        other no more than it asked for.
        """
        created: dict[int, list[str]] = {}
        pending: dict[str, list[str]] = defaultdict(list)
        for entry in self.entries[self._setup_entries :]:
            if isinstance(entry, TransitionRecord) and (entry.subject, entry.trigger) in _MADE:
                pending[_MADE[entry.subject, entry.trigger]].append(entry.ref)
            elif isinstance(entry, RequestRecord):
                count = 0 if entry.refused else len(upload_entries(entry)) if entry.route == "upload assets" else 1
                made = pending.get(entry.route, [])
                created[entry.seq] = _told_of(entry) or made[len(made) - min(count, len(made)) :]
                pending.clear()
        return created

    @cached_property
    def tasks(self) -> dict[str, TaskHistory]:
        """Tasks by id, in order of appearance."""
        histories: dict[str, TaskHistory] = {}

        def task(task_id: str) -> TaskHistory:
            return histories.setdefault(task_id, TaskHistory(task_id))

        for entry in self.entries:
            if isinstance(entry, TransitionRecord) and entry.subject in ("task", "output"):
                task(entry.ref).events.append(entry)
            elif isinstance(entry, DeliveryRecord):
                task(entry.task).deliveries.append(entry)
            elif isinstance(entry, RequestRecord) and entry.route == "create task":
                for task_id in self.made_by[entry.seq]:
                    task(task_id).create = entry
            elif isinstance(entry, RequestRecord) and entry.route == "get task":
                task(entry.path_id).polls.append(entry)
            elif isinstance(entry, RequestRecord) and entry.route == "download file" and entry.path in self.outputs:
                task(self.outputs[entry.path]).files.append(entry)
        return {
            task_id: history
            for task_id, history in histories.items()
            if history.create or history.events or history.polls
        }

    @cached_property
    def outputs(self) -> dict[str, str]:
        """Path of a video -> its task, as answers told it."""
        task_ids: dict[str, str] = {}
        for request in self.requests:
            for data in _tasks_in(request.answer):
                url = fields(data.get("output")).get("video")
                if isinstance(url, str) and data.get("task_id"):
                    task_ids[urlsplit(url).path] = str(data["task_id"])
        return task_ids

    @cached_property
    def assets(self) -> dict[str, AssetHistory]:
        """Assets by id, in order of appearance."""
        histories: dict[str, AssetHistory] = {}

        def asset(asset_id: str) -> AssetHistory:
            return histories.setdefault(asset_id, AssetHistory(asset_id))

        for entry in self.entries:
            if isinstance(entry, TransitionRecord) and entry.subject == "asset":
                asset(entry.ref).events.append(entry)
            elif isinstance(entry, RequestRecord) and entry.route == "upload assets":
                for asset_id, url in zip(self.made_by[entry.seq], _accepted(entry), strict=False):
                    asset(asset_id).upload, asset(asset_id).url = entry, url
            elif isinstance(entry, RequestRecord) and entry.route == "get asset":
                asset(entry.path_id).gets.append(entry)
        return histories

    @cached_property
    def uploaded(self) -> list[AssetHistory]:
        """Assets that the client uploaded itself."""
        return [asset for asset in self.assets.values() if asset.upload is not None]


def _number(entry: Entry) -> int:
    return entry.seq


_MADE = {("task", "create"): "create task", ("asset", "upload"): "upload assets"}


def upload_entries(request: RequestRecord) -> list[Json]:
    """What an upload asks for: one entry, or those of a batch."""
    body = request.body
    if isinstance(body, dict):
        batch = next((body[name] for name in ("assets", "items", "urls") if isinstance(body.get(name), list)), None)
        body = [body] if batch is None else batch
    return [
        {"url": entry} if isinstance(entry, str) else fields(entry)
        for entry in (body if isinstance(body, list) else [])
    ]


def _accepted(request: RequestRecord) -> list[str]:
    """The sources of the entries of an upload that were accepted, in order."""
    urls = [str(entry.get("url") or "") for entry in upload_entries(request)]
    results = field_of(request.answer, "results")
    if isinstance(results, list) and len(results) == len(urls):
        return [url for url, result in zip(urls, results, strict=True) if fields(result).get("asset_id")]
    return urls


def _told_of(request: RequestRecord) -> list[str]:
    """Ids that the answer of a create or an upload tells."""
    if request.route == "create task" and request.status < 300:
        task_id = request.data.get("task_id")
        return [str(task_id)] if task_id else []
    if request.route == "upload assets":
        answer = fields(request.answer)
        results = answer.get("results")
        records = results if isinstance(results, list) else [answer]
        return [str(fields(record)["asset_id"]) for record in records if fields(record).get("asset_id")]
    return []


def _tasks_in(answer: Any) -> Iterator[Json]:
    data = fields(field_of(answer, "data"))
    yield data
    for provider in data.values():
        listed = field_of(provider, "active_tasks")
        yield from map(fields, listed if isinstance(listed, list) else ())
