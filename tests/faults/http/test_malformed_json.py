import pytest

from tests.conftest import Api
from tests.support.faults import arm, charges, video_url

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("keep", [0, 0.6, 0.9999])
async def test_the_json_breaks_off_under_a_right_length_and_it_is_done(api: Api, keep: float) -> None:
    await arm(api, "malformed-json", on="POST task", keep=keep)
    answer = await api.create()
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")
    assert int(answer.headers["content-length"]) == len(answer.content)
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    assert await charges(api) == 1
    assert (await api.create()).json()["code"] == 200


async def test_what_is_no_json_stays_whole(api: Api) -> None:
    url = await video_url(api)
    whole = (await api.call("GET", url)).content
    asset = (await api.upload()).json()["asset_id"]
    await arm(api, "malformed-json", always=True)
    assert (await api.call("GET", url)).content == whole
    assert (await api.call("GET", "/nowhere")).text == "404 page not found"
    assert (await api.call("DELETE", f"/api/v1/asset/{asset}")).status_code == 204
