import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def test_every_status_is_written_so_but_the_world_keeps_its_own(api: Api) -> None:
    await arm(api, "title-case-status", on="POST task")
    await arm(api, "title-case-status", nth=[2, 3])
    await arm(api, "title-case-status", on="DELETE task")
    task = (await api.create()).json()["data"]
    assert task["status"] == "Pending"
    statuses = [(await api.task(task["task_id"]))["status"] for _ in range(2)]
    await api.advance("1m")
    statuses += [(await api.task(task["task_id"]))["status"] for _ in range(2)]
    assert statuses == ["pending", "Pending", "Completed", "completed"]
    cancelled = await api.call("DELETE", f"/api/v1/task/{await api.created()}")
    assert cancelled.json()["data"]["status"] == "Failed"
