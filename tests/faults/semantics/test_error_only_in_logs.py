import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio
NO_ERROR = {"code": 0, "raw_message": "", "message": "", "detail": None}


async def test_the_reason_stands_in_the_log_alone(api: Api) -> None:
    task_id = (await api.finished(prompt="fs-refuse-copyright"))["task_id"]
    honest = await api.task(task_id)
    await arm(api, "error-only-in-logs")
    bare = await api.task(task_id)
    assert (bare["status"], bare["error"]) == ("failed", NO_ERROR)
    assert bare["logs"] == [*honest["logs"], honest["error"]["message"]]
    assert await api.task(task_id) == honest


async def test_a_cancel_and_a_message_that_is_logged_already(api: Api) -> None:
    await arm(api, "error-only-in-logs", on="* /api/v1/task/*", always=True)
    task_id = await api.created()
    cancelled = (await api.call("DELETE", f"/api/v1/task/{task_id}")).json()["data"]
    assert (cancelled["status"], cancelled["error"]) == ("failed", NO_ERROR)
    assert cancelled["logs"][-1] == "task cancelled"
    failed = await api.finished(prompt="fs-internal-error")
    assert failed["logs"].count("Internal error. Please try again later.") == 1
    assert (await api.finished())["status"] == "completed"
