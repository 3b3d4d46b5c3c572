from collections import deque

import httpx
import pytest

from tests.support.faults import Wire


def test_a_plain_client_gets_half_a_video_and_then_econnreset(wire: Wire) -> None:
    url = wire.finished()["output"]["video"]
    whole = httpx.get(url).content
    wire.arm("reset-midway")
    received = wire.raw("GET", httpx.URL(url).path)
    assert int(received.header("content-length") or 0) == len(whole)
    assert (received.body, received.end) == (whole[: len(whole) // 2], "ECONNRESET")


def test_httpx_gets_a_read_error_and_goes_on_with_a_range(wire: Wire) -> None:
    url = wire.finished()["output"]["video"]
    whole = httpx.get(url).content
    wire.arm("reset-midway", bytes=1000)
    content = bytearray()
    with httpx.stream("GET", url) as answer, pytest.raises(httpx.ReadError):
        deque(map(content.extend, answer.iter_raw()))
    assert content == whole[:1000]
    remainder = httpx.get(url, headers={"Range": f"bytes={len(content)}-"})
    assert (remainder.status_code, bytes(content) + remainder.content) == (206, whole)


def test_a_create_is_committed(wire: Wire) -> None:
    wire.arm("reset-midway", on="any", bytes=20)
    received = wire.raw_create()
    assert (len(received.body), received.end) == (20, "ECONNRESET")
    wire.holds_one_task_lost_to("reset-midway")
