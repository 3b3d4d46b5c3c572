import pytest

from tests.support.faults import Hooked, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fails", [False, True])
async def test_an_old_message_comes_after_the_end(hooked: Hooked, fails: bool) -> None:
    await arm(hooked.api, "webhook-out-of-order", gap="90s")
    task_id = await hooked.run(fails=fails)
    assert await hooked.deliveries(task_id) == [(0, 200), (90, 200)]
    new, old = hooked.receiver.bodies
    assert hooked.receiver.told == ["failed" if fails else "completed", "processing"]
    assert new["data"] == await hooked.api.task(task_id)
    assert old["timestamp"] < new["timestamp"]
    data = old["data"]
    assert (data["output"], data["error"]["code"], data["meta"]["ended_at"]) == (None, 0, "0001-01-01T00:00:00Z")
    assert (data["meta"]["usage"]["frozen"] > 0, data["meta"]["usage"]["consume"]) == (True, 0)
    assert "restored frozen points" not in data["logs"]
    assert data["logs"] == new["data"]["logs"][: len(data["logs"])] != []
    await hooked.run()
    assert hooked.receiver.told[2:] == ["completed"]


async def test_a_task_that_never_ran_was_pending(hooked: Hooked) -> None:
    await arm(hooked.api, "webhook-out-of-order")
    task = (await hooked.api.create(config={"webhook_config": {"endpoint": "https://app.example/hook"}})).json()
    await hooked.api.call("DELETE", f"/api/v1/task/{task['data']['task_id']}")
    await hooked.api.advance("1m")
    assert hooked.receiver.told == ["failed", "pending"]
