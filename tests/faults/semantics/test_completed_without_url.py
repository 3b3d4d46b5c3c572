import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def test_the_output_is_there_when_it_is_asked_for_again(api: Api) -> None:
    task_id = (await api.finished())["task_id"]
    await arm(api, "completed-without-url")
    data = await api.task(task_id)
    assert (data["status"], data["output"]) == ("completed", None)
    assert (await api.task(task_id))["output"]["video"].endswith(".mp4")


async def test_other_states_are_as_ever(api: Api) -> None:
    await arm(api, "completed-without-url", always=True)
    task_id = await api.created(prompt="fs-internal-error")
    await api.advance("1m")
    assert (await api.task(task_id))["error"]["code"] == 10000
    assert (await api.call("GET", "/api/v1/task/none")).status_code == 404
