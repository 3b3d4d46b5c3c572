import pytest

from tests.conftest import Api
from tests.support.faults import arm, requests, video_url

pytestmark = pytest.mark.anyio


async def test_the_whole_comes_where_a_part_was_asked_for(api: Api) -> None:
    url = await video_url(api)
    whole = (await api.call("GET", url)).content
    first = await api.call("GET", url, headers={"Range": "bytes=0-999"})
    await arm(api, "range-ignored")
    resumed = [await api.call("GET", url, headers={"Range": "bytes=1000-"}) for _ in range(2)]
    assert [answer.status_code for answer in resumed] == [200, 206]
    assert resumed[0].content == whole == first.content + resumed[1].content
    entry = (await requests(api))[-2]
    assert ["range", "bytes=1000-"] in entry["headers"], "the journal has what was asked"
