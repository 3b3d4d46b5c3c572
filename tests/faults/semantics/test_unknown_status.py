import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def test_a_running_task_has_a_word_that_nobody_knows(api: Api) -> None:
    task_id = await api.created()
    await arm(api, "unknown-status")
    assert [(await api.task(task_id))["status"] for _ in range(2)] == ["staged", "pending"]


async def test_another_word_in_every_running_state_and_in_no_ended_one(api: Api) -> None:
    await arm(api, "unknown-status", on="* /api/v1/task*", always=True, word="queued up")
    task_id = (await api.create()).json()["data"]["task_id"]
    statuses = set()
    while (status := (await api.task(task_id))["status"]) != "completed":
        statuses.add(status)
        await api.control("POST", "clock/advance", {"to": "next"})
    assert statuses == {"queued up"}
    refused = (await api.create(duration=999, resolution="9p")).json()["data"]
    assert refused["status"] == "failed"
