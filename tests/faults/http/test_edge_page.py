import pytest

from tests.conftest import Api
from tests.support.faults import arm, charges

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("status", [403, 200])
async def test_a_page_for_people_comes_and_nothing_is_done(api: Api, status: int) -> None:
    await arm(api, "edge-page", on="POST task", status=status)
    answer = await api.create()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=UTF-8")
    assert "<title>Access denied" in answer.text
    assert await charges(api) == 0
    assert (await api.create()).json()["code"] == 200


@pytest.mark.parametrize("status", [204, 205, 304])
async def test_an_answer_that_has_no_body_is_no_page(api: Api, status: int) -> None:
    answer = await api.call("POST", "/_fakeseed/faults", json={"fault": "edge-page", "status": status})
    assert (answer.status_code, "no body" in answer.text) == (400, True)
