import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def test_the_url_is_the_one_that_the_video_will_have(api: Api) -> None:
    task_id = await api.created()
    await arm(api, "output-early")
    early = await api.task(task_id)
    assert early["status"] == "pending"
    url = early["output"]["video"]
    assert (await api.call("GET", url)).text == "404 page not found"
    assert (await api.task(task_id))["output"] is None
    await api.advance("1m")
    assert (await api.task(task_id))["output"]["video"] == url
    assert (await api.call("GET", url)).content[4:8] == b"ftyp"


async def test_an_ended_task_and_a_refusal_are_as_ever(api: Api) -> None:
    await arm(api, "output-early", on="GET task", always=True)
    await arm(api, "output-early", on="POST task")
    assert (await api.create()).json()["data"]["output"]["video"]
    assert (await api.finished(prompt="fs-internal-error"))["output"] is None
    assert (await api.call("GET", "/api/v1/task/none")).status_code == 404
