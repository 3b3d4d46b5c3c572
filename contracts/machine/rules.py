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
from ..harness.local_server import Neighbour
from .admission import TYPES
from .choices import among, any_asset, edges, held, managed, some, stuck, unheld
from .comparison import Side, sources_of
from .model import Step
from .requests import BAD_UPLOADS, CAUSES, PLOTS, SOUND_SOURCES, SOURCES, Asked

KEYS = st.sampled_from("AAB")
LESS = tuple(name for name in TYPES if name.endswith("-less-restriction"))
RAW = st.sampled_from((*SOUND_SOURCES, "slow picture", "stuck picture"))
PLOT = st.sampled_from(("plain", "plain", *PLOTS))
HOOK = st.sampled_from(("", "ok", "bad", "closed"))
STATUSES = ("processing", "active", "failed")
SPANS = ("0.1s", "1s", "2s", "30s", "10m", "3h", "25h", "4d", "16d")


class Machine(RuleBasedStateMachine):
    """The state machine. ``target`` and ``neighbour`` are set before it runs; ``seen`` counts steps over all runs."""

    target: ClassVar[Target]
    neighbour: ClassVar[Neighbour | None] = None
    seen: ClassVar[Counter[Step]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.sides: dict[str, Side] = {}
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
        if self.neighbour is not None:
            self.neighbour.forget()
        chosen = {"plan": plan, "pace": pace, "profile": profile, "concurrency": concurrency, "points": points}
        common = {"plan": "premium", "pace": "fast", "profile": "current", "concurrency": None, "points": 10**10}
        for key, world in (("A", chosen), ("B", common)):
            self.sides[key] = Side(self.target, key, self.neighbour, world)

    def after(self, key: str, *, settled: bool = False) -> None:
        """What holds after every step, in both worlds: nothing happens in the one that nobody touched."""
        for name, side in self.sides.items():
            side.settle(settled=settled and name == key)

    # -- assets -------------------------------------------------------------------------------------------------------

    @rule(key=KEYS, source=st.sampled_from(list(SOURCES)), name=st.sampled_from((None, "hero")))
    def upload(self, key: str, source: str, name: str | None) -> None:
        """Upload one source."""
        self.sides[key].upload(SOURCES[source], name)
        self.after(key)

    @rule(key=KEYS, bad=st.sampled_from(list(BAD_UPLOADS)))
    def upload_badly(self, key: str, bad: str) -> None:
        """Send an upload that must be refused."""
        body, text = BAD_UPLOADS[bad]
        answer = self.sides[key].client.call("POST", "/api/v1/asset/upload", json=body)
        refused(answer, 400, text, f"an upload with {bad}", "asset.url-rule", "asset.type-rule", "asset.type-inferred")
        self.after(key)

    @rule(key=KEYS, sources=st.lists(st.sampled_from([*SOURCES, "nothing"]), min_size=1, max_size=5).map(tuple))
    def upload_batch(self, key: str, sources: tuple[str, ...]) -> None:
        """Upload several sources."""
        self.sides[key].batch(sources_of(sources))
        self.after(key)

    @precondition(lambda self: self.sides["A"].model.plan.managed == 50 and not self.filled)
    @rule()
    def fill_the_library(self) -> None:
        """Upload as many as A's plan holds, and a few more, once in a story."""
        self.filled = True
        self.sides["A"].batch(sources_of(("picture",) * 50))
        self.after("A")

    @some(any_asset)
    @rule(asset=among(any_asset))
    def get_asset(self, asset: tuple[str, str]) -> None:
        """Look at an asset, which may be gone, with its own key and with the other."""
        for key, side in self.sides.items():
            asset_id = self.sides[asset[0]].model.labels[asset[1]]
            answer, known = side.client.asset(asset_id), side.model.assets.get(asset_id)
            if known is None:
                refused(answer, 404, "asset not found", f"a get by {key} of {asset}", "asset.unknown")
            else:
                side.model.touch(known)
                side.compare_asset(known, answer.json())
        self.after(asset[0])

    @rule(
        key=KEYS,
        statuses=st.sets(st.sampled_from((*STATUSES, "Active"))).map(sorted).map(tuple),
        page=st.integers(1, 3),
        size=st.integers(1, 30),
    )
    def list_assets(self, key: str, statuses: tuple[str, ...], page: int, size: int) -> None:
        """List a page of some statuses."""
        side = self.sides[key]
        query = f"?page={page}&size={size}" + (f"&status={','.join(statuses)}" if statuses else "")
        found = side.client.listed(query)
        wanted = [one for one in side.model.managed() if one.status.lower() in (statuses or STATUSES)]
        shown = wanted[(page - 1) * size : page * size]
        same(found["total"], len(wanted), "total of a list", "asset.list-filter")
        same([one["asset_id"] for one in found["items"]], [one.asset_id for one in shown], "a list", "asset.list-order")
        quota = {"used": side.model.used, "limit": side.model.plan.managed}
        same(found["quota"], quota, "quota of a list", "asset.quota-fields", "asset.failed-is-free")
        for asset, item in zip(shown, found["items"], strict=True):
            side.model.touch(asset)
            side.compare_asset(asset, item)
        self.after(key)

    @some(lambda side: side.assets())
    @rule(asset=among(lambda side: side.assets()))
    def delete_asset(self, asset: tuple[str, str]) -> None:
        """Delete an asset: the other key cannot, its own can, once."""
        key, side = asset[0], self.sides[asset[0]]
        other = self.sides["B" if key == "A" else "A"]
        asset_id = side.model.labels[asset[1]]
        refused(other.client.delete(asset_id), 404, "asset not found", "a delete by another key", "asset.unknown")
        side.model.announce("deleted", asset_id)
        same(side.client.delete(asset_id).status_code, 204, "status of a delete", "asset.delete")
        refused(side.client.delete(asset_id), 404, "asset not found", "the second delete", "asset.delete")
        self.after(key)

    # -- tasks --------------------------------------------------------------------------------------------------------

    def create(self, key: str, asked: Asked) -> None:
        """Create a task, or be refused."""
        own = self.sides[key]
        foreign = {
            label: name for side in self.sides.values() if side is not own for label, name in side.model.labels.items()
        }
        own.create(asked, foreign)
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
        self.create(key, Asked(task_type, plot, raw, duration=duration, hook=hook))

    @some(lambda side: side.assets("Active"))
    @rule(
        asset=among(lambda side: side.assets("Active")),
        plot=PLOT,
        raw=st.lists(st.sampled_from(("picture", "picture", "clip", "voice")), max_size=2).map(tuple),
        auto=st.sampled_from((True, True, False)),
        hook=HOOK,
    )
    def create_with_asset(self, asset: tuple[str, str], plot: str, raw: tuple[str, ...], auto: bool, hook: str) -> None:
        """Create a task that names an Active asset, alone or behind raw URLs."""
        self.create(asset[0], Asked(LESS[0], plot, (*raw, asset[1]), auto_upload=auto, hook=hook))

    @precondition(lambda self: self.sides["A"].model.plan.ephemeral == 20)
    @rule()
    def create_with_many_guests(self) -> None:
        """Create a task that takes nearly half of the places for ephemeral assets."""
        self.create("A", Asked(LESS[0], references=("picture",) * 9, auto_upload=True))

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
        self.create(key, Asked(LESS[0], plot, raw, auto_upload=True, retention=retention, hook=hook))

    @rule(
        key=KEYS,
        asked=st.builds(
            Asked,
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
    def create_anything(self, key: str, asked: Asked) -> None:
        """Create whatever comes."""
        self.create(key, asked)

    @some(any_asset)
    @rule(key=KEYS, asset=among(any_asset), task_type=st.sampled_from((LESS[0], "seedance-2")), astray=st.booleans())
    def create_with_any_asset(self, key: str, asset: tuple[str, str], task_type: str, astray: bool) -> None:
        """Create a task that names an asset: another key's perhaps, or gone, or not Active; or on a strict type."""
        label = asset[1]
        if key != asset[0] and label in self.sides[key].model.labels:
            key = asset[0]
        self.create(key, Asked(task_type, references=(label,), astray=astray))

    @some(lambda side: side.tasks())
    @rule(task=among(lambda side: side.tasks()))
    def cancel(self, task: tuple[str, str]) -> None:
        """Cancel a task: the other key cannot, its own can while it is pending."""
        key, side = task[0], self.sides[task[0]]
        other, known = self.sides["B" if key == "A" else "A"], side.task(task[1])
        refused(other.client.cancel(known.task_id), 404, "task not found", "a cancel by another key", "task.unknown")
        pending = known.status == "pending"
        if pending:
            side.model.announce("cancel", known.task_id)
        same(
            side.client.cancel(known.task_id).status_code, 200 if pending else 400, f"a cancel of {task}", "task.cancel"
        )
        self.after(key)

    @some(lambda side: side.tasks("completed"))
    @rule(task=among(lambda side: side.tasks("completed")))
    def download(self, task: tuple[str, str]) -> None:
        """Ask for a video, without a key: it is there exactly in its life."""
        side = self.sides[task[0]]
        known = side.task(task[1])
        answer = side.client.download(known.output, "HEAD")
        alive = side.model.now < known.output_until
        same(
            answer.status_code, 200 if alive else 404, f"status of the video of {task}", "output.life", "output.no-auth"
        )
        self.after(task[0])

    # -- time ---------------------------------------------------------------------------------------------------------

    @rule(key=KEYS, by=st.sampled_from(SPANS))
    def advance(self, key: str, by: str) -> None:
        """Let time pass."""
        self.sides[key].client.advance(by)
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
            self.sides[key].client.advance_to("next")
            self.after(key, settled=True)

    @some(edges)
    @rule(edge=among(edges), beside=st.sampled_from((-1, 0)))
    def advance_to_edge(self, edge: tuple[str, str], beside: int) -> None:
        """Go to the instant at which something ends, or a nanosecond before it."""
        key, label = edge
        side = self.sides[key]
        at = (side.asset(label).expires_at if label[0] == "a" else side.task(label).output_until) + beside
        if at >= side.model.now:
            side.client.advance_to(exact(at))
        self.after(key, settled=True)
        if label[0] == "t":
            self.download(edge)

    # -- control ------------------------------------------------------------------------------------------------------

    @some(lambda side: side.assets("Processing"))
    @rule(asset=among(lambda side: side.assets("Processing")))
    def activate(self, asset: tuple[str, str]) -> None:
        """End an ingest well by control."""
        side = self.sides[asset[0]]
        asset_id = side.model.labels[asset[1]]
        side.model.announce("ingested", asset_id)
        side.client.activate(asset_id)
        self.after(asset[0])

    @some(managed)
    @rule(asset=among(managed))
    def fail_asset(self, asset: tuple[str, str]) -> None:
        """Fail an ingest, or revoke an Active asset, by control."""
        side, known = self.sides[asset[0]], self.sides[asset[0]].asset(asset[1])
        known.code = "ContentRestricted"
        side.model.announce("rejected", known.asset_id)
        side.client.control("POST", f"assets/{known.asset_id}/fail", {"code": known.code})
        self.after(asset[0])

    @some(unheld)
    @rule(task=among(unheld))
    def complete(self, task: tuple[str, str]) -> None:
        """Complete a task by control."""
        side, known = self.sides[task[0]], self.sides[task[0]].task(task[1])
        path = f"tasks/{known.task_id}/complete"
        if known.status == "pending" and known.raw:
            same(side.client.ordered("POST", path).status_code, 400, "a complete of what is not yet ingested")
            self.after(task[0])
            return
        if known.status == "pending":
            side.model.announce("start", known.task_id)
        known.held = False
        side.model.announce("complete", known.task_id)
        side.client.control("POST", path)
        self.after(task[0])

    @some(lambda side: side.tasks("pending", "processing"))
    @rule(task=among(lambda side: side.tasks("pending", "processing")), cause=st.sampled_from(list(CAUSES)))
    def fail(self, task: tuple[str, str], cause: str) -> None:
        """Fail a task by control."""
        side, known = self.sides[task[0]], self.sides[task[0]].task(task[1])
        known.forced = CAUSES[cause]
        side.model.announce("fail", known.task_id)
        side.client.control("POST", f"tasks/{known.task_id}/fail", {"cause": cause})
        self.after(task[0])

    @some(lambda side: side.tasks("pending", "processing"))
    @rule(task=among(lambda side: side.tasks("pending", "processing")))
    def hold(self, task: tuple[str, str]) -> None:
        """Keep a task from going on."""
        side = self.sides[task[0]]
        side.task(task[1]).held = True
        side.client.control("POST", f"tasks/{side.model.labels[task[1]]}/hold")
        self.after(task[0])

    @some(held)
    @rule(task=among(held))
    def release(self, task: tuple[str, str]) -> None:
        """Let a held task go on."""
        side = self.sides[task[0]]
        side.model.release(side.task(task[1]))
        side.client.control("POST", f"tasks/{side.model.labels[task[1]]}/release")
        self.after(task[0])

    def teardown(self) -> None:
        """Count the steps that were seen, and compare all that there is once more."""
        if not self.sides or sys.exc_info()[0] is not None:
            return
        for key, side in self.sides.items():
            side.client.advance(11)
            self.after(key, settled=True)
            side.compare_everything()
            side.compare_hooks()
            type(self).seen.update(side.model.steps)
