from typing import Any

import pytest

from fakeseed.model.times import MINUTE, SECOND, ZERO_TIME, parse_instant
from tests.conftest import START, Api
from tests.support.faults import TASK, arm

pytestmark = pytest.mark.anyio
CHILD = {"created_at": "soon", "timestamp": True, "ended_at": None, "x": [{"upload_at": "2026-06-07T15:41:23Z"}]}


async def test_times_and_date_are_off_and_the_next_ones_are_not(api: Api) -> None:
    task_id = (await api.finished())["task_id"]
    honest = await api.call("GET", f"{TASK}/{task_id}")
    await arm(api, "clock-skew", by="5m")
    skewed = await api.call("GET", f"{TASK}/{task_id}")
    assert skewed.json()["timestamp"] == honest.json()["timestamp"] + 300
    was, skewed_meta = honest.json()["data"]["meta"], skewed.json()["data"]["meta"]
    for name in ("created_at", "started_at", "ended_at"):
        assert parse_instant(skewed_meta[name]) - parse_instant(was[name]) == 5 * MINUTE
        assert len(skewed_meta[name]) == len(was[name]), "the same form"
    assert (honest.headers["date"], skewed.headers["date"]) == (
        "Sun, 07 Jun 2026 15:42:23 GMT",
        "Sun, 07 Jun 2026 15:47:23 GMT",
    )
    assert len(skewed.headers.get_list("date")) == 1
    assert (await api.call("GET", f"{TASK}/{task_id}")).json() == honest.json()


async def test_behind_but_never_before_1970(api: Api) -> None:
    await arm(api, "clock-skew", by="1h", behind=True, nth=1, on="GET task")
    await arm(api, "clock-skew", by="3000000d", behind=True, nth=2, on="GET task")
    await arm(api, "clock-skew", by="3000000d", nth=3, on="GET task")
    task_id = await api.created()
    instants = [(await api.task(task_id))["meta"]["created_at"] for _ in range(3)]
    assert parse_instant(instants[0]) == parse_instant(START) - 3600 * SECOND
    assert instants[1:] == ["1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]


async def test_a_time_that_has_not_come_stays_so(api: Api) -> None:
    await arm(api, "clock-skew")
    meta = (await api.create()).json()["data"]["meta"]
    assert (meta["started_at"], meta["ended_at"]) == (ZERO_TIME, ZERO_TIME)


async def test_what_the_client_sent_is_shown_as_it_was(api: Api) -> None:
    await arm(api, "clock-skew", always=True)
    task = (await api.create(seed_at=CHILD["created_at"], child=CHILD, timestamp=True)).json()["data"]
    assert task["input"]["child"] == CHILD
    assert (task["input"]["seed_at"], task["input"]["timestamp"]) == ("soon", True)


async def test_lists_of_assets_and_answers_that_hold_no_time(api: Api) -> None:
    await api.upload()
    await arm(api, "clock-skew", always=True)
    (item,) = (await api.listing())["items"]
    assert item["upload_at"] == "2026-06-07T15:46:23Z"
    assert (await api.call("GET", "/nowhere")).text == "404 page not found"
    assert (await api.call("DELETE", f"/api/v1/asset/{item['asset_id']}")).status_code == 204
    deep: Any = {"prompt": "a corgi"}
    for _ in range(400):
        deep = {"a": deep}
    assert (await api.create(deep=deep)).status_code == 200


async def test_the_world_itself_knows_the_time(api: Api) -> None:
    await arm(api, "clock-skew")
    await api.create()
    assert (await api.control("GET", "journal?kind=request"))["entries"][0]["at"] == START
