"""What each plan allows."""

import pytest

from ..harness.assertions import refused, same
from ..harness.client import LESS, PICTURE, START, Client
from ..harness.instants import DAY, nanoseconds
from ..harness.tables import PLANS


@pytest.mark.behaviour("plan.managed-limit", "plan.idle-ttl", "plan.creator", "asset.expires-at")
@pytest.mark.parametrize("plan", PLANS)
def test_limit_and_life_by_plan(world: Client, plan: str) -> None:
    limit, days, *_ = PLANS[plan]
    world.patch(plan=plan)
    body = world.upload().json()
    life = nanoseconds(body["expires_at"]) - nanoseconds(body["upload_at"])
    same(life, days * DAY, f"life on {plan}", "plan.idle-ttl", "asset.expires-at")
    same(world.listed()["quota"]["limit"], limit, f"managed limit on {plan}", "plan.managed-limit")


@pytest.mark.behaviour("plan.managed-limit")
def test_the_limit_of_developer_is_met(world: Client) -> None:
    world.patch(plan="developer")
    for _ in range(4):
        same(world.batch([PICTURE] * 50).json()["success"], 50, "accepted of 50")
    refused(world.upload(), 429, "200 of 200", "the 201st upload on developer")


@pytest.mark.behaviour("plan.ephemeral-cap")
@pytest.mark.parametrize("plan", ["free", *PLANS])
def test_ephemeral_assets_by_plan(world: Client, plan: str) -> None:
    cap = PLANS[plan].ephemeral if plan in PLANS else 0
    world.patch(plan=plan, concurrency=1000)
    full, remainder = divmod(cap, 8)

    def create(count: int) -> int:
        urls = [PICTURE] * count
        return world.create(LESS, image_urls=urls, mode="omni_reference", auto_upload_assets=True).status_code

    for _ in range(full):
        same(create(8), 200, f"status within the cap of {plan}")
    if remainder:
        same(create(remainder + 1), 429, f"status of one too many on {plan}")
        same(create(remainder), 200, f"status of the last ones on {plan}")
    same(create(1), 429, f"status above the cap of {plan}")


@pytest.mark.behaviour("plan.concurrency")
@pytest.mark.parametrize("plan", ["free", *PLANS])
def test_two_tasks_at_a_time_on_every_plan(world: Client, plan: str) -> None:
    world.patch(plan=plan)
    same([world.create().status_code for _ in range(3)], [200, 200, 429], f"three creates on {plan}")


@pytest.mark.behaviour("plan.creator", "upload.plan-gate")
def test_creator_stands_between_hobbyist_and_developer(world: Client) -> None:
    request = {"file_name": "a.png", "file_data": "AAAA"}
    statuses = []
    for plan in ("hobbyist", "creator", "developer"):
        world.patch(plan=plan)
        statuses.append(world.call("POST", "/api/ephemeral_resource", json=request).status_code)
    same(statuses, [403, 200, 200], "what only creator and above may do")


@pytest.mark.behaviour("plan.idle-ttl")
@pytest.mark.parametrize("plan", ["hobbyist", "developer"])
def test_the_life_ends_with_the_plan_s_days(world: Client, plan: str) -> None:
    world.patch(plan=plan)
    asset_id = world.active()
    days = PLANS[plan].days
    happened = world.advance(f"{days}d")
    end = [event["at"] for event in happened if event.get("trigger") == "expired" and event["asset"] == asset_id]
    same([nanoseconds(at) - nanoseconds(START) for at in end], [days * DAY], f"life on {plan}")
