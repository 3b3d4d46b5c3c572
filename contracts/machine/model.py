"""What must be true of one key's world: an independent model that every journal entry is held to.

Requests are judged by ``machine_admission``; here time passes. What a request or a control call brings about is
announced before it is looked for; everything else happens when it is due, and not a nanosecond beside it.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

from ..harness.assertions import Broken, holds, same
from ..harness.instants import DAY, HOUR, SECOND, exact, nanoseconds
from ..harness.tables import ATTEMPTS, OUTPUT_HOURS, PACES, PLANS, PROFILES, RETRY_SECONDS, Span
from .records import Asset, Reference, Task
from .requests import NEVER, Source

Entry = dict[str, Any]
Step = tuple[str, str, str, str]
"""A transition: of what, from where, by what, to where."""

HOOK_STATUS = {"ok": 200, "bad": 500, "closed": 0}
REFUND = "restored frozen points"


class Model:
    """One world."""

    def __init__(self, plan: str, pace: str, profile: str, points: int, tasks: int | None, now: int) -> None:
        self.plan, self.pace, self.profile_name = PLANS[plan], PACES[pace], profile
        self.profile = PROFILES[profile]
        self.tasks_at_a_time = self.plan.tasks if tasks is None else tasks
        self.points = {"granted": points, "available": points, "frozen": 0, "consumed": 0}
        self.now = now
        self.assets: dict[str, Asset] = {}
        self.tasks: dict[str, Task] = {}
        self.labels: dict[str, str] = {}
        """Label -> id of every asset and task that ever was."""
        self.announced: Counter[tuple[str, str]] = Counter()
        self.converting: list[tuple[Task, Reference]] = []
        self.steps: Counter[Step] = Counter()
        self.changed: set[str] = set()
        """Tasks that something happened to since they were last compared."""

    # -- figures ------------------------------------------------------------------------------------------------------

    @property
    def ttl(self) -> int:
        """How long an idle managed asset stays."""
        return self.plan.days * DAY

    @property
    def used(self) -> int:
        """Places of the managed limit that are taken."""
        return sum(asset.counted for asset in self.assets.values())

    @property
    def ephemeral_used(self) -> int:
        """Places of the ephemeral cap that are taken, those included that pending tasks will need."""
        in_use = sum(asset.holds_until > self.now for asset in self.assets.values())
        return in_use + sum(len(task.raw) for task in self.tasks.values() if task.status == "pending")

    @property
    def active_tasks(self) -> int:
        """Tasks that are pending or processing."""
        return sum(task.active for task in self.tasks.values())

    def managed(self) -> list[Asset]:
        """Managed assets, the newest first."""
        return [asset for asset in reversed(self.assets.values()) if asset.owner is None]

    def label(self, kind: str, name: str) -> str:
        """A fresh label for an id."""
        number = sum(label[0] == kind for label in self.labels) + 1
        self.labels[f"{kind}{number}"] = name
        return f"{kind}{number}"

    def window(self, span: Span) -> tuple[int, int]:
        """A span in seconds as nanoseconds."""
        return round(span[0] * SECOND), round(span[1] * SECOND)

    # -- what requests bring about ------------------------------------------------------------------------------------

    def announce(self, trigger: str, ref: str) -> None:
        """Something will be seen in the journal because it was asked for."""
        self.announced[trigger, ref] += 1

    def add_asset(self, asset_id: str, source: Source, name: str, life: int, owner: Task | None = None) -> Asset:
        """An asset that begins now."""
        span = self.pace.ingest if source.takes is None else (source.takes, source.takes)
        wait = (0, 0) if owner and source.takes is None else self.window(span)
        due = None if source.takes == NEVER else (self.now + wait[0], self.now + wait[1])
        label = self.label("a", asset_id)
        asset = Asset(label, asset_id, name, source, self.now, self.now + life, due, last_used_at=self.now, owner=owner)
        self.assets[asset_id] = asset
        return asset

    def touch(self, asset: Asset) -> None:
        """A look or a use refreshes a managed asset that is not Failed."""
        if asset.owner is None and asset.status != "Failed":
            asset.last_used_at = self.now
            asset.expires_at = self.now + self.ttl
            self.steps["asset", asset.status, "touched", asset.status] += 1

    def add_task(self, task: Task) -> None:
        """A task that begins now: its price is frozen, the assets that it names are used."""
        self.tasks[task.task_id] = task
        self.changed.add(task.task_id)
        self._move("available", "frozen", task.price)
        task.frozen = task.price
        named = {reference.uri.removeprefix("asset://") for reference in task.references if not reference.raw}
        for asset_id in named:
            self.touch(self.assets[asset_id])

    def release(self, task: Task) -> None:
        """A held task goes on; what fell due meanwhile is due now."""
        task.on_hold = False
        task.released_at = self.now

    def _move(self, source: str, target: str, points: int) -> None:
        self.points[source] -= points
        self.points[target] += points

    # -- what the journal shows ---------------------------------------------------------------------------------------

    def apply(self, entry: Entry) -> None:
        """Hold one entry to what is known, and go on from it. Raises Broken."""
        at = nanoseconds(entry["at"])
        holds(at >= self.now, "order of the journal", f"not before {exact(self.now)}", entry["at"])
        self.now = at
        if entry["kind"] == "delivery":
            self._delivered(entry)
            return
        subject = next(name for name in ("asset", "task", "output") if name in entry)
        step = (subject, entry["from"] or "", entry["trigger"], entry["to"] or "")
        self.steps[step] += 1
        handler = HANDLERS.get((subject, entry["trigger"]))
        if handler is None:
            raise Broken("a step in the journal", "one that is documented", " ".join(step))
        handler(self, entry[subject])
        status = self._status_of(subject, entry[subject])
        same(step[3], status, f"where {entry['trigger']} leads {subject} {entry[subject]}")

    def _status_of(self, subject: str, ref: str) -> str:
        if subject == "task":
            return self.tasks[ref].status
        return self.assets[ref].status if subject == "asset" and ref in self.assets else ""

    def _asked_for(self, trigger: str, ref: str) -> bool:
        if not self.announced[trigger, ref]:
            return False
        self.announced[trigger, ref] -= 1
        return True

    def _asset(self, asset_id: str) -> Asset:
        if asset_id not in self.assets:
            raise Broken("an asset in the journal", "one of this world", asset_id)
        return self.assets[asset_id]

    def _task(self, task_id: str) -> Task:
        if task_id not in self.tasks:
            raise Broken("a task in the journal", "one of this world", task_id)
        self.changed.add(task_id)
        return self.tasks[task_id]

    def _within(self, window: tuple[int, int] | None, about: str, *behaviours: str) -> None:
        if window is None:
            raise Broken(about, "not now", f"at {exact(self.now)}", behaviours)
        bounds = f"{exact(window[0])} to {exact(window[1])}"
        holds(window[0] <= self.now <= window[1], about, bounds, exact(self.now), *behaviours)

    # -- assets -------------------------------------------------------------------------------------------------------

    def on_upload(self, asset_id: str) -> None:
        """An asset begins: one that was uploaded, or one that a task made of a raw reference."""
        if self._asked_for("upload", asset_id):
            return
        if not self.converting:
            raise Broken("an asset that begins", "none, since nobody uploaded one", asset_id, ["asset.upload"])
        task, reference = self.converting.pop(0)
        asset = self.add_asset(asset_id, reference.source, _last_segment(reference.uri), task.retention * HOUR, task)
        asset.holds_until = self.now + task.hold * HOUR
        reference.uri, reference.raw = f"asset://{asset_id}", False
        task.waits_for.add(asset_id)

    def on_ingested(self, asset_id: str) -> None:
        """An ingest ends well."""
        asset = self._asset(asset_id)
        same(asset.status, "Processing", f"status of {asset.label} before its ingest ends", "asset.becomes-active")
        if not self._asked_for("ingested", asset_id):
            self._within(asset.due, f"end of the ingest of {asset.label}", "asset.ingest-time")
            same(asset.source.code, "", f"failure that {asset.label} must have", "asset.becomes-failed")
        elif asset.source.code:
            asset.source = asset.source._replace(length=None)  # it was never found fit, so nobody has measured it
        asset.status = "Active"
        self._decided(asset)

    def on_rejected(self, asset_id: str) -> None:
        """An ingest fails, or an asset is revoked."""
        asset = self._asset(asset_id)
        if not self._asked_for("rejected", asset_id):
            same(asset.status, "Processing", f"status of {asset.label} before its ingest fails", "asset.revoked")
            self._within(asset.due, f"end of the ingest of {asset.label}", "asset.ingest-time")
            holds(asset.source.code, f"end of the ingest of {asset.label}", "Active", "Failed", "asset.becomes-active")
            asset.code = asset.source.code
        asset.status = "Failed"
        self._decided(asset)

    def _decided(self, asset: Asset) -> None:
        task = asset.owner
        if task is None or asset.asset_id not in task.waits_for:
            return
        task.waits_for.discard(asset.asset_id)
        task.decided_at = self.now
        if asset.code and task.status == "processing":
            task.fails_with = asset.source.url
            self.announce("fail", task.task_id)

    def on_asset_gone(self, asset_id: str) -> None:
        """An asset is deleted."""
        asset = self._asset(asset_id)
        holds(self._asked_for("deleted", asset_id), f"delete of {asset.label}", "none", "one", "asset.delete")
        self._gone(asset)

    def on_expired(self, asset_id: str) -> None:
        """An asset's time is up."""
        asset = self._asset(asset_id)
        due = (asset.expires_at, asset.expires_at)
        ids = ["auto-upload.retention-default"] if asset.owner else ["asset.idle-purge", "asset.idle-refresh"]
        self._within(due, f"end of {asset.label}", *(["asset.failed-purge"] if asset.status == "Failed" else ids))
        self._gone(asset)

    def _gone(self, asset: Asset) -> None:
        """A task that waits for an ingest which will never end fails."""
        if asset.status == "Processing":
            asset.code = "gone"
            self._decided(asset)
        del self.assets[asset.asset_id]

    # -- tasks --------------------------------------------------------------------------------------------------------

    def on_create(self, task_id: str) -> None:
        """A task begins."""
        holds(self._asked_for("create", task_id), "a task that begins", "none", task_id, "task.create")

    def on_start(self, task_id: str) -> None:
        """A task's turn has come: its raw references are converted, its opening lines logged."""
        task = self._task(task_id)
        same(task.status, "pending", f"status of {task.label} before its start", "task.start")
        if not self._asked_for("start", task_id):
            floor = task.released_at
            window = (max(task.queue[0], floor), max(task.queue[1], floor))
            self._within(None if task.on_hold else window, f"start of {task.label}", "task.run-time", "task.start")
        task.status, task.started_at = "processing", self.now
        raw = task.raw
        if raw:
            hold = f", asset_quota_hold_hours={task.hold}" if self.profile.hold else ""
            task.log.append(f"auto_upload_assets enabled, retention_hours={task.retention}{hold}")
            task.log.append(f"auto_upload_assets: converted {len(raw)} url(s) to ephemeral asset://")
        task.log += task.start_lines
        self.converting += [(task, reference) for reference in raw]

    def on_complete(self, task_id: str) -> None:
        """A task succeeds."""
        task = self._task(task_id)
        same(task.status, "processing", f"status of {task.label} before it completes", "task.complete")
        if not self._asked_for("complete", task_id):
            self._within(task.end_window(), f"end of {task.label}", "task.run-time", "task.complete")
            holds(task.plot.completes(task.strict), f"end of {task.label}", "failed", "completed", "task.fail")
        task.status = "completed"
        self._move("frozen", "consumed", task.frozen)
        task.frozen, task.consumed = 0, task.frozen
        task.output_until = self.now + OUTPUT_HOURS * HOUR
        self._ended(task)

    def on_fail(self, task_id: str) -> None:
        """A task fails: by its plot, by a reference, or by control."""
        task = self._task(task_id)
        if not self._asked_for("fail", task_id):
            same(task.status, "processing", f"status of {task.label} before it fails", "task.failed-by-control")
            self._within(task.end_window(), f"end of {task.label}", "task.run-time", "task.fail")
            holds(not task.plot.completes(task.strict), f"end of {task.label}", "completed", "failed", "task.complete")
        plot = task.forced or task.plot
        task.error = (10000, "invalid request") if task.fails_with else (plot.code, plot.message)
        self._failed(task)

    def on_cancel(self, task_id: str) -> None:
        """A pending task is cancelled."""
        task = self._task(task_id)
        holds(self._asked_for("cancel", task_id), f"cancel of {task.label}", "none", "one", "task.cancel")
        same(task.status, "pending", f"status of {task.label} before its cancel", "task.cancel")
        task.error = (10000, "task cancelled")
        self._failed(task)

    def _failed(self, task: Task) -> None:
        task.status = "failed"
        self._move("frozen", "available", task.frozen)
        task.frozen = 0
        self._ended(task)

    def _ended(self, task: Task) -> None:
        task.ended_at, task.on_hold = self.now, False
        task.next_attempt = self.now if task.hook else 0

    def on_output_expired(self, task_id: str) -> None:
        """A video's time is up."""
        task = self._task(task_id)
        self._within((task.output_until, task.output_until), f"end of the video of {task.label}", "output.life")
        task.output_gone = True

    def _delivered(self, entry: Entry) -> None:
        task = self._task(entry["task"])
        holds(task.ended_at, f"a webhook of {task.label}", "none before its end", entry, "webhook.after-state")
        same(entry["attempt"], len(task.attempts) + 1, f"number of an attempt for {task.label}", "webhook.retries")
        same(self.now, task.next_attempt, f"instant of an attempt for {task.label}", "webhook.retries")
        same(entry["status"], HOOK_STATUS[task.hook], f"answer to an attempt for {task.label}", "webhook.events")
        task.attempts.append(entry["status"])
        again = entry["status"] != 200 and len(task.attempts) < ATTEMPTS
        task.next_attempt = self.now + RETRY_SECONDS * SECOND if again else 0

    # -- what must not be left over -----------------------------------------------------------------------------------

    def check_overdue(self, now: int, *, settled: bool) -> None:
        """Time has come to an instant: nothing that is due is left. ``settled``: webhooks too. Raises Broken."""
        self.now = now
        same(+self.announced, Counter(), "what was asked for and did not happen")
        same(self.converting, [], "raw references that became no asset", "auto-upload.conversion")
        for asset in self.assets.values():
            due = asset.due if asset.status == "Processing" else None
            self._not_overdue(due and due[1], f"end of the ingest of {asset.label}", "asset.ingest-time")
            self._not_overdue(asset.expires_at, f"end of {asset.label}", "asset.idle-purge", "asset.failed-purge")
        for task in self.tasks.values():
            self._task_not_overdue(task)
            if settled:
                self._not_overdue(task.next_attempt or None, f"a webhook of {task.label}", "webhook.events")

    def _task_not_overdue(self, task: Task) -> None:
        if task.status == "pending" and not task.on_hold:
            self._not_overdue(max(task.queue[1], task.released_at), f"start of {task.label}", "task.start")
        if task.status == "processing":
            window = task.end_window()
            self._not_overdue(window and window[1], f"end of {task.label}", "task.complete", "task.fail")
        if task.output_until and not task.output_gone:
            self._not_overdue(task.output_until, f"end of the video of {task.label}", "output.life")

    def _not_overdue(self, latest: int | None, about: str, *behaviours: str) -> None:
        if latest is not None and latest <= self.now:
            raise Broken(about, f"by {exact(latest)}", f"nothing by {exact(self.now)}", behaviours)


def _last_segment(url: str) -> str:
    return url.rpartition("/")[2]


HANDLERS: dict[tuple[str, str], Callable[[Model, str], None]] = {
    ("asset", "upload"): Model.on_upload,
    ("asset", "ingested"): Model.on_ingested,
    ("asset", "rejected"): Model.on_rejected,
    ("asset", "deleted"): Model.on_asset_gone,
    ("asset", "expired"): Model.on_expired,
    ("task", "create"): Model.on_create,
    ("task", "start"): Model.on_start,
    ("task", "complete"): Model.on_complete,
    ("task", "fail"): Model.on_fail,
    ("task", "cancel"): Model.on_cancel,
    ("output", "expired"): Model.on_output_expired,
}
