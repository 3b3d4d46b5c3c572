"""Clients of two keys at work: what Hypothesis may do to a target, each step held to the model.

Read a failing story from above: each line is one call of a method below, with labels for assets (``a1``) and tasks
(``t1``) in the order in which they came to be, in the world of key A or B.
"""

import sys
from collections import Counter
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from ..harness.assertions import refused, same
from ..harness.client import Target
from ..harness.instants import exact
from ..harness.local_server import LocalServer
from .admission import TYPES
from .choices import among, any_asset, edges, held, managed, some, stuck, unheld
from .comparison import ComparedWorld, sources_of
from .model import Step
from .requests import BAD_UPLOADS, CAUSES, PLOTS, SOUND_SOURCES, SOURCES, TaskRequest

KEYS = st.sampled_from("AAB")
LESS = tuple(name for name in TYPES if name.endswith("-less-restriction"))
RAW = st.sampled_from((*SOUND_SOURCES, "slow picture", "stuck picture"))
PLOT = st.sampled_from(("plain", "plain", *PLOTS))
HOOK = st.sampled_from(("", "ok", "bad", "closed"))
STATUSES = ("processing", "active", "failed")
SPANS = ("0.1s", "1s", "2s", "30s", "10m", "3h", "25h", "4d", "16d")


class Machine(RuleBasedStateMachine):
    """The state machine. ``target`` and ``local_server`` are set first; ``observed`` counts steps of all runs."""

    target: ClassVar[Target]
    local_server: ClassVar[LocalServer | None] = None
    asset_data: ClassVar[Counter[Step]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.worlds: dict[str, ComparedWorld] = {}
        self.filled = False

    @initialize(
        plan=st.sampled_from(("hobbyist", "hobbyist", "developer", "premium")),
        pace=st.sampled_from(("fast", "fast", "instant", "realistic")),
        profile=st.sampled_from(("current", "current", "live-2026-08", "docs-2026-06", "legacy-lr")),
        concurrency=st.sampled_from((None, 30, 30)),
        points=st.sampled_from((10**10, 10**10, 3 * 10**7)),
    )
    def begin(self, plan: str, pace: str, profile: str, concurrency: int | None, points: int) -> None:
        """Two fresh worlds."""
        if self.local_server is not None:
            self.local_server.forget()
        chosen = {"plan": plan, "pace": pace, "profile": profile, "concurrency": concurrency, "points": points}
        common = {"plan": "premium", "pace": "fast", "profile": "current", "concurrency": None, "points": 10**10}
        for key, world in (("A", chosen), ("B", common)):
            self.worlds[key] = ComparedWorld(self.target, key, self.local_server, world)

    def after(self, key: str, *, settled: bool = False) -> None:
        """What holds after every step, in both worlds: nothing happens in the one that nobody touched."""
        for name, compared in self.worlds.items():
            compared.settle(settled=settled and name == key)

    # -- assets -------------------------------------------------------------------------------------------------------

    @rule(key=KEYS, source=st.sampled_from(list(SOURCES)), name=st.sampled_from((None, "hero")))
    def upload(self, key: str, source: str, name: str | None) -> None:
        """Upload one source."""
        self.worlds[key].upload(SOURCES[source], name)
        self.after(key)

    @rule(key=KEYS, bad=st.sampled_from(list(BAD_UPLOADS)))
    def upload_badly(self, key: str, bad: str) -> None:
        """Send an upload that must be refused."""
        body, text = BAD_UPLOADS[bad]
        answer = self.worlds[key].client.call("POST", "/api/v1/asset/upload", json=body)
        refused(answer, 400, text, f"an upload with {bad}", "asset.url-rule", "asset.type-rule", "asset.type-inferred")
        self.after(key)

    @rule(key=KEYS, sources=st.lists(st.sampled_from([*SOURCES, "nothing"]), min_size=1, max_size=5).map(tuple))
    def upload_batch(self, key: str, sources: tuple[str, ...]) -> None:
        """Upload several sources."""
        self.worlds[key].batch(sources_of(sources))
        self.after(key)

    @precondition(lambda self: self.worlds["A"].model.plan.managed == 50 and not self.filled)
    @rule()
    def fill_the_library(self) -> None:
        """Upload as many as A's plan holds, and a few more, once in a story."""
        self.filled = True
        self.worlds["A"].batch(sources_of(("picture",) * 50))
        self.after("A")

    @some(any_asset)
    @rule(asset=among(any_asset))
    def get_asset(self, asset: tuple[str, str]) -> None:
        """Look at an asset, which may be gone, with its own key and with the other."""
        for key, compared in self.worlds.items():
            asset_id = self.worlds[asset[0]].model.labels[asset[1]]
            answer, asset_record = compared.client.asset(asset_id), compared.model.assets.get(asset_id)
            if asset_record is None:
                refused(answer, 404, "asset not found", f"a get by {key} of {asset}", "asset.unknown")
            else:
                compared.model.touch(asset_record)
                compared.compare_asset(asset_record, answer.json())
        self.after(asset[0])

    @rule(
        key=KEYS,
        statuses=st.sets(st.sampled_from((*STATUSES, "Active"))).map(sorted).map(tuple),
        page=st.integers(1, 3),
        size=st.integers(1, 30),
    )
    def list_assets(self, key: str, statuses: tuple[str, ...], page: int, size: int) -> None:
        """List a page of some statuses."""
        compared = self.worlds[key]
        query = f"?page={page}&size={size}" + (f"&status={','.join(statuses)}" if statuses else "")
        body = compared.client.listed(query)
        matching = [record for record in compared.model.managed() if record.status.lower() in (statuses or STATUSES)]
        expected = matching[(page - 1) * size : page * size]
        same(body["total"], len(matching), "total of a list", "asset.list-filter")
        same(
            [record["asset_id"] for record in body["items"]],
            [record.asset_id for record in expected],
            "a list",
            "asset.list-order",
        )
        quota = {"used": compared.model.used, "limit": compared.model.plan.managed}
        same(body["quota"], quota, "quota of a list", "asset.quota-fields", "asset.failed-is-free")
        for asset, item in zip(expected, body["items"], strict=True):
            compared.model.touch(asset)
            compared.compare_asset(asset, item)
        self.after(key)

    @some(lambda compared: compared.assets())
    @rule(asset=among(lambda compared: compared.assets()))
    def delete_asset(self, asset: tuple[str, str]) -> None:
        """Delete an asset: the other key cannot, its own can, once."""
        key, compared = asset[0], self.worlds[asset[0]]
        stranger = self.worlds["B" if key == "A" else "A"]
        asset_id = compared.model.labels[asset[1]]
        refused(stranger.client.delete(asset_id), 404, "asset not found", "a delete by another key", "asset.unknown")
        compared.model.announce("deleted", asset_id)
        same(compared.client.delete(asset_id).status_code, 204, "status of a delete", "asset.delete")
        refused(compared.client.delete(asset_id), 404, "asset not found", "the second delete", "asset.delete")
        self.after(key)

    # -- tasks --------------------------------------------------------------------------------------------------------

    def create(self, key: str, request: TaskRequest) -> None:
        """Create a task, or be refused."""
        own = self.worlds[key]
        foreign = {
            label: name
            for compared in self.worlds.values()
            if compared is not own
            for label, name in compared.model.labels.items()
        }
        own.create(request, foreign)
        self.after(key)

    @rule(
        key=KEYS,
        task_type=st.sampled_from(("seedance-2", "seedance-2-fast", "seedance-2-less-restriction")),
        plot=PLOT,
        raw=st.sampled_from(((), ("picture",), ("face",), ("clip",), ("picture", "voice"))),
        duration=st.sampled_from((None, 4, 10)),
        hook=HOOK,
    )
    def create_plainly(
        self, key: str, task_type: str, plot: str, raw: tuple[str, ...], duration: int | None, hook: str
    ) -> None:
        """Create a task of text or raw URLs."""
        self.create(key, TaskRequest(task_type, plot, raw, duration=duration, hook=hook))

    @some(lambda compared: compared.assets("Active"))
    @rule(
        asset=among(lambda compared: compared.assets("Active")),
        plot=PLOT,
        raw=st.lists(st.sampled_from(("picture", "picture", "clip", "voice")), max_size=2).map(tuple),
        auto=st.sampled_from((True, True, False)),
        hook=HOOK,
    )
    def create_with_asset(self, asset: tuple[str, str], plot: str, raw: tuple[str, ...], auto: bool, hook: str) -> None:
        """Create a task that names an Active asset, alone or behind raw URLs."""
        self.create(asset[0], TaskRequest(LESS[0], plot, (*raw, asset[1]), auto_upload=auto, hook=hook))

    @precondition(lambda self: self.worlds["A"].model.plan.ephemeral == 20)
    @rule()
    def create_with_many_guests(self) -> None:
        """Create a task that takes nearly half of the places for ephemeral assets."""
        self.create("A", TaskRequest(LESS[0], references=("picture",) * 9, auto_upload=True))

    @rule(
        key=KEYS,
        plot=PLOT,
        raw=st.lists(st.sampled_from((*SOUND_SOURCES, "missing picture", "slow picture")), min_size=1, max_size=4).map(
            tuple
        ),
        retention=st.sampled_from((None, 3, 8, 9)),
        hook=HOOK,
    )
    def create_with_auto_upload(
        self, key: str, plot: str, raw: tuple[str, ...], retention: int | None, hook: str
    ) -> None:
        """Create a task whose raw URLs are ingested."""
        self.create(key, TaskRequest(LESS[0], plot, raw, auto_upload=True, retention=retention, hook=hook))

    @rule(
        key=KEYS,
        request=st.builds(
            TaskRequest,
            st.sampled_from(TYPES),
            plot=PLOT,
            references=st.lists(RAW, max_size=4).map(tuple),
            mode=st.sampled_from((None, "text_to_video", "first_last_frames", "omni_reference")),
            duration=st.sampled_from((None, 0, 4, 7, 15, 16, 30)),
            resolution=st.sampled_from((None, "480p", "720p", "1080p")),
            ratio=st.sampled_from((None, "9:16", "auto")),
            auto_upload=st.sampled_from((None, True, False)),
            retention=st.none(),
            hook=HOOK,
            astray=st.just(False),
        ),
    )
    def create_anything(self, key: str, request: TaskRequest) -> None:
        """Create whatever comes."""
        self.create(key, request)

    @some(any_asset)
    @rule(key=KEYS, asset=among(any_asset), task_type=st.sampled_from((LESS[0], "seedance-2")), astray=st.booleans())
    def create_with_any_asset(self, key: str, asset: tuple[str, str], task_type: str, astray: bool) -> None:
        """Create a task that names an asset: another key's perhaps, or gone, or not Active; or on a strict type."""
        label = asset[1]
        if key != asset[0] and label in self.worlds[key].model.labels:
            key = asset[0]
        self.create(key, TaskRequest(task_type, references=(label,), astray=astray))

    @some(lambda compared: compared.tasks())
    @rule(task=among(lambda compared: compared.tasks()))
    def cancel(self, task: tuple[str, str]) -> None:
        """Cancel a task: the other key cannot, its own can while it is pending."""
        key, compared = task[0], self.worlds[task[0]]
        stranger, record = self.worlds["B" if key == "A" else "A"], compared.task(task[1])
        refused(
            stranger.client.cancel(record.task_id), 404, "task not found", "a cancel by another key", "task.unknown"
        )
        pending = record.status == "pending"
        if pending:
            compared.model.announce("cancel", record.task_id)
        same(
            compared.client.cancel(record.task_id).status_code,
            200 if pending else 400,
            f"a cancel of {task}",
            "task.cancel",
        )
        self.after(key)

    @some(lambda compared: compared.tasks("completed"))
    @rule(task=among(lambda compared: compared.tasks("completed")))
    def download(self, task: tuple[str, str]) -> None:
        """Ask for a video, without a key: it is there exactly in its life."""
        compared = self.worlds[task[0]]
        record = compared.task(task[1])
        answer = compared.client.download(record.output, "HEAD")
        alive = compared.model.now < record.output_until
        same(
            answer.status_code, 200 if alive else 404, f"status of the video of {task}", "output.life", "output.no-auth"
        )
        self.after(task[0])

    # -- time ---------------------------------------------------------------------------------------------------------

    @rule(key=KEYS, by=st.sampled_from(SPANS))
    def advance(self, key: str, by: str) -> None:
        """Let time pass."""
        self.worlds[key].client.advance(by)
        self.after(key, settled=True)

    @some(stuck)
    @rule(asset=among(stuck))
    def forget(self, asset: tuple[str, str]) -> None:
        """Leave an ingest that never ends alone until its time is up."""
        self.advance(asset[0], "16d")

    @rule(key=KEYS, times=st.integers(1, 4))
    def advance_to_next(self, key: str, times: int) -> None:
        """Go to what happens next."""
        for _ in range(times):
            self.worlds[key].client.advance_to("next")
            self.after(key, settled=True)

    @some(edges)
    @rule(edge=among(edges), beside=st.sampled_from((-1, 0)))
    def advance_to_edge(self, edge: tuple[str, str], beside: int) -> None:
        """Go to the instant at which something ends, or a nanosecond before it."""
        key, label = edge
        compared = self.worlds[key]
        at = (compared.asset(label).expires_at if label[0] == "a" else compared.task(label).output_until) + beside
        if at >= compared.model.now:
            compared.client.advance_to(exact(at))
        self.after(key, settled=True)
        if label[0] == "t":
            self.download(edge)

    # -- control ------------------------------------------------------------------------------------------------------

    @some(lambda compared: compared.assets("Processing"))
    @rule(asset=among(lambda compared: compared.assets("Processing")))
    def activate(self, asset: tuple[str, str]) -> None:
        """End an ingest well by control."""
        compared = self.worlds[asset[0]]
        asset_id = compared.model.labels[asset[1]]
        compared.model.announce("ingested", asset_id)
        compared.client.activate(asset_id)
        self.after(asset[0])

    @some(managed)
    @rule(asset=among(managed))
    def fail_asset(self, asset: tuple[str, str]) -> None:
        """Fail an ingest, or revoke an Active asset, by control."""
        compared, record = self.worlds[asset[0]], self.worlds[asset[0]].asset(asset[1])
        record.code = "ContentRestricted"
        compared.model.announce("rejected", record.asset_id)
        compared.client.control("POST", f"assets/{record.asset_id}/fail", {"code": record.code})
        self.after(asset[0])

    @some(unheld)
    @rule(task=among(unheld))
    def complete(self, task: tuple[str, str]) -> None:
        """Complete a task by control."""
        compared, record = self.worlds[task[0]], self.worlds[task[0]].task(task[1])
        path = f"tasks/{record.task_id}/complete"
        if record.status == "pending" and record.raw:
            same(
                compared.client.control_response("POST", path).status_code,
                400,
                "a complete of what is not yet ingested",
            )
            self.after(task[0])
            return
        if record.status == "pending":
            compared.model.announce("start", record.task_id)
        record.on_hold = False
        compared.model.announce("complete", record.task_id)
        compared.client.control("POST", path)
        self.after(task[0])

    @some(lambda compared: compared.tasks("pending", "processing"))
    @rule(task=among(lambda compared: compared.tasks("pending", "processing")), cause=st.sampled_from(list(CAUSES)))
    def fail(self, task: tuple[str, str], cause: str) -> None:
        """Fail a task by control."""
        compared, record = self.worlds[task[0]], self.worlds[task[0]].task(task[1])
        record.forced = CAUSES[cause]
        compared.model.announce("fail", record.task_id)
        compared.client.control("POST", f"tasks/{record.task_id}/fail", {"cause": cause})
        self.after(task[0])

    @some(lambda compared: compared.tasks("pending", "processing"))
    @rule(task=among(lambda compared: compared.tasks("pending", "processing")))
    def hold(self, task: tuple[str, str]) -> None:
        """Keep a task from going on."""
        compared = self.worlds[task[0]]
        compared.task(task[1]).on_hold = True
        compared.client.control("POST", f"tasks/{compared.model.labels[task[1]]}/hold")
        self.after(task[0])

    @some(held)
    @rule(task=among(held))
    def release(self, task: tuple[str, str]) -> None:
        """Let a held task go on."""
        compared = self.worlds[task[0]]
        compared.model.release(compared.task(task[1]))
        compared.client.control("POST", f"tasks/{compared.model.labels[task[1]]}/release")
        self.after(task[0])

    def teardown(self) -> None:
        """Count the steps that were seen, and compare all that there is once more."""
        if not self.worlds or sys.exc_info()[0] is not None:
            return
        for key, compared in self.worlds.items():
            compared.client.advance(11)
            self.after(key, settled=True)
            compared.compare_everything()
            compared.compare_hooks()
            type(self).asset_data.update(compared.model.steps)
