import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def test_every_status_is_written_so_but_the_world_keeps_its_own(api: Api) -> None:
    await arm(api, "title-case-status", on="POST task")
    await arm(api, "title-case-status", nth=[2, 3])
    await arm(api, "title-case-status", on="DELETE task")
    made = (await api.create()).json()["data"]
    assert made["status"] == "Pending"
    told = [(await api.task(made["task_id"]))["status"] for _ in range(2)]
    await api.advance("1m")
    told += [(await api.task(made["task_id"]))["status"] for _ in range(2)]
    assert told == ["pending", "Pending", "Completed", "completed"]
    cancelled = await api.call("DELETE", f"/api/v1/task/{await api.created()}")
    assert cancelled.json()["data"]["status"] == "Failed"
