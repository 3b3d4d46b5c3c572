import pytest

from tests.support.faults import Hooked, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fails", [False, True])
async def test_it_comes_so_long_after_the_end(hooked: Hooked, fails: bool) -> None:
    await arm(hooked.api, "webhook-late")
    late = await hooked.run(fails=fails)
    assert await hooked.deliveries(late) == [(3600, 200)]
    assert hooked.bodies_of(late) == [await hooked.api.task(late)]
    assert await hooked.deliveries(await hooked.run()) == [(0, 200)]


async def test_attempts_are_repeated_from_there(hooked: Hooked) -> None:
    hooked.receiver.statuses[:] = [500, 500, 500]
    await arm(hooked.api, "webhook-late", delay="10m")
    assert await hooked.deliveries(await hooked.run()) == [(600, 500), (605, 500), (610, 500)]
