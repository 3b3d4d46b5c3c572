import pytest

from fakeseed.faults.semantics.fails_at_the_end import FAILING
from tests.conftest import Api
from tests.support.faults import Emulate, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("outcome", FAILING)
async def test_it_runs_its_whole_time_fails_and_gives_the_points_back(emulate: Emulate, outcome: str) -> None:
    twin = (await emulate(seed="7").finished())["meta"]
    api = emulate(seed="7")
    balances = await api.points()
    await arm(api, "fails-at-the-end", outcome=outcome)
    data = await api.finished()
    assert (data["status"], data["output"]) == ("failed", None)
    assert data["error"]["code"] > 0
    assert (data["meta"]["started_at"], data["meta"]["ended_at"]) == (twin["started_at"], twin["ended_at"])
    assert await api.points() == balances
    assert (await api.finished())["status"] == "completed"


async def test_at_once_on_instant_pace_and_never_where_it_is_stuck(emulate: Emulate) -> None:
    api = emulate(pace="instant")
    await arm(api, "fails-at-the-end", always=True)
    assert (await api.task(await api.created()))["status"] == "failed"
    stuck = await api.created(prompt="fs-stuck-task")
    await api.advance("30d")
    assert (await api.task(stuck))["status"] == "processing"


async def test_an_outcome_that_is_none_is_refused_with_the_nearest(api: Api) -> None:
    answer = await api.call("POST", "/_fakeseed/faults", json={"fault": "fails-at-the-end", "outcome": "internal-eror"})
    assert (answer.status_code, "did you mean 'internal-error'" in answer.text) == (400, True)
