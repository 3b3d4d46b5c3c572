import pytest

from tests.support.faults import Hooked, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("lost", [1, 2, 3])
async def test_so_many_attempts_are_lost(hooked: Hooked, lost: int) -> None:
    await arm(hooked.api, "webhook-refused", attempts=lost)
    task_id = await hooked.run()
    expected = [(0, 503), (5, 503), (10, 503)][:lost] + [(5.0 * lost, 200)] * (lost < 3)
    assert await hooked.deliveries(task_id) == expected
    assert hooked.receiver.told == ["completed"] * (lost < 3)
    assert await hooked.deliveries(await hooked.run()) == [(0, 200)]


async def test_no_answer_at_all_and_the_cause_in_the_journal(hooked: Hooked) -> None:
    await arm(hooked.api, "webhook-refused", status=0)
    await hooked.run()
    (lost, _) = (await hooked.api.control("GET", "journal?kind=delivery"))["entries"]
    assert (lost["status"], lost["cause"]) == (0, "kept back by a fault")


async def test_success_is_no_refusal(hooked: Hooked) -> None:
    answer = await hooked.api.call("POST", "/_fakeseed/faults", json={"fault": "webhook-refused", "status": 204})
    assert (answer.status_code, "count as delivered" in answer.text) == (400, True)
