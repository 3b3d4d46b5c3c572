"""``GET events``: what happens in a world, as it happens."""

import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest

from fakeseed.client import Control
from fakeseed.control.events import Follower
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.conftest import START, Api
from tests.control.streams import following

KEY = {"X-API-Key": "watched"}
TASK = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi", "duration": 5}}


@pytest.fixture
def url() -> Iterator[str]:
    with in_thread(App(Settings(freeze_at=parse_instant(START)))) as url:
        yield url


def create(url: str) -> str:
    answer = httpx.post(f"{url}/api/v1/task", headers=KEY, json=TASK)
    return str(answer.json()["data"]["task_id"])


def test_requests_and_transitions_come_with_their_numbers(url: str) -> None:
    with following(url, KEY) as events:
        assert events.until("world")["tasks"] == 0
        task_id = create(url)
        name, number, row = events.next()
        assert (name, number, row["task"], row["to"]) == ("event", 1, task_id, "pending")
        name, number, row = events.next()
        assert (name, number, row["method"], row["status"], row["task"]) == ("request", 2, "POST", 200, task_id)
        assert events.until("world")["tasks"] == 1


def test_a_moved_clock_and_a_fault_that_strikes_are_told(url: str) -> None:
    with following(url, KEY) as events, Control(url, key="watched") as control:
        events.until("world")
        control.arm("status", on="GET task", status=503)
        assert events.until("fault")["fired"] == 0
        httpx.get(f"{url}/api/v1/task/none", headers=KEY)
        assert events.until("request")["faults"]
        assert events.until("fault")["fired"] == 1
        control.advance("1h")
        assert events.until("clock")["now"] == "2026-06-07T16:41:23Z"
        control.disarm()
        assert events.until("fault")["disarmed"] is True


def test_who_was_cut_off_goes_on_from_the_last_event(url: str) -> None:
    create(url)
    create(url)
    with following(url, {**KEY, "Last-Event-ID": "3"}) as events:
        assert [events.next()[:2] for _ in range(1)] == [("request", 4)]


def test_a_follower_begins_with_what_comes_when_it_names_no_number(url: str) -> None:
    create(url)
    with following(url, KEY) as events:
        events.until("world")
        create(url)
        assert events.next()[1] == 3


def test_a_limited_follower_is_told_what_it_did_not_get(url: str) -> None:
    for _ in range(4):
        httpx.get(f"{url}/account/info", headers=KEY)
    with following(url, KEY, after=0, most=1) as events:
        assert events.next() == ("skipped", None, {"from": 1, "to": 3})
        assert events.next()[:2] == ("request", 4)


def test_filters_choose_entries(url: str) -> None:
    create(url)
    httpx.get(f"{url}/account/info", headers=KEY)
    with following(url, KEY, after=0, kind="request", path="/account/*") as events:
        assert events.next()[1] == 3


def test_a_world_made_anew_begins_again(url: str) -> None:
    create(url)
    with following(url, KEY) as events, Control(url, key="watched") as control:
        events.until("world")
        control.reset()
        events.until("reset")
        create(url)
        assert events.until("event")["seq"] == 1


@pytest.mark.parametrize(
    ("header", "query"), [("x", {}), ("", {"most": "0"}), ("", {"after": "-1"}), ("", {"mst": "1"})]
)
def test_a_wrong_order_is_refused(url: str, header: str, query: dict[str, str]) -> None:
    answer = httpx.get(f"{url}/_fakeseed/events", headers={**KEY, "Last-Event-ID": header}, params=query)
    assert answer.status_code == 400
    assert answer.json()["error"]


@pytest.mark.anyio
async def test_a_quiet_look_gives_nothing(emulate: Callable[..., Api]) -> None:
    api = emulate()
    follower = Follower({}, None, None)
    first = await api.app.engine.look("0" * 32, follower.look)
    assert [name for name, _, _ in first] == ["world"]
    assert await api.app.engine.look("0" * 32, follower.look) == []


def test_a_server_with_followers_ends_at_once() -> None:
    """The stream ends by itself; nothing is cut off, so the server has nothing to complain of."""
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--quiet"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[3]
        with following(url, KEY) as events:
            events.until("world")
            process.terminate()
            with pytest.raises(AssertionError, match="the stream has ended"):
                events.until("nothing")
        assert process.wait(60) == 0
        assert process.stderr.read() == ""
