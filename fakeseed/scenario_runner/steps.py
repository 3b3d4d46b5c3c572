"""The steps of a scenario's client: what each verb sends, and whether what came back is what was expected."""

import re
from collections.abc import Callable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
import msgspec

from fakeseed.client import Control
from fakeseed.errors import FakeseedError
from fakeseed.model.routes import ROUTES
from fakeseed.model.times import SECOND, as_span
from fakeseed.scenario.matching import differences
from fakeseed.scenario.prices import with_prices
from fakeseed.scenario.schema_types import VERBS, ExpectedResponse, RawCall, Step, WaitStep
from fakeseed.scenario.validate import is_said
from fakeseed.scenario_runner.webhook_receiver import WEBHOOK
from fakeseed.testing.harness import TestWorld
from fakeseed.world.journal import KEY_HEADER

HOST = "fakeseed"
"""The Host that every request names, so that answers do not depend on the port."""
PATIENCE = 0.5
"""Real seconds after which a run's client gives an answer up for lost, where it must be lost, and a poll anywhere."""
ANSWERED_BY = 10.0
"""Real seconds within which an answer that must come comes, however busy the machine is."""
PROMPT = "a corgi on a skateboard"
_NAMED = re.compile(r"\$\{([^}]*)\}")
MAX_REDIRECTS = 5
_LOST: tuple[tuple[str, type[Exception], str], ...] = (
    ("timeout", httpx.TimeoutException, ""),
    ("garbage", httpx.RemoteProtocolError, "illegal|malformed"),
    ("closed", httpx.RemoteProtocolError, ""),
    ("reset", httpx.ReadError, ""),
)
"""How an answer is lost -> what httpx makes of it."""


class ScenarioClient:
    """The client of one run: it knows records by the names that the file gives them."""

    def __init__(self, world: TestWorld, names: dict[str, str]) -> None:
        self.world = world
        self.names = names
        headers = {KEY_HEADER: world.api_key, "Host": HOST, "User-Agent": "fakeseed-scenario"}
        self.http = httpx.Client(base_url=world.base_url, headers=headers, timeout=ANSWERED_BY, trust_env=False)
        self._constants = {"webhook": WEBHOOK, "base_url": f"http://{HOST}"}

    def close(self) -> None:
        """Let go of connections."""
        self.http.close()

    def take(self, step: Step) -> list[str]:
        """Take one step; gives what was not as expected."""
        verb = next(verb for verb in VERBS if is_said(getattr(step, verb)))
        do = _WITHOUT_ANSWER.get(verb)
        if do is not None:
            return list(do(self, self.filled(getattr(step, verb))))
        problems: list[str] = []
        for _ in range(step.times):
            problems += self._ask(_CALLS[verb](self, step), step)
        return problems

    def _ask(self, call: RawCall, step: Step) -> Iterator[str]:
        try:
            answer = self._send(call, step)
        except httpx.HTTPError as problem:
            yield from self._lost(problem, step.expect)
            return
        if step.expect.lost:
            yield f"expected the answer to be lost ({step.expect.lost}), got {answer.status_code}"
        if step.name_as:
            self.names[step.name_as] = _made(answer)
        yield from self._judge(answer, step.expect)

    def _send(self, call: RawCall, step: Step) -> httpx.Response:
        body = b"" if call.json is msgspec.UNSET else msgspec.json.encode(self.filled(call.json))
        patience = PATIENCE if step.expect.lost else ANSWERED_BY
        answer = self.http.request(
            call.method, self.filled(call.path), content=body, headers=self.filled(call.headers), timeout=patience
        )
        for _ in range(MAX_REDIRECTS if step.follow else 0):
            if not answer.has_redirect_location:
                break
            target = urlsplit(answer.headers["location"])
            again = self.http.build_request(call.method, f"{target.path}?{target.query}", headers=call.headers)
            del again.headers[KEY_HEADER]  # the key is nothing for wherever a redirect leads
            answer = self.http.send(again)
        return answer

    @staticmethod
    def _lost(problem: httpx.HTTPError, expect: ExpectedResponse) -> Iterator[str]:
        matching = [
            loss for loss, kind, pattern in _LOST if isinstance(problem, kind) and re.search(pattern, str(problem))
        ]
        loss = matching[0] if matching else "broken"
        if expect.lost not in ("any", loss):
            yield f"the answer was lost ({loss}: {problem}), expected {expect.lost or 'an answer'}"

    def _judge(self, response: httpx.Response, expect: ExpectedResponse) -> Iterator[str]:
        statuses = (expect.status,) if isinstance(expect.status, int) else expect.status
        if statuses is None and not expect.lost and not response.is_success:
            yield f"expected a success, got {response.status_code}: {_gist(response)}"
        if statuses is not None and response.status_code not in statuses:
            yield f"expected status {' or '.join(map(str, statuses))}, got {response.status_code}: {_gist(response)}"
        yield from differences(expect.headers, dict(response.headers), "headers")
        if expect.body is not msgspec.UNSET:
            yield from differences(self.expected(expect.body), _json(response), "body")
        yield from differences(expect.bytes, len(response.content), "bytes")
        if expect.refused_by:
            last = self.world.control.journal(kind="request", limit=10_000)["entries"][-1]
            yield from differences(expect.refused_by, last.get("refused_by"), "refused_by")

    def filled(self, value: Any) -> Any:
        """A value with every ``${name}`` in it replaced by the id that it stands for."""
        if isinstance(value, str):
            return _NAMED.sub(lambda match: self.id_of(match[1]), value)
        if isinstance(value, dict):
            return {key: self.filled(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.filled(inner) for inner in value]
        return value

    def expected(self, value: Any) -> Any:
        """An expectation with ids for ``${name}``, and points for ``price of name``."""
        return with_prices(self.filled(value), self._price_of)

    def _price_of(self, name: str) -> int:
        """What the account froze for a task. Raises FakeseedError when there is no such task."""
        task_id = self.id_of(name)
        if task_id not in numbered(self.world.control).values():
            raise FakeseedError(f"price of {name}: there is no such task")
        movements = self.world.control.ledger(limit=10_000)["movements"]
        return sum(
            movement["points"]
            for movement in movements
            if movement["kind"] == "freeze" and movement["task_id"] == task_id
        )

    def id_of(self, name: str) -> str:
        """The id of a named record; of ``task 1`` and the like by the journal."""
        record_id = self._constants.get(name) or self.names.get(name)
        return record_id or numbered(self.world.control).get(name, f"no-{name.replace(' ', '-')}")

    # -- verbs without an answer of the vendor -------------------------------------------------------------------

    def advance(self, by: float | str) -> Iterator[str]:
        """Move the clock."""
        self.world.control.next() if by == "next" else self.world.control.advance(by)
        return iter(())

    def arm(self, order: dict[str, Any]) -> Iterator[str]:
        """Arm a fault."""
        self.world.control.call("POST", "faults", order)
        return iter(())

    def disarm(self, _: bool) -> Iterator[str]:
        """Take all faults away."""
        self.world.control.disarm()
        return iter(())

    def wait(self, wait: WaitStep) -> Iterator[str]:
        """Poll until a status is there; an answer that is lost or no task counts as not yet."""
        until = (wait.until,) if isinstance(wait.until, str) else wait.until
        targets = set(until) if wait.exact else {status_text.lower() for status_text in until}
        record = wait.task or wait.asset
        path = _path_of(self.id_of(record), "task" if wait.task else "asset")
        remaining, every, status = as_span(wait.within), as_span(wait.every), None
        while remaining >= 0:
            status = self._status(path)
            if status is not None and (status if wait.exact else status.lower()) in targets:
                if wait.gives_up:
                    yield f"{record} was {status} within {wait.within}, expected that the client gives up"
                return
            self.advance(every / SECOND)
            remaining -= max(every, 1)
        if not wait.gives_up:
            yield f"{record} was {status} after {wait.within}, expected {' or '.join(until)}"

    def _status(self, path: str) -> str | None:
        """The status that a get shows, None when it shows none."""
        body = self._looked(path)
        status = (body.get("data") or body).get("status")
        return status if isinstance(status, str) else None

    def video_path(self, task: str) -> str:
        """Where a task's video is, as a get says it; a path where nothing is when it does not."""
        output = (self._looked(_path_of(self.id_of(task), "task")).get("data") or {}).get("output")
        return urlsplit(output["video"]).path if output else "/no-output"

    def _looked(self, path: str) -> dict[str, Any]:
        """The object that a get answers, an empty one when the answer is lost or something else."""
        try:
            body = _json(self.http.get(path, timeout=PATIENCE))
        except httpx.HTTPError:
            return {}
        return body if isinstance(body, dict) else {}


_WITHOUT_ANSWER: dict[str, Callable[[ScenarioClient, Any], Iterator[str]]] = {
    "advance": ScenarioClient.advance,
    "arm": ScenarioClient.arm,
    "disarm": ScenarioClient.disarm,
    "wait": ScenarioClient.wait,
}


def _call(name: str, json: Any = msgspec.UNSET, **ids: str) -> RawCall:
    """A call of a route of the vendor, about the records with these ids."""
    route = ROUTES[name]
    return RawCall(route.method, route.fill(**ids), json)


def _path_of(record_id: str, kind: Literal["task", "asset"]) -> str:
    """Where one record is shown."""
    return _call(f"get {kind}", **{f"{kind}_id": record_id}).path


def _create(_: ScenarioClient, step: Step) -> RawCall:
    body = {"model": "seedance", "task_type": "seedance-2", "input": {}, **(step.create or {})}
    if isinstance(body["input"], dict):  # anything else is a mistake that the client makes on purpose
        body["input"] = {"prompt": PROMPT, **body["input"]}
    return _call("create task", body)


def _get(client: ScenarioClient, step: Step) -> RawCall:
    record_id = client.id_of(step.get or "")
    return RawCall("GET", _path_of(record_id, "asset" if record_id.startswith("asset-") else "task"))


def _download(client: ScenarioClient, step: Step) -> RawCall:
    headers = {"Range": step.range} if step.range else {}
    return RawCall("GET", client.video_path(step.download or ""), headers=headers)


def _list(_: ScenarioClient, step: Step) -> RawCall:
    call = _call("list assets")
    return msgspec.structs.replace(call, path=f"{call.path}?{httpx.QueryParams(step.list)}")


_ACCOUNT = {
    "info": "get account",
    "active_tasks": "list active tasks",
    "histories": "list ended tasks",
}

_CALLS: dict[str, Callable[[ScenarioClient, Step], RawCall]] = {
    "upload": lambda _, step: _call("upload assets", step.upload),
    "create": _create,
    "get": _get,
    "list": _list,
    "cancel": lambda client, step: _call("cancel task", task_id=client.id_of(step.cancel or "")),
    "delete": lambda client, step: _call("delete asset", asset_id=client.id_of(step.delete or "")),
    "account": lambda _, step: _call(_ACCOUNT[step.account or "info"]),
    "download": _download,
    "request": lambda _, step: step.request or RawCall("GET", "/"),
}
"""Verb -> the request that it sends."""


def numbered(control: Control) -> dict[str, str]:
    """The ids of all records by number: ``task 1``, ``asset 2``."""
    ids: dict[str, str] = {}
    for entry in control.journal(kind="event", limit=10_000)["entries"]:
        for kind, trigger in (("task", "create"), ("asset", "upload")):
            if kind in entry and entry["trigger"] == trigger:
                count = sum(name.startswith(f"{kind} ") for name in ids)
                ids[f"{kind} {count + 1}"] = entry[kind]
    return ids


def _made(answer: httpx.Response) -> str:
    body = _json(answer)
    if not isinstance(body, dict):
        return ""
    data = body.get("data")
    return str(body.get("asset_id") or (data.get("task_id") if isinstance(data, dict) else "") or "")


def _gist(answer: httpx.Response) -> str:
    """What an answer says to people: its message, or its beginning."""
    body = _json(answer)
    message = body.get("message") if isinstance(body, dict) else None
    return str(message or answer.text)[:200]


def _json(answer: httpx.Response) -> Any:
    try:
        return msgspec.json.decode(answer.content)
    except (msgspec.MsgspecError, ValueError):
        return answer.text
