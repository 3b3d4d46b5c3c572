"""The account endpoints."""

import pytest

from ..harness.assertions import json_of, refused, same
from ..harness.client import LESS, START, Client
from ..harness.instants import SECOND, nanoseconds
from ..harness.prices import price


@pytest.mark.behaviour("account.info", "account.credits-in-points")
def test_info_names_the_account(client: Client) -> None:
    answer = client.call("GET", "/account/info")
    same(answer.status_code, 200, "status of account/info", "account.info")
    data = json_of(answer, "account/info", "account.info")["data"]
    expected = {"id", "name", "plan", "type", "is_enable", "credit_pack_info", "equivalent_in_usd"}
    same(expected - data.keys(), set(), "missing fields", "account.info")
    names = ("available", "used", "total", "frozen", "expired", "inactive")
    same(set(data["credit_pack_info"]), {f"{name}_credits" for name in names}, "credits", "account.credits-in-points")


@pytest.mark.behaviour("account.usd-in-quota")
def test_the_sum_stands_in_quota_too(client: Client) -> None:
    data = json_of(client.call("GET", "/account/info"), "account/info")["data"]
    same(data.get("quota", {}).get("equivalent_in_usd"), data["equivalent_in_usd"], "equivalent_in_usd in quota")


@pytest.mark.behaviour("account.info")
@pytest.mark.parametrize("plan", ["free", "hobbyist", "enterprise"])
def test_info_names_the_plan(world: Client, plan: str) -> None:
    world.patch(plan=plan)
    same(world.call("GET", "/account/info").json()["data"]["plan"], plan, "plan")


@pytest.mark.behaviour("account.active-tasks")
def test_active_tasks_are_counted_by_status(world: Client) -> None:
    world.patch(concurrency=10)
    first = world.created()["task_id"]
    world.advance(1)
    second = world.created()["task_id"]
    active = json_of(world.call("GET", "/account/active_tasks"), "active_tasks")["data"]["seedance"]
    counts = (active["staged_count"], active["pending_count"], active["processing_count"])
    same(counts, (0, 1, 1), "counts")
    same(active["active_tasks"], [world.task(first), world.task(second)], "the tasks, oldest first")
    world.advance("1m")
    ended = world.call("GET", "/account/active_tasks").json()["data"]["seedance"]
    same((ended["pending_count"], ended["processing_count"], ended["active_tasks"]), (0, 0, []), "after their end")


@pytest.mark.behaviour("account.histories", "account.histories-output")
def test_ended_tasks_are_listed_last_first(world: Client) -> None:
    world.patch(concurrency=200)
    good = world.finished(duration=4)
    bad = world.finished(LESS, prompt="fs-internal-error")
    world.created()
    histories = json_of(world.call("GET", "/api/open/tasks/histories?page=1&page_size=10"), "histories")["data"]
    same(histories["total"], 2, "total")
    last, first = histories["data"]
    same((first["task_id"], last["task_id"]), (good["task_id"], bad["task_id"]), "the order")
    same((first["status"], last["status"]), ("finished", "failed"), "statuses")
    same((first["usage"], last["usage"]), (price("seedance-2", "480p", 4), 0), "usage")
    same((first["task_model"], first["action"]), ("seedance", "seedance-2"), "model and action")
    same(first["detail"]["output"], good["output"]["video"], "the output", "account.histories-output")
    same(last["detail"]["output"], None, "the output of a failed task", "account.histories-output")
    same((histories["page"], histories["size"]), (1, 10), "page and size")


ROW = {"account_id", "api_key_id", "id", "fixed", "service_mode", "updated_at", "usage_type"}


@pytest.mark.behaviour("account.histories-row")
def test_a_row_of_histories_names_the_account_and_how_it_was_paid(world: Client) -> None:
    world.patch(concurrency=200)
    world.finished(config={"service_mode": "public"})
    (row,) = world.call("GET", "/api/open/tasks/histories").json()["data"]["data"]
    same(ROW - set(row), set(), "fields that a row lacks")
    same((row["usage_type"], row["service_mode"]), ("point", "public"), "how it was paid")


@pytest.mark.behaviour("account.histories-page-size")
@pytest.mark.parametrize(("size", "status"), [(1, 200), (100, 200), (101, 400), (0, 400)])
def test_a_page_of_histories_holds_1_to_100(client: Client, size: int, status: int) -> None:
    answer = client.call("GET", f"/api/open/tasks/histories?page_size={size}")
    same(answer.status_code, status, f"status of histories with page_size={size}")


@pytest.mark.behaviour("account.histories-filters")
def test_histories_are_filtered_by_model_and_time(world: Client) -> None:
    world.patch(concurrency=200)
    early = world.created()["task_id"]
    world.advance("1h")
    late = world.created()["task_id"]
    world.advance("1h")
    began = nanoseconds(START) // SECOND
    for query, expected in (
        ("model=seedance", [late, early]),
        ("model=kling", []),
        (f"start_time={began + 1}", [late]),
        (f"start_time={began}&end_time={began + 3600}", [late, early]),
        (f"end_time={began + 3599}", [early]),
        (f"start_time={began + 3601}", []),
    ):
        page = world.call("GET", f"/api/open/tasks/histories?{query}").json()["data"]
        same([row["task_id"] for row in page["data"]], expected, f"tasks with {query}")
        same(page["total"], len(expected), f"total with {query}")
    refused(world.call("GET", "/api/open/tasks/histories?start_time=today"), 400, "start_time", "a date in words")


@pytest.mark.behaviour("account.histories")
def test_histories_are_paged(world: Client) -> None:
    world.patch(concurrency=200)
    task_ids = [world.created()["task_id"] for _ in range(105)]
    world.advance("1m")
    listed_ids: list[str] = []
    for page, size in ((1, 100), (2, 5)):
        answer = world.call("GET", f"/api/open/tasks/histories?page={page}&page_size=100")
        ids = [row["task_id"] for row in answer.json()["data"]["data"]]
        same(len(ids), size, f"entries of page {page}")
        listed_ids += ids
    same(sorted(listed_ids), sorted(task_ids), "all of them")
    same(len(world.call("GET", "/api/open/tasks/histories").json()["data"]["data"]), 10, "entries unless asked")
