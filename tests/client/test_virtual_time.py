"""``fakeseed.virtual_time``: a client under test waits in its world's time, in the test's own process."""

import asyncio
import threading
import time
from datetime import UTC, datetime

import httpx
import pytest

import fakeseed as package
from fakeseed import Emulator
from fakeseed.errors import UsageError
from fakeseed.world.clock import seconds_passed

BEGIN = datetime(2026, 6, 7, 15, 41, 23, tzinfo=UTC)
BODY = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a walk at dusk fs-takes-10m"}}


def seconds_of(fakeseed: Emulator) -> float:
    """How far the world has come since its begin."""
    return (datetime.fromisoformat(fakeseed.clock.now) - BEGIN).total_seconds()


def test_a_sync_client_that_sleeps_moves_the_world_and_costs_nothing(fakeseed: Emulator) -> None:
    began = seconds_passed()
    with fakeseed.virtual_time(), httpx.Client(base_url=fakeseed.base_url, headers=headers(fakeseed)) as client:
        task_id = client.post("/api/v1/task", json=BODY).json()["data"]["task_id"]
        polls = 1
        while client.get(f"/api/v1/task/{task_id}").json()["data"]["status"] != "completed":
            time.sleep(10)
            polls += 1
        assert datetime.now(UTC).date() == BEGIN.date()
    assert seconds_passed() - began < 60
    assert seconds_of(fakeseed) == (polls - 1) * 10 >= 600


def test_an_async_client_that_sleeps_moves_the_world_and_costs_nothing(fakeseed: Emulator) -> None:
    async def status_after_waiting() -> str:
        async with httpx.AsyncClient(base_url=fakeseed.base_url, headers=headers(fakeseed)) as client:
            task_id = (await client.post("/api/v1/task", json=BODY)).json()["data"]["task_id"]
            for _ in range(70):
                await asyncio.sleep(10)
            return str((await client.get(f"/api/v1/task/{task_id}")).json()["data"]["status"])

    began = seconds_passed()
    with fakeseed.virtual_time():
        assert asyncio.run(status_after_waiting()) == "completed"
    assert seconds_passed() - began < 60
    assert seconds_of(fakeseed) == 700


def headers(fakeseed: Emulator) -> dict[str, str]:
    return {"X-API-Key": fakeseed.api_key}


def test_threads_that_the_client_starts_wait_in_the_same_time(fakeseed: Emulator) -> None:
    woken: list[float] = []

    def wake(seconds: float) -> None:
        threading.Event().wait(seconds)
        woken.append(seconds)

    with fakeseed.virtual_time():
        threads = [threading.Thread(target=wake, args=(seconds,)) for seconds in (3000, 200, 1000)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert woken == [200, 1000, 3000]
    assert seconds_of(fakeseed) == 3000


def test_other_threads_go_on_in_real_time(fakeseed: Emulator) -> None:
    told: list[float] = []
    go, ended = threading.Event(), threading.Event()

    def outside() -> None:
        go.wait(60)
        before = time.monotonic()
        time.sleep(0.05)
        told.extend([time.monotonic() - before, time.time()])
        ended.set()

    thread = threading.Thread(target=outside)
    thread.start()
    with fakeseed.virtual_time():
        go.set()
        time.sleep(100)
        inside = time.time()
    assert ended.wait(60)
    thread.join()
    assert told[0] >= 0.05
    assert told[1] != pytest.approx(inside, abs=3600)
    assert seconds_of(fakeseed) == 100


def test_everything_is_as_before_afterwards(fakeseed: Emulator) -> None:
    before = (time.sleep, time.time, time.monotonic, threading.Lock, threading.Thread.start, datetime.now)
    fakeseed.clock.auto(7)
    with pytest.raises(RuntimeError, match="of the client"), fakeseed.virtual_time():
        raise RuntimeError("of the client")
    after = (time.sleep, time.time, time.monotonic, threading.Lock, threading.Thread.start, datetime.now)
    assert after == before
    clock = fakeseed.control.clock()
    assert (clock["mode"], clock["step_seconds"]) == ("auto", 7)


def test_an_address_where_no_emulator_answers_is_told() -> None:
    with pytest.raises(UsageError, match="virtual time cannot begin"), package.virtual_time("http://127.0.0.1:1", "k"):
        pass
    with pytest.raises(UsageError, match="no emulator's address"), package.virtual_time("https://127.0.0.1:1", "k"):
        pass
