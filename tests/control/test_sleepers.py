"""``POST clock/join`` and ``clock/sleep``: programs whose waiting moves their world's clock."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from fakeseed import Emulator
from fakeseed.runner.preload.channel import Channel, ChannelError

Connect = Callable[[], Channel]
BEGIN_US = 1_780_846_883_000_000
BODY = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk fs-takes-5m"}}


@pytest.fixture
def connect(fakeseed: Emulator) -> Iterator[Connect]:
    """Connections to the control API of a world that stands."""
    channels: list[Channel] = []
    host, _, port = fakeseed.base_url.removeprefix("http://").partition(":")

    def connect() -> Channel:
        channels.append(Channel(host, int(port), fakeseed.api_key))
        return channels[-1]

    fakeseed.clock.freeze()
    yield connect
    for channel in channels:
        channel.close()


def nap(seconds: float | None, **order: Any) -> dict[str, Any]:
    """An order of a program that joined."""
    return {"until_us": None if seconds is None else BEGIN_US + int(seconds * 1e6), **order}


def test_a_sleep_returns_when_the_world_has_reached_the_moment(connect: Connect, fakeseed: Emulator) -> None:
    channel = connect()
    assert channel.ask("sleep", {"for": "10m"}) == {"reached": True, "now": "2026-06-07T15:51:23Z"}
    assert channel.ask("sleep", {"until": "2026-06-07T16:00:00Z"})["now"] == "2026-06-07T16:00:00Z"
    assert fakeseed.clock.now == "2026-06-07T16:00:00Z"


def test_the_earliest_of_those_who_joined_is_woken_and_the_others_wait_until_it_sleeps(connect: Connect) -> None:
    first, second = connect(), connect()
    for channel in (first, second):
        assert channel.ask("join", {})["now_us"] == BEGIN_US
    first.send("sleep", nap(20))
    second.send("sleep", nap(10))
    assert second.receive() == {"reached": True, "now_us": BEGIN_US + 10_000_000, "round": 2}
    second.send("sleep", nap(30, seen=2))
    assert first.receive()["now_us"] == BEGIN_US + 20_000_000
    first.close()
    assert second.receive()["now_us"] == BEGIN_US + 30_000_000, "nobody waits for who is gone"


def test_who_listens_looks_at_its_sockets_again_after_an_answer(connect: Connect, fakeseed: Emulator) -> None:
    channel = connect()
    channel.ask("join", {})
    httpx.post(f"{fakeseed.base_url}/api/v1/task", headers={"X-API-Key": fakeseed.api_key}, json=BODY)
    looked = channel.ask("sleep", nap(60, seen=0, listens=True))
    assert looked == {"reached": False, "now_us": BEGIN_US, "round": 1}
    while not looked["reached"]:
        looked = channel.ask("sleep", nap(60, seen=looked["round"], listens=True))
    assert looked["now_us"] == BEGIN_US + 60_000_000


def test_events_on_the_way_happen_in_their_order(connect: Connect, fakeseed: Emulator) -> None:
    httpx.post(f"{fakeseed.base_url}/api/v1/task", headers={"X-API-Key": fakeseed.api_key}, json=BODY)
    connect().ask("sleep", {"for": "1h"})
    events = [(entry["to"], entry["at"] < fakeseed.clock.now) for entry in fakeseed.journal.entries(kind="event")]
    assert events[-1] == ("completed", True)


def test_a_sleeper_is_woken_by_its_own_wish_whichever_comes_first(connect: Connect) -> None:
    channel, other, bypass = connect(), connect(), connect()
    sleeper = channel.ask("join", {})["sleeper"]
    other.ask("join", {})
    channel.send("sleep", nap(60))
    bypass.ask("wake", {"sleeper": sleeper})
    assert not channel.receive()["reached"]
    bypass.ask("wake", {"sleeper": sleeper})
    assert not channel.ask("sleep", nap(60))["reached"]
    bypass.ask("wake", {"sleeper": 12345})


def test_programs_below_that_take_no_part_make_a_pause_real(connect: Connect) -> None:
    channel = connect()
    channel.ask("join", {"pid": 1})
    replies = []
    order = nap(0.3, children=[99])
    while not (reply := channel.ask("sleep", order))["reached"]:
        replies.append(reply)
        order = nap(0.3, children=[99], seen=reply["round"], ran=False)
    assert len(replies) >= 3, "it looks whether they live, every 50 ms"
    joined = connect()
    joined.ask("join", {"pid": 98, "ancestors": [99, 1]})
    joined.send("sleep", nap(None))
    assert channel.ask("sleep", nap(900, children=[99]))["reached"], "what they started takes part"


def test_a_clock_that_runs_by_itself_is_waited_for(connect: Connect, fakeseed: Emulator) -> None:
    fakeseed.clock.resume(rate=1000)
    assert connect().ask("sleep", {"for": 100})["reached"]


def test_a_program_that_leaves_is_waited_for_no_more(connect: Connect) -> None:
    channel, other = connect(), connect()
    channel.ask("join", {})
    other.ask("join", {})
    other.send("sleep", nap(5))
    assert channel.ask("leave", {}) == {}
    assert other.receive()["reached"]


@pytest.mark.parametrize(
    ("call", "order", "message"),
    [
        ("sleep", {}, "say either for or until"),
        ("sleep", {"for": 5, "until": "2026-06-08T00:00:00Z"}, "say either for or until"),
        ("sleep", {"for": "soon"}, "write seconds"),
        ("sleep", {"fro": 5}, "for"),
        ("join", {"pid": "x"}, "pid"),
        ("wake", {}, "sleeper"),
    ],
)
def test_a_wrong_order_is_refused(connect: Connect, call: str, order: dict[str, Any], message: str) -> None:
    with pytest.raises(ChannelError, match=message):
        connect().ask(call, order)


def test_one_connection_is_one_program(connect: Connect) -> None:
    channel = connect()
    channel.ask("join", {})
    with pytest.raises(ChannelError, match="joined by this connection already"):
        channel.ask("join", {})


def test_many_sleepers_are_woken_in_the_order_of_their_moments(connect: Connect) -> None:
    woken: list[int] = []
    gate = threading.Lock()

    def sleep(channel: Channel, seconds: int) -> None:
        channel.ask("sleep", nap(seconds))
        with gate:
            woken.append(seconds)
        channel.close()

    channels = [(connect(), seconds) for seconds in range(10, 0, -1)]
    for channel, _ in channels:
        channel.ask("join", {})
    threads = [threading.Thread(target=sleep, args=each) for each in channels]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert woken == sorted(woken)
