"""Points: what a task costs, when they move, and how usage shows it."""

from typing import Any

import pytest

from ..harness.assertions import case, contains, holds, refused, same
from ..harness.client import LESS, PICTURE, STRICT, Client
from ..harness.prices import PERIOD_OF, POINTS_PER_USD, TYPES, default_resolution, offered, price

CLIP = "https://cdn.example/fs-length-{}s.mp4"


def usage(task: dict[str, Any]) -> dict[str, Any]:
    """A task's points."""
    figures: dict[str, Any] = task["meta"]["usage"]
    return figures


@pytest.mark.behaviour("money.price-by-period", "money.points-per-usd")
@pytest.mark.parametrize("profile", PERIOD_OF)
def test_a_second_costs_what_the_period_s_table_says(world: Client, profile: str) -> None:
    world.patch(profile=profile, concurrency=1000)
    field = "consume" if profile == "docs-2026-06" else "frozen"
    for task_type, resolution in offered(profile):
        task = world.created(task_type, resolution=resolution, duration=10)
        expected = price(task_type, resolution, 10, profile=profile)
        same(usage(task)[field], expected, f"points of 10 s of {task_type} at {resolution} in {profile}")


@pytest.mark.behaviour("money.price-by-period", "task.resolution-default", "task.duration-default")
@pytest.mark.parametrize("task_type", TYPES)
def test_a_task_that_names_nothing_costs_its_defaults(world: Client, task_type: str) -> None:
    expected = price(task_type, default_resolution(task_type), 5)
    same(usage(world.created(task_type))["frozen"], expected, f"points of a plain {task_type}")


@pytest.mark.parametrize(
    ("videos", "seconds"),
    [
        case("money.formula money.input-video-seconds", [CLIP.format("10")], 10, name="10s"),
        case("money.input-video-seconds", [CLIP.format("2.1")], 3, name="2.1s"),
        case("money.input-video-seconds", [CLIP.format("2.2"), CLIP.format("2.3")], 5, name="sum-then-round"),
        case("money.input-video-seconds", [CLIP.format("2.5"), CLIP.format("2.5")], 5, name="sum-exact"),
        case("money.unmeasured-video", ["https://cdn.example/a.mp4"], 5, name="unmeasured"),
        case("money.unmeasured-video", ["https://cdn.example/a.mp4", CLIP.format("3")], 8, name="both"),
    ],
)
def test_input_videos_are_billed_at_half(world: Client, videos: list[str], seconds: int) -> None:
    task = world.created("seedance-2-fast", video_urls=videos, duration=10)
    same(usage(task)["frozen"], price("seedance-2-fast", "480p", 10, seconds), "points")


@pytest.mark.behaviour("money.formula")
def test_a_live_run_of_august_is_charged_to_the_point(world: Client) -> None:
    """10 s in and 10 s out were charged 9.6 M (fast), 6.9 M (mini, less restricted) and 10.5 M (fast, less)."""
    world.patch(profile="live-2026-08", concurrency=10)
    charges = {
        "seedance-2-fast": 9_600_000,
        "seedance-2-mini-less-restriction": 6_900_000,
        "seedance-2-fast-less-restriction": 10_500_000,
    }
    for task_type, points in charges.items():
        task = world.created(task_type, video_urls=[CLIP.format("10")], duration=10, resolution="480p")
        same(usage(task)["frozen"], points, f"points of {task_type}")


@pytest.mark.behaviour("money.input-video-seconds", "asset.free-of-charge")
def test_a_video_asset_counts_with_its_own_length(world: Client) -> None:
    asset_id = world.active(CLIP.format("7.5"))
    task = world.created(LESS, video_urls=[f"asset://{asset_id}"], duration=4)
    same(usage(task)["frozen"], price(LESS, "480p", 4, 8), "points")


@pytest.mark.behaviour("money.remove-watermark-free")
def test_remove_watermark_costs_nothing(world: Client) -> None:
    balances = world.points()
    task = world.created("remove-watermark", video_url="https://cdn.example/a.mp4")
    same((usage(task)["frozen"], usage(task)["consume"]), (0, 0), "points")
    world.advance("1m")
    same((world.task(task["task_id"])["status"], world.points()), ("completed", balances), "the end and the points")


@pytest.mark.behaviour("money.insufficient-credits")
def test_a_task_that_costs_more_than_there_is_is_refused(world: Client) -> None:
    cost = price(STRICT, "480p", 5)
    world.patch(points=cost - 1)
    answer = world.create()
    refused(answer, 402, "insufficient credits", "a create with one point too few")
    same(answer.json()["data"]["error"]["code"], 10002, "error.code")
    same((world.points()["available"], world.points()["frozen"]), (cost - 1, 0), "points after the refusal")
    world.patch(points=cost)
    same(world.create().status_code, 200, "status with exactly enough")
    same(world.points()["available"], 0, "points left")


@pytest.mark.behaviour("money.freeze-at-create", "money.consume-at-completion", "money.usage-fields")
def test_points_are_frozen_then_consumed(world: Client) -> None:
    cost, balances = price(STRICT, "480p", 5), world.points()
    task = world.created()
    same(usage(task), {"type": "point", "frozen": cost, "consume": 0}, "usage at the create", "money.usage-fields")
    expected = {**balances, "available": balances["available"] - cost, "frozen": cost}
    same(world.points(), expected, "points while it is pending", "money.freeze-at-create")
    world.advance(1)
    running = world.task(task["task_id"])
    same(
        (running["status"], usage(running)["frozen"]), ("processing", cost), "usage while it runs", "money.usage-fields"
    )
    world.advance("1m")
    ended = usage(world.task(task["task_id"]))
    same((ended["frozen"], ended["consume"]), (0, cost), "usage at the end", "money.consume-at-completion")
    expected = {**balances, "available": balances["available"] - cost, "consumed": cost}
    same(world.points(), expected, "points at the end", "money.consume-at-completion")


REFUNDED = [
    case("money.refund task.internal-error", {"prompt": "fs-internal-error"}, name="internal-error"),
    case("money.refund moderation.copyright", {"prompt": "fs-refuse-copyright"}, name="copyright"),
    case("money.refund moderation.real-person", {"prompt": "fs-refuse-person"}, name="person"),
]


@pytest.mark.parametrize("fields", REFUNDED)
@pytest.mark.parametrize("task_type", [STRICT, LESS])
def test_a_failed_task_gives_its_points_back(world: Client, task_type: str, fields: dict[str, str]) -> None:
    balances = world.points()
    task = world.finished(task_type, **fields)
    same((task["status"], usage(task)["frozen"], usage(task)["consume"]), ("failed", 0, 0), "the task at its end")
    same(world.points(), balances, "points at the end")
    same(task["logs"][-1], "restored frozen points", "the last log line")


@pytest.mark.behaviour("money.refund", "task.cancel")
def test_a_cancelled_task_gives_its_points_back(world: Client) -> None:
    balances = world.points()
    task_id = world.created()["task_id"]
    cancelled = world.cancel(task_id).json()["data"]
    same((cancelled["status"], usage(cancelled)["frozen"]), ("failed", 0), "the task after the cancel")
    contains(cancelled["logs"], "restored frozen points", "its log")
    same(world.points(), balances, "points after the cancel")


@pytest.mark.behaviour("money.refund")
def test_a_free_task_that_fails_logs_no_refund(world: Client) -> None:
    task = world.created("remove-watermark", video_url="https://cdn.example/a.mp4")
    world.control("POST", f"tasks/{task['task_id']}/fail")
    same("restored frozen points" in world.task(task["task_id"])["logs"], False, "a refund in the log")


@pytest.mark.behaviour("money.usage-fields", "money.usage-type")
def test_the_documented_form_shows_the_price_as_consumed(world: Client) -> None:
    world.patch(profile="docs-2026-06")
    cost = price(STRICT, "480p", 5, profile="docs-2026-06")
    task = world.created()
    same(usage(task), {"type": "point", "frozen": 0, "consume": cost}, "usage at the create")
    world.control("POST", f"tasks/{task['task_id']}/fail")
    same(usage(world.task(task["task_id"])), {"type": "llm", "frozen": 0, "consume": 0}, "usage after a failure")


@pytest.mark.behaviour("money.points-per-usd", "account.usd", "account.credits-in-points")
def test_the_account_counts_in_points(world: Client) -> None:
    world.patch(points=3 * POINTS_PER_USD)
    world.finished(duration=4)
    world.created(duration=5, image_urls=[PICTURE])
    points, info = world.points(), world.call("GET", "/account/info").json()["data"]
    pack = info["credit_pack_info"]
    credits = [pack[f"{name}_credits"] for name in ("available", "used", "total", "frozen", "expired", "inactive")]
    expected = [points["available"], points["consumed"], points["granted"], points["frozen"], 0, 0]
    same(credits, expected, "credit_pack_info", "account.credits-in-points")
    same(credits[:2] + credits[3:4], [21_000_000, 4_000_000, 5_000_000], "points by where they are")
    same(info["equivalent_in_usd"], 2.1, "equivalent_in_usd", "account.usd", "money.points-per-usd")


@pytest.mark.behaviour("money.less-restriction-surcharge")
@pytest.mark.parametrize(
    ("profile", "least", "most"),
    [("current", 1.09, 1.11), ("live-2026-08", 1.09, 1.11), ("docs-2026-06", 1.09, 1.11), ("legacy-lr", 1.25, 1.25)],
)
def test_less_restriction_costs_more(world: Client, profile: str, least: float, most: float) -> None:
    world.patch(profile=profile, concurrency=100)
    sold = offered(profile)
    pairs = [(name, size) for name, size in sold if (f"{name}-less-restriction", size) in sold]
    holds(pairs, f"types with a sibling in {profile}", "some", pairs)
    for name, resolution in pairs:
        strict, less = (
            world.created(f"{name}{end}", resolution=resolution)["meta"]["usage"] for end in ("", "-less-restriction")
        )
        ratio = sum(less[part] for part in ("frozen", "consume")) / sum(strict[part] for part in ("frozen", "consume"))
        holds(
            least <= ratio <= most, f"{name} at {resolution} in {profile}", f"{least} to {most} times", f"{ratio:.3f}"
        )
