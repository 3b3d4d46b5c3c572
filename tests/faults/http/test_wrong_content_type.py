import pytest

from tests.conftest import Api
from tests.support.faults import arm, charges, video_url

pytestmark = pytest.mark.anyio


async def test_json_that_calls_itself_something_else(api: Api) -> None:
    await arm(api, "wrong-content-type", on="POST task", type="text/plain")
    answer = await api.create()
    assert answer.headers.get_list("content-type") == ["text/plain"]
    assert answer.json()["data"]["status"] == "pending"
    assert await charges(api) == 1
    assert (await api.create()).headers["content-type"] == "application/json; charset=utf-8"


async def test_a_video_that_calls_itself_a_page(api: Api) -> None:
    url = await video_url(api)
    await arm(api, "wrong-content-type", on="GET output")
    assert [(await api.call("GET", url)).headers["content-type"] for _ in range(2)] == ["text/html", "video/mp4"]


async def test_an_answer_without_a_body_stays_as_it_is(api: Api) -> None:
    asset = (await api.upload()).json()["asset_id"]
    await arm(api, "wrong-content-type", on="DELETE asset")
    answer = await api.call("DELETE", f"/api/v1/asset/{asset}")
    assert (answer.status_code, "content-type" in answer.headers) == (204, False)


@pytest.mark.parametrize("kind", ["text/html\n", "text/html\r\nx: y", "", "ü/x"])
async def test_what_no_header_can_carry_is_refused(api: Api, kind: str) -> None:
    answer = await api.call("POST", "/_fakeseed/faults", json={"fault": "wrong-content-type", "type": kind})
    assert answer.status_code == 400
