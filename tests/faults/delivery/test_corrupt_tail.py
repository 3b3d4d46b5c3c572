import pytest

from tests.conftest import Api
from tests.support.faults import arm, video_url

pytestmark = pytest.mark.anyio


async def test_length_and_etag_are_in_order_and_the_end_is_zero(api: Api) -> None:
    url = await video_url(api)
    good = await api.call("GET", url)
    await arm(api, "corrupt-tail", bytes=100)
    bad = await api.call("GET", url)
    assert bad.content == good.content[:-100] + bytes(100) != good.content
    assert bad.headers == good.headers
    assert (await api.call("GET", url)).content == good.content


async def test_parts_are_corrupt_where_they_reach_into_the_end(api: Api) -> None:
    url = await video_url(api)
    good = (await api.call("GET", url)).content
    await arm(api, "corrupt-tail", always=True, bytes=100)
    first = await api.call("GET", url, headers={"Range": f"bytes=0-{len(good) - 51}"})
    second = await api.call("GET", url, headers={"Range": f"bytes={len(first.content)}-"})
    assert (first.status_code, second.status_code, len(second.content)) == (206, 206, 50)
    assert first.content + second.content == good[:-100] + bytes(100)
    head = await api.call("GET", url, headers={"Range": "bytes=0-9"})
    assert head.content == good[:10]


async def test_more_than_the_file_has_and_what_is_no_file(api: Api) -> None:
    url = await video_url(api)
    await arm(api, "corrupt-tail", always=True, bytes=1_000_000_000)
    assert set((await api.call("GET", url)).content) == {0}
    assert (await api.call("GET", url.replace(".mp4", ".jpg"))).text == "404 page not found"
    assert (await api.call("GET", url, headers={"Range": "bytes=999999999-"})).status_code == 416
