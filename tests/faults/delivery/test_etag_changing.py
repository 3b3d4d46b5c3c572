import pytest

from tests.conftest import Api
from tests.support.faults import arm, video_url

pytestmark = pytest.mark.anyio


async def test_two_parts_carry_two_etags_whatever_if_range_says(api: Api) -> None:
    url = await video_url(api)
    whole = await api.call("GET", url)
    await arm(api, "etag-changing", always=True)
    first = await api.call("GET", url, headers={"Range": "bytes=0-999"})
    headers = {"Range": "bytes=1000-", "If-Range": first.headers["etag"]}
    second = await api.call("GET", url, headers=headers)
    assert (first.status_code, second.status_code) == (206, 206)
    assert first.content + second.content == whole.content
    assert len({whole.headers["etag"], first.headers["etag"], second.headers["etag"]}) == 3


async def test_a_known_etag_does_not_count_and_a_refusal_has_none(api: Api) -> None:
    url = await video_url(api)
    etag = (await api.call("GET", url)).headers["etag"]
    await arm(api, "etag-changing", times=2)
    assert "etag" not in (await api.call("GET", url.replace(".mp4", ".jpg"))).headers
    answers = [await api.call("GET", url, headers={"If-None-Match": etag}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 304]
