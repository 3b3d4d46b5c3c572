import httpx
import pytest

from tests.conftest import Api
from tests.support.faults import arm, video_url

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_file_is_where_the_answer_leads(api: Api, status: int) -> None:
    url = await video_url(api)
    whole = (await api.call("GET", url)).content
    await arm(api, "redirect", status=status)
    moved = await api.call("GET", url, headers={"Range": "bytes=1000-"})
    assert (moved.status_code, moved.content) == (status, b"")
    followed = await api.call("GET", moved.headers["location"], headers={"Range": "bytes=1000-"})
    assert (followed.status_code, followed.content) == (206, whole[1000:])


async def test_always_is_a_loop_that_a_client_must_end(api: Api) -> None:
    url = await video_url(api)
    await arm(api, "redirect", always=True)
    with pytest.raises(httpx.TooManyRedirects):
        await api.http.get(url, follow_redirects=True)


async def test_what_is_not_there_is_nowhere_else_and_no_name_gets_into_a_header(api: Api) -> None:
    url = await video_url(api)
    await arm(api, "redirect", always=True)
    for name in ("%0d%0ax:y", ".jpg", "é"):
        assert (await api.call("GET", url.replace(".mp4", name))).status_code == 404
