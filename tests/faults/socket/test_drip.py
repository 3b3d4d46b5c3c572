import json
import time

import httpx
import pytest

from tests.support.faults import SOON, TASK, Wire


def test_a_plain_client_gets_all_of_it_in_drops(wire: Wire) -> None:
    wire.arm("drip", on="POST task", bytes=100, every="1ms")
    received = wire.raw_create()
    assert received.end == "EOF"
    assert json.loads(received.body)["data"]["status"] == "pending"
    assert int(received.header("content-length") or 0) == len(received.body)
    wire.holds_one_task_lost_to("drip")


def test_httpx_reads_on_past_a_limit_on_each_read(wire: Wire) -> None:
    wire.arm("drip", on="POST task", bytes=40, every="40ms")
    began = time.perf_counter()
    assert wire.create(timeout=SOON).status_code == 200
    assert time.perf_counter() - began > SOON, "no read took as long as the whole"
    wire.holds_one_task_lost_to("drip")


def test_a_drop_slower_than_the_limit_is_a_read_timeout(wire: Wire) -> None:
    wire.arm("drip", on="POST task", every="1h")
    with pytest.raises(httpx.ReadTimeout):
        wire.create(timeout=SOON)
    wire.holds_one_task_lost_to("drip")


def test_an_answer_without_a_body_comes_whole(wire: Wire) -> None:
    wire.arm("drip", every=0, on="HEAD /*")
    received = wire.raw("HEAD", f"{TASK}/x")
    assert (received.head.startswith(b"HTTP/1.1 404 "), received.body, received.end) == (True, b"", "EOF")
