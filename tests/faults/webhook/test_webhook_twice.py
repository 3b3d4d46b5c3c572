import pytest

from tests.support.faults import Hooked, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fails", [False, True])
async def test_the_same_bytes_come_again(hooked: Hooked, fails: bool) -> None:
    await arm(hooked.api, "webhook-twice", gap="90s")
    assert await hooked.deliveries(await hooked.run(fails=fails)) == [(0, 200), (90, 200)]
    first, second = hooked.receiver.requests
    assert (first.content, first.headers) == (second.content, second.headers)
    assert await hooked.deliveries(await hooked.run()) == [(0, 200)]


async def test_each_of_them_has_its_three_attempts(hooked: Hooked) -> None:
    hooked.receiver.statuses[:] = [500, 200, 500, 500, 500]
    await arm(hooked.api, "webhook-twice", gap="90s")
    expected = [(0, 500), (5, 200), (95, 500), (100, 500), (105, 500)]
    assert await hooked.deliveries(await hooked.run()) == expected
