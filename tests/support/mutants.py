"""Small mistakes in the emulator, each made by patching it, for the contract suites to catch.

A plugin of pytest: ``python -m pytest -p tests.support.mutants contracts --mutant ttl-a-second-short``;
``tests/verify/test_mutants.py`` runs them all and prints the table of kills.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec
import pytest

from fakeseed.model import admission, parent_tasks, task_draft
from fakeseed.model.asset import decide_library
from fakeseed.model.outcome_plan import PACES
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import PROFILES
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.task import OUTCOMES, Outcome
from fakeseed.model.task_types import RATIOS
from fakeseed.model.times import HOUR, SECOND, whole_seconds
from fakeseed.outbound.webhooks import Deliverer
from fakeseed.piapi import account_api, byte_ranges, dispatch, wire
from fakeseed.piapi import assets_api as wire_assets
from fakeseed.piapi import responses as wire_responses
from fakeseed.server import app
from fakeseed.store.memory_records import MemoryAssets, MemoryTasks
from fakeseed.store.memory_tables import MemoryTimeline
from fakeseed.world import assets_service, tasks_service, uploads_service, webhooks
from fakeseed.world.world import World

Make = Callable[[], None]


class Mutant(NamedTuple):
    """One mistake: its name, what it makes of the emulator, and how it is made."""

    name: str
    description: str
    make: Make


# -- how to make a mistake --------------------------------------------------------------------------------------------


def put(owner: Any, name: str, value: object) -> None:
    """Put something in place of what is there."""
    assert hasattr(owner, name), f"{owner} has no {name}: this mutant no longer fits the code"
    setattr(owner, name, value)


def around(owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
    """Let ``wrapper(original, *args)`` answer in place of a function."""
    original = getattr(owner, name)
    put(owner, name, lambda *args, **keywords: wrapper(original, *args, **keywords))


def patch(owner: Any, name: str, value: object) -> Make:
    """Another value."""
    return lambda: put(owner, name, value)


def wrap(owner: Any, name: str, wrapper: Callable[..., Any]) -> Make:
    """A function around another."""
    return lambda: around(owner, name, wrapper)


def row(table: dict[str, Any], name: str, **changes: object) -> Make:
    """Other values in a row of a table."""
    return lambda: table.update({name: msgspec.structs.replace(table[name], **changes)})


def every(table: dict[str, Any], field: str, change: Callable[[Any], object]) -> Make:
    """Another value in every row of a table."""

    def make() -> None:
        for name, module in table.items():
            table[name] = msgspec.structs.replace(module, **{field: change(getattr(module, field))})

    return make


def lenient(name: str, *refusals: str) -> Make:
    """A check of a create that overlooks some refusals, or all."""

    def make() -> None:
        check = getattr(admission, name)

        def overlook(draft: Any, context: Any) -> Refusal | None:
            module: Refusal | None = check(draft, context)
            return None if module is not None and (not refusals or module.kind.name in refusals) else module

        put(admission, "CHECKS", tuple(overlook if item is check else item for item in admission.CHECKS))

    return make


# -- mistakes that take more than a line ------------------------------------------------------------------------------


def refresh_a_nanosecond_late(original: Any, world: World, asset: Any) -> None:
    original(world, asset)
    if not asset.ephemeral and asset.status != "Failed":
        asset.expires_at += 1
        world.schedule(asset.expires_at, "asset.expire", asset.asset_id)


def refresh_failed_ones(original: Any, world: World, asset: Any) -> None:
    original(world, asset)
    if asset.status == "Failed":
        asset.expires_at = world.now + world.plan.idle_ttl
        world.schedule(asset.expires_at, "asset.expire", asset.asset_id)


def refresh_ephemeral_ones(original: Any, world: World, asset: Any) -> None:
    original(world, asset)
    if asset.ephemeral:
        asset.expires_at = world.now + 3 * HOUR
        world.schedule(asset.expires_at, "asset.expire", asset.asset_id)


class WithoutTouch:
    """The module of assets, but for its refresh."""

    def __getattr__(self, name: str) -> Any:
        return (lambda *_: None) if name == "touch" else getattr(assets_service, name)


def settle_without(kind_to_forget: str) -> Callable[..., int]:
    def settle(original: Any, world: World, task: Any, kind: str) -> int:
        if kind != kind_to_forget:
            return int(original(world, task, kind))
        points, task.frozen = task.frozen, 0
        return int(points)

    return settle


def body_before_the_end(original: Any, task: Any, profile: Any, *arguments: Any) -> Any:
    return original(msgspec.structs.replace(task, status="processing"), profile, *arguments)


def find_in_any_world(table: Any) -> Make:
    tables: list[Any] = []

    def begin(original: Any, self: Any) -> None:
        original(self)
        tables.append(self)

    def get(original: Any, self: Any, name: str) -> Any:
        return original(self, name) or next((item._all[name] for item in tables if name in item._all), None)

    def make() -> None:
        around(table, "__init__", begin)
        around(table, "get", get)

    return make


async def send_as_text(original: Any, send: Any, response: Any, now: int | None = None) -> None:
    swapped = tuple((k, b"text/plain" if k == b"content-type" else v) for k, v in response.headers)
    await original(send, msgspec.structs.replace(response, headers=swapped), now)


def second_first(original: Any, self: Any) -> Any:
    """Of two events within 3 s the later one comes first."""
    first = original(self)
    later = [event for event in self.upcoming(2) if event is not first]
    return later[0] if first and later and later[0].at - first.at < 3 * SECOND else first


def pop_second(_: Any, self: Any) -> Any:
    event = self.head()
    self.cancel(event.kind, event.ref)
    return event


def events_out_of_order() -> None:
    around(MemoryTimeline, "pop", pop_second)
    around(MemoryTimeline, "head", second_first)


def page_with_ephemerals(original: Any, self: Any, statuses: Any, offset: int, limit: int) -> Any:
    assets = original(self, statuses, offset, limit)
    return assets + [asset for asset in self._all.values() if asset.ephemeral and asset.status in statuses]


def cancel_running(original: Any, world: World, task_id: str) -> Any:
    task = world.tasks.get(task_id)
    if task is not None and task.status == "processing":
        tasks_service._fail(world, task, "cancelled")
        return task
    return original(world, task_id)


def list_without_refresh(original: Any, world: World, statuses: Any, page: int, size: int) -> Any:
    refusal = decide_library(world.plan)
    return refusal or world.assets.page(statuses, (page - 1) * size, size)


def refused_but_used(original: Any, world: World, body: Any, inputs: Any, *arguments: Any, **options: Any) -> Any:
    outcome = original(world, body, inputs, *arguments, **options)
    for uri in inputs.image_urls or () if isinstance(outcome, Refusal) else ():
        asset = world.assets.get(uri.removeprefix("asset://"))
        if asset is not None:
            assets_service.touch(world, asset)
    return outcome


def refused_but_charged(original: Any, world: World, *arguments: Any, **keywords: Any) -> Any:
    response = original(world, *arguments, **keywords)
    if isinstance(response, Refusal) and world.account.balances.available:
        world.move_points("freeze", 1)
    return response


def batch_all_or_nothing(original: Any, world: World, entries: Any) -> Any:
    results = original(world, entries)
    refusal = (
        next((entry for entry in results if isinstance(entry, Refusal)), None) if isinstance(results, list) else None
    )
    if refusal is None:
        return results
    for entry in results:
        if not isinstance(entry, Refusal):
            assets_service.delete(world, entry.asset_id)
    return [refusal for _ in results]


def live_longer(original: Any, world: World, task: Any) -> None:
    original(world, task)
    task.output_until += 1


def forget_conversion_place(original: Any, world: World, task: Any) -> None:
    task.tiles = tuple(sorted(task.tiles, key=lambda tile: tile.is_raw))
    original(world, task)


class AnySize(dict[str, Any]):
    """A table of sizes that has every size."""

    def values(self) -> Any:
        return self

    def __contains__(self, _: object) -> bool:
        return True


def credits_first() -> None:
    checks = admission.CHECKS
    put(admission, "CHECKS", (checks[-1], *checks[:-1]))


def ratio_in_frames() -> None:
    check = admission.check_ratio

    def always(draft: Any, context: Any) -> Refusal | None:
        return None if draft.ratio in RATIOS else refuse("ratio-invalid", allowed="", got=repr(draft.ratio))

    put(admission, "CHECKS", tuple(always if row is check else row for row in admission.CHECKS))


def prompt_first() -> None:
    checks = [check for check in admission.CHECKS if check is not admission.check_prompt]
    put(admission, "CHECKS", (admission.check_prompt, *checks))


def usage_as_llm(original: Any, *arguments: Any) -> Any:
    return msgspec.structs.replace(original(*arguments), type="llm")


def without_ratio(original: Any, task: Any) -> tuple[str, ...]:
    return tuple(entry for entry in original(task) if not entry.startswith("aspect ratio"))


def every_ended(_: Any, world: World, *filters: Any) -> list[Any]:
    return world.tasks.ended(0, world.tasks.count_ended())


def without_logs(original: Any, value: Any) -> bytes:
    view: Any = getattr(value, "data", None)
    refused = isinstance(view, wire.TaskView) and view.status == "failed" and not view.task_id
    shown = msgspec.structs.replace(value, data=msgspec.structs.replace(view, logs=())) if refused else value
    return bytes(original(shown))


ALL_COUNTED = frozenset({"Processing", "Active", "Failed"})

MUTANTS = {
    one.name: one
    for one in (
        # Assets: life
        Mutant("ttl-a-second-short", "idle assets go a second early", every(PLANS, "idle_ttl", lambda t: t - SECOND)),
        Mutant(
            "ttl-ends-late",
            "a refresh is a nanosecond too long",
            wrap(assets_service, "touch", refresh_a_nanosecond_late),
        ),
        Mutant("ttl-of-failed", "a look refreshes a Failed asset", wrap(assets_service, "touch", refresh_failed_ones)),
        Mutant(
            "ttl-of-ephemeral", "a look keeps an ephemeral asset", wrap(assets_service, "touch", refresh_ephemeral_ones)
        ),
        Mutant(
            "list-without-refresh", "a list refreshes nothing", wrap(assets_service, "listing", list_without_refresh)
        ),
        Mutant(
            "use-without-refresh",
            "a use in a task refreshes nothing",
            patch(tasks_service, "assets_service", WithoutTouch()),
        ),
        Mutant(
            "delete-does-nothing",
            "a delete answers 204 and keeps the asset",
            wrap(assets_service, "delete", lambda f, world, name: world.assets.get(name) or f(world, name)),
        ),
        Mutant(
            "gone-is-not-told",
            "a task waits for an asset that is gone",
            patch(tasks_service, "asset_gone", lambda *_: None),
        ),
        Mutant("ingest-too-slow", "an ingest takes up to 3 s", row(PACES, "fast", ingest=(1, 3))),
        Mutant(
            "times-rounded-up",
            "times are rounded up",
            patch(wire, "whole_seconds", lambda at: whole_seconds(at + SECOND - 1)),
        ),
        # Assets: limits and lists
        Mutant("quota-counts-failed", "Failed assets take a place", patch(assets_service, "COUNTED", ALL_COUNTED)),
        Mutant("quota-shows-failed", "quota.used counts Failed assets", patch(wire_assets, "COUNTED", ALL_COUNTED)),
        Mutant(
            "quota-one-more",
            "the limit is met one too late",
            wrap(assets_service, "decide_upload", lambda f, a, p, used: f(a, p, used - 1)),
        ),
        Mutant(
            "cap-in-quota",
            "ephemeral assets take managed places",
            wrap(MemoryAssets, "count", lambda f, self, wanted: f(self, wanted) + self.held_slots()),
        ),
        Mutant(
            "list-shows-ephemerals", "ephemeral assets are listed", wrap(MemoryAssets, "page", page_with_ephemerals)
        ),
        Mutant(
            "list-oldest-first",
            "a page is in the wrong order",
            wrap(MemoryAssets, "page", lambda f, *args: f(*args)[::-1]),
        ),
        Mutant(
            "filter-any-case",
            "the filter takes words in any case",
            wrap(wire_assets, "wanted_statuses", lambda f, text: f(text and text.lower())),
        ),
        Mutant("page-too-large", "a page holds 200", patch(wire_assets, "MAX_SIZE", 200)),
        Mutant(
            "batch-all-or-nothing",
            "one bad entry refuses the batch",
            wrap(assets_service, "upload_batch", batch_all_or_nothing),
        ),
        Mutant("foreign-asset", "another key's asset is found", find_in_any_world(MemoryAssets)),
        Mutant("foreign-task", "another key's task is found", find_in_any_world(MemoryTasks)),
        # Tasks: who may create
        Mutant("strict-takes-assets", "a strict type takes asset://", lenient("check_strictness", "asset-on-strict")),
        Mutant(
            "strict-auto-upload",
            "a strict type takes auto-upload",
            lenient("check_strictness", "auto-upload-on-strict"),
        ),
        Mutant(
            "processing-asset", "an asset may be used before it is Active", lenient("check_assets", "asset-not-active")
        ),
        Mutant("wrong-kind", "an asset may stand in any array", lenient("check_assets", "asset-wrong-type")),
        Mutant("no-cap", "the ephemeral cap is never met", lenient("check_ephemeral_cap")),
        Mutant("three-at-a-time", "one task too many at a time", every(PLANS, "concurrency", lambda n: n + 1)),
        Mutant("prompt-4001", "a prompt may have 4001 characters", patch(admission, "MAX_PROMPT", 4001)),
        Mutant("retention-9", "9 hours of retention are taken", patch(admission, "RETENTION_HOURS", (3, 9))),
        Mutant("13-references", "13 references are taken", every(PROFILES, "max_references", lambda _: 13)),
        Mutant(
            "refused-but-used", "a refused create refreshes its assets", wrap(tasks_service, "create", refused_but_used)
        ),
        Mutant(
            "refused-but-charged",
            "a refused create freezes a point",
            wrap(tasks_service, "create", refused_but_charged),
        ),
        Mutant("any-draft", "a draft may have any size", patch(parent_tasks, "SIZES", {"480p": AnySize()})),
        Mutant("final-at-720p", "a draft's final is 720p", patch(task_draft, "FINAL_RESOLUTION", "720p")),
        Mutant("credits-first", "credits are looked at first", credits_first),
        Mutant("sound-of-16-s", "a raw sound may last 16 s", patch(admission, "MAX_AUDIO_SECONDS", 16)),
        # Tasks: run
        Mutant("cancel-running", "a running task can be cancelled", wrap(tasks_service, "cancel", cancel_running)),
        Mutant(
            "events-out-of-order",
            "of two events the later comes first",
            events_out_of_order,
        ),
        Mutant(
            "wrong-error-code",
            "a refusal of content has code 10000",
            row(OUTCOMES, "refused-copyright", error_code=10000),
        ),
        Mutant(
            "less-retried",
            "less-restriction types are tried twice",
            patch(Outcome, "retried", lambda self, _: bool(self.retry_line)),
        ),
        Mutant(
            "places-mixed-up", "auto-upload changes the order", wrap(tasks_service, "_convert", forget_conversion_place)
        ),
        Mutant("hold-forgotten", "a place is held for 2 hours", row(PROFILES, "live-2026-08", quota_hold_hours=2)),
        # Money
        Mutant(
            "refund-forgotten",
            "a failed task keeps its points",
            wrap(tasks_service, "_settle", settle_without("restore")),
        ),
        Mutant(
            "consume-forgotten",
            "a completed task leaves its points frozen",
            wrap(tasks_service, "_settle", settle_without("consume")),
        ),
        Mutant("old-price", "prices of another period", row(PROFILES, "current", price_period="2026-08-promo")),
        Mutant(
            "input-for-free",
            "input videos are not billed",
            wrap(task_draft, "price", lambda f, *args: f(*args[:4], 0.0)),
        ),
        Mutant(
            "input-rounded-down",
            "input seconds are rounded down",
            wrap(task_draft, "price", lambda f, *args: f(*args[:4], float(int(args[4])))),
        ),
        # Webhooks
        Mutant(
            "webhook-before-state",
            "a webhook shows the task before its end",
            wrap(app, "webhook_body", body_before_the_end),
        ),
        Mutant("webhook-once", "an attempt is never repeated", patch(webhooks, "MAX_ATTEMPTS", 1)),
        Mutant("webhook-too-soon", "attempts are 4 s apart", patch(webhooks, "RETRY_AFTER", 4 * SECOND)),
        Mutant(
            "webhook-for-success",
            "only completed tasks are told of",
            wrap(webhooks, "announce", lambda f, world, task: f(world, task) if task.status == "completed" else None),
        ),
        Mutant("webhook-no-secret", "the secret is left out", patch(Deliverer, "_secret", staticmethod(lambda _: {}))),
        # What became known on 2026-11-24
        Mutant("ratio-in-frames", "frames heed aspect_ratio", ratio_in_frames),
        Mutant(
            "ratio-refused",
            "an early copy refuses a bad ratio",
            every(PROFILES, "refuses_invalid_ratio", lambda _: True),
        ),
        Mutant("mini-with-media", "mini takes videos", every(PROFILES, "mini_takes_pictures_only", lambda _: False)),
        Mutant("prompt-first", "the prompt is looked at before the type", prompt_first),
        Mutant("usage-llm", "points are called llm", wrap(wire, "usage", usage_as_llm)),
        Mutant("times-whole", "a task's end is cut to seconds", patch(wire, "with_nanoseconds", whole_seconds)),
        Mutant("ratio-not-logged", "a resolved ratio is not logged", wrap(tasks_service, "start_lines", without_ratio)),
        Mutant(
            "any-data-uri",
            "a data URI may be of any type",
            wrap(uploads_service, "parts", lambda f, x: (None, f(x)[1])),
        ),
        Mutant("histories-cut", "a page_size above 100 is taken", patch(account_api, "MAX_PAGE_SIZE", 10**6)),
        Mutant("histories-all", "filters of histories do nothing", wrap(account_api, "_filtered", every_ended)),
        Mutant(
            "own-file-unknown", "files that it made have no length", patch(tasks_service, "own_facts", lambda *_: None)
        ),
        Mutant(
            "own-asset-unknown",
            "assets of its files are not judged",
            patch(assets_service, "own_facts", lambda *_: None),
        ),
        Mutant("refused-without-log", "a refused create logs nothing", wrap(wire_responses, "encode", without_logs)),
        # Files and the wire
        Mutant("output-too-long", "a video lives a nanosecond too long", wrap(tasks_service, "_complete", live_longer)),
        Mutant("upload-too-short", "an uploaded file lives 23 hours", patch(uploads_service, "LIFE", 23 * HOUR)),
        Mutant(
            "range-off-by-one",
            "a range ends a byte early",
            wrap(byte_ranges, "_bounds", lambda f, *args: (f(*args)[0], f(*args)[1] - 1)),
        ),
        Mutant("wrong-content-type", "answers say text/plain", wrap(dispatch, "send_response", send_as_text)),
        Mutant("any-key", "every key is let in", patch(dispatch.Dispatcher, "refuse_key", lambda self, key: None)),
    )
}


# -- the plugin -------------------------------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    """The mutant of this run."""
    parser.addoption("--mutant", choices=["none", *MUTANTS], default="none", help="break the emulator on purpose")


def pytest_configure(config: pytest.Config) -> None:
    """Make the mistake, before anything is started."""
    name = config.getoption("--mutant")
    if name != "none":
        MUTANTS[name].make()
