from typing import Any

import pytest

from tests.conftest import Api
from tests.support.faults import TASK, arm, charges, requests

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("options", "takes_effect"),
    [
        ({"status": 429}, False),
        ({"status": 404}, False),
        ({"status": 499}, False),
        ({"status": 500}, True),
        ({}, True),
        ({"status": 503, "done": False}, False),
        ({"status": 402, "done": True}, True),
    ],
)
async def test_below_500_nothing_is_done_from_500_on_it_is_unless_said_otherwise(
    api: Api, options: dict[str, Any], takes_effect: bool
) -> None:
    await arm(api, "status", on="POST task", **options)
    answer = await api.create()
    status = options.get("status", 503)
    assert answer.status_code == answer.json()["code"] == status
    assert answer.json()["data"] is None
    assert await charges(api) == int(takes_effect)
    (entry,) = await requests(api)
    assert (entry["status"], entry["faults"]) == (status, ["status (fault-1)"])
    assert (await api.create()).status_code == 200


async def test_the_message_goes_with_the_status(api: Api) -> None:
    await arm(api, "status", nth=1, status=429)
    await arm(api, "status", nth=2, status=418)
    await arm(api, "status", nth=3, message="come back")
    messages = [(await api.call("GET", "/account/info")).json()["message"] for _ in range(3)]
    assert messages == ["too many requests", "request failed", "come back"]


async def test_retry_after_is_there_where_it_is_asked_for(api: Api) -> None:
    await arm(api, "status", status=429, retry_after=7)
    await arm(api, "status", status=429, nth=2)
    answers = [await api.call("GET", "/account/info") for _ in range(3)]
    assert [answer.headers.get("retry-after") for answer in answers] == ["7", None, None]


async def test_plain_text(api: Api) -> None:
    await arm(api, "status", status=502, body="text")
    answer = await api.call("GET", f"{TASK}/x")
    assert (answer.text, answer.headers["content-type"]) == ("bad gateway", "text/plain; charset=utf-8")


async def test_a_storm_ends_by_world_time(api: Api) -> None:
    await arm(api, "status", **{"for": "30s"})
    assert [(await api.create()).status_code for _ in range(3)] == [503] * 3
    await api.advance("29s")
    assert (await api.create()).status_code == 503
    await api.advance("1s")
    assert (await api.create()).status_code == 200


async def test_a_video_can_be_lost_behind_an_error_too(api: Api) -> None:
    url = (await api.finished())["output"]["video"]
    await arm(api, "status", on="GET output")
    assert [(await api.call("GET", url)).status_code for _ in range(2)] == [503, 200]
