import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def test_the_url_dies_so_long_after_the_end(api: Api) -> None:
    await arm(api, "output-expired-early", lasting="10s")
    tasks = [await api.created(), await api.created()]
    for _ in range(10):
        await api.control("POST", "clock/advance", {"to": "next"})
        if (await api.task(tasks[0]))["status"] == "completed":
            break
    url = (await api.task(tasks[0]))["output"]["video"]
    await api.advance("9.999999s")
    assert (await api.call("GET", url)).status_code == 200
    await api.advance("1ms")
    assert (await api.call("GET", url)).text == "404 page not found"
    assert (await api.task(tasks[0]))["output"]["video"] == url, "the task still names it"
    assert (await api.call("GET", (await api.task(tasks[1]))["output"]["video"])).status_code == 200


@pytest.mark.parametrize("lasting", [0, -1, "0s"])
async def test_no_life_at_all_is_refused(api: Api, lasting: object) -> None:
    answer = await api.call("POST", "/_fakeseed/faults", json={"fault": "output-expired-early", "lasting": lasting})
    assert answer.status_code == 400
