"""One key's world under test: what the target shows beside what the model says, compared after every step."""

from typing import Any

from ..harness.assertions import Broken, holds, json_of, same
from ..harness.client import START, Client, Target
from ..harness.instants import nanoseconds
from ..harness.local_server import LocalServer
from .admission import Objection, body_of, draft_of, objections, task_of
from .model import REFUND, Model
from .records import Asset, Task
from .requests import FIELDS, SOURCES, Source, TaskRequest

UNREACHABLE = "http://127.0.0.1:9/hook"


class ComparedWorld:
    """A client, its model, and how far the journal was read."""

    def __init__(self, target: Target, key: str, local_server: LocalServer | None, chosen: dict[str, Any]) -> None:
        self.client: Client = target.client(f"{target.key}-{key}", **chosen)
        self.local_server = local_server
        self.model = Model(
            chosen["plan"], chosen["pace"], chosen["profile"], 0, chosen["concurrency"], nanoseconds(START)
        )
        points = self.client.world()["points"]
        self.model.points = {**points}
        self.read_to = 0

    # -- labels -------------------------------------------------------------------------------------------------------

    def assets(self, *statuses: str) -> list[str]:
        """Labels of assets that are there, in these statuses or any."""
        return [asset.label for asset in self.model.assets.values() if not statuses or asset.status in statuses]

    def tasks(self, *statuses: str) -> list[str]:
        """Labels of tasks, in these statuses or any."""
        return [task.label for task in self.model.tasks.values() if not statuses or task.status in statuses]

    def asset(self, label: str) -> Asset:
        """The asset of a label."""
        return self.model.assets[self.model.labels[label]]

    def task(self, label: str) -> Task:
        """The task of a label."""
        return self.model.tasks[self.model.labels[label]]

    # -- requests -----------------------------------------------------------------------------------------------------

    def upload(self, source: Source, name: str | None) -> None:
        """Upload a good source: accepted unless the managed limit is reached."""
        answer = self.client.upload(source.url, asset_type=source.kind, **({"name": name} if name else {}))
        if self.model.used >= self.model.plan.managed:
            same(answer.status_code, 429, "status of an upload above the limit", "asset.quota-full")
            return
        same(answer.status_code, 202, "status of a good upload", "asset.upload-status", "asset.failed-is-free")
        body = json_of(answer, "a good upload")
        asset = self._made(body["asset_id"], source, name)
        expected = asset.shown()
        fields = {name: expected[name] for name in ("asset_id", "upload_at", "expires_at")}
        same(body, {**fields, "status": "Processing"}, "answer to an upload", "asset.flat-body", "asset.expires-at")

    def _made(self, asset_id: str, source: Source, name: str | None) -> Asset:
        self.model.announce("upload", asset_id)
        return self.model.add_asset(asset_id, source, name or source.url.rpartition("/")[2], self.model.ttl)

    def batch(self, entries: list[tuple[dict[str, Any], Source | None]]) -> None:
        """Upload several, some of them bad, with as many places as there are."""
        answer = self.client.batch([body for body, _ in entries])
        results = json_of(answer, "a batch")["results"]
        same(len(results), len(entries), "results of a batch", "asset.batch-answer")
        accepted = 0
        for (_, source), result in zip(entries, results, strict=True):
            is_accepted = source is not None and self.model.used < self.model.plan.managed
            same(
                "asset_id" in result,
                is_accepted,
                "whether an entry is accepted",
                "asset.batch-order",
                "asset.batch-partial",
            )
            if source is not None and is_accepted:
                accepted += 1
                self._made(result["asset_id"], source, None)
        same(answer.status_code, 202 if accepted else 400, "status of a batch", "asset.batch-status")

    def create(self, request: TaskRequest, foreign: dict[str, str]) -> None:
        """Create a task: refused for any reason that there is, else accepted."""
        draft = draft_of(self.model, request, foreign)
        body = body_of(draft, self._config(request.hook))
        reasons = objections(self.model, draft)
        answer = self.client.call("POST", "/api/v1/task", json=body)
        if reasons:
            self._refused(answer.status_code, answer.text, reasons)
            return
        same(answer.status_code, 200, f"status of a good create ({answer.text[:200]})", "task.create")
        task = task_of(self.model, draft, json_of(answer, "a create")["data"]["task_id"], body)
        self.model.add_task(task)
        self.model.announce("create", task.task_id)
        self.compare_task(task, answer.json()["data"])

    def _refused(self, status: int, text: str, reasons: list[Objection]) -> None:
        fits = any(reason.status == status and reason.text in text for reason in reasons)
        expected = " or ".join(f"{reason.status} {reason.text!r}" for reason in reasons)
        ids = {reason.behaviour for reason in reasons}
        holds(fits, "answer to a create that must be refused", expected, f"{status} {text[:300]}", *sorted(ids))

    def _config(self, hook: str) -> dict[str, Any]:
        near = self.local_server.base_url if self.local_server else ""
        endpoint = {"ok": f"{near}/hook", "bad": f"{near}/hook/500", "closed": UNREACHABLE}.get(hook)
        return {"webhook_config": {"endpoint": endpoint}} if endpoint else {}

    # -- after each step ----------------------------------------------------------------------------------------------

    def settle(self, *, settled: bool = False) -> None:
        """Read what happened, hold the model to it, and compare what can be seen without changing anything."""
        entries = self.client.journal("event", self.read_to) + self.client.journal("delivery", self.read_to)
        for entry in sorted(entries, key=lambda record: int(record["seq"])):
            self.model.apply(entry)
            self.read_to = entry["seq"]
        self._compare_world(settled)
        for task_id in sorted(self.model.changed):
            task = self.model.tasks[task_id]
            self.compare_task(task, self.client.task(task_id))
        self.model.changed.clear()

    def _compare_world(self, settled: bool) -> None:
        shown_world, model = self.client.world(), self.model
        model.check_overdue(nanoseconds(shown_world["clock"]["now"]), settled=settled)
        points = shown_world["points"]
        whole = points["available"] + points["frozen"] + points["consumed"]
        money = ("money.freeze-at-create", "money.consume-at-completion", "money.refund")
        same(whole, points["granted"], "available + frozen + consumed against granted", *money)
        same(points, model.points, "points", *money)
        same(shown_world["assets"], len(model.assets), "assets that are there", "asset.delete", "asset.idle-purge")
        same(
            shown_world["active_tasks"], model.active_tasks, "tasks that are pending or processing", "task.concurrency"
        )
        same(shown_world["tasks"], len(model.tasks), "tasks that are there", "task.refusal-leaves-nothing")

    def compare_asset(self, asset: Asset, body: dict[str, Any]) -> None:
        """Hold what is shown of an asset to the model."""
        error = body.get("error")
        holds(error is None or error.get("message"), "error of an asset", "a message", error, "asset.error-object")
        values = {**body, "error": error["code"] if error else ""}
        same(values, asset.shown(), f"what is shown of {asset.label}", "asset.fields", "asset.idle-refresh")

    def compare_task(self, task: Task, body: dict[str, Any]) -> None:
        """Hold what is shown of a task to the model."""
        expected = task.shown(self.model.profile.shows_consumed)
        for reference_field in FIELDS.values():
            if reference_field in expected["input"]:
                kind = next(kind for kind, name in FIELDS.items() if name == reference_field)
                uris = [reference.uri for reference in task.references if reference.kind == kind]
                expected["input"] = {**expected["input"], reference_field: uris}
        error = body["error"]
        values = {**body, "error": (error["code"], error["message"])}
        logs, output = values.pop("logs"), values.pop("output")
        same(values, expected, f"what is shown of {task.label}", "task.fields", "money.usage-fields")
        same(error["detail"], None, f"error.detail of {task.label}", "task.error-object")
        same(bool(error["raw_message"]), bool(task.fails_with), f"raw_message of {task.label}", "task.error-object")
        self._compare_output(task, output)
        self._compare_log(task, logs)

    def _compare_output(self, task: Task, output: dict[str, str] | None) -> None:
        if task.status != "completed":
            same(output, None, f"output of {task.label}", "output.only-at-the-end")
            return
        holds(output and output["video"].endswith(".mp4"), f"output of {task.label}", "a URL", output, "output.url")
        assert output is not None
        task.output = task.output or output["video"]
        same(output["video"], task.output, f"output of {task.label} as it was", "output.url")

    def _compare_log(self, task: Task, logs: list[str]) -> None:
        entries = [_without_reason(entry, task) for entry in logs]
        allowed = list(_logs_of(task, self.model.now))
        if entries not in allowed:
            raise Broken(f"log of {task.label}", " or ".join(map(repr, allowed)), repr(entries), _LOG_IDS)

    # -- at the end ---------------------------------------------------------------------------------------------------

    def compare_everything(self) -> None:
        """List = the sum of gets = the model, page by page."""
        managed = self.model.managed()
        for page in range(len(managed) // 30 + 1):
            expected = managed[page * 30 : page * 30 + 30]
            body = self.client.listed(f"?page={page + 1}&size=30")
            same(
                [listed["asset_id"] for listed in body["items"]],
                [listed.asset_id for listed in expected],
                "a page of the list",
            )
            for asset, item in zip(expected, body["items"], strict=True):
                self.model.touch(asset)
                self.compare_asset(asset, item)
        for asset in list(self.model.assets.values())[:60]:
            self.model.touch(asset)
            self.compare_asset(asset, self.client.asset_data(asset.asset_id))
        for task in self.model.tasks.values():
            self.compare_task(task, self.client.task(task.task_id))

    def compare_hooks(self) -> None:
        """Each end that has a webhook was told, as often as the journal says, and showed the task at its end."""
        if self.local_server is None:
            return
        for task in self.model.tasks.values():
            sent = [
                received.json
                for received in self.local_server.received
                if received.json["data"]["task_id"] == task.task_id
            ]
            expected = len(task.attempts) if task.hook in ("ok", "bad") else 0
            same(len(sent), expected, f"messages about {task.label}", "webhook.events")
            for message in sent:
                same(message["data"]["status"], task.status, f"status in a message about {task.label}", "webhook.body")


_LOG_IDS = ("task.log-mode", "task.log-audio", "auto-upload.log", "money.refund", "moderation.strict-retries-once")
REASON = "why the reference failed"


def _without_reason(entry: str, task: Task) -> str:
    return REASON if task.fails_with and task.fails_with in entry else entry


def _logs_of(task: Task, now: int) -> list[list[str]]:
    """What a task's log may be: with the first attempt's lines, without them, or both where it is not known."""
    ends = _closing(task)
    if task.status == "pending" or not task.started_at:
        return [ends]
    first = [task.plot.log_entry, task.plot.retry]
    if task.run is None or task.plot.tries(task.strict) == 1:
        return [task.log + ends]
    at = task.ended_at or now
    early, late = task.log + ends, task.log + first + ends
    if at < task.started_at + task.run[0] // 2:
        return [early]
    return [late] if at >= task.started_at + task.run[1] // 2 + 1 else [early, late]


def _closing(task: Task) -> list[str]:
    if task.status != "failed":
        return []
    refund = [REFUND] if task.price else []
    if task.fails_with:
        return [REASON, *refund]
    cancelled = task.error[1] == "task cancelled"
    entry = "" if cancelled else (task.forced or task.plot).log_entry
    return [entry, *refund] if entry else refund


def sources_of(names: tuple[str, ...]) -> list[tuple[dict[str, Any], Source | None]]:
    """Entries of a batch by the names of their sources; an unknown name is a bad entry."""
    sources = [SOURCES.get(name) for name in names]
    return [
        ({"url": source.url, "asset_type": source.kind} if source else {"url": "nothing"}, source) for source in sources
    ]
