import pytest

from tests.support.faults import Hooked, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("fails", [False, True])
async def test_silence_and_then_the_next_one_is_told(hooked: Hooked, fails: bool) -> None:
    await arm(hooked.api, "webhook-never")
    silent = await hooked.run(fails=fails)
    assert await hooked.deliveries(silent) == []
    assert (await hooked.api.task(silent))["status"] == ("failed" if fails else "completed")
    await hooked.run()
    assert hooked.receiver.told == ["completed"]
