from collections import deque

import httpx
import pytest

from tests.support.faults import Wire


def test_a_plain_client_gets_half_a_video_and_then_econnreset(wire: Wire) -> None:
    url = wire.finished()["output"]["video"]
    whole = httpx.get(url).content
    wire.arm("reset-midway")
    seen = wire.raw("GET", httpx.URL(url).path)
    assert int(seen.header("content-length") or 0) == len(whole)
    assert (seen.body, seen.end) == (whole[: len(whole) // 2], "ECONNRESET")


def test_httpx_gets_a_read_error_and_goes_on_with_a_range(wire: Wire) -> None:
    url = wire.finished()["output"]["video"]
    whole = httpx.get(url).content
    wire.arm("reset-midway", bytes=1000)
    kept = bytearray()
    with httpx.stream("GET", url) as answer, pytest.raises(httpx.ReadError):
        deque(map(kept.extend, answer.iter_raw()))
    assert kept == whole[:1000]
    rest = httpx.get(url, headers={"Range": f"bytes={len(kept)}-"})
    assert (rest.status_code, bytes(kept) + rest.content) == (206, whole)


def test_a_create_is_committed(wire: Wire) -> None:
    wire.arm("reset-midway", on="any", bytes=20)
    seen = wire.raw_create()
    assert (len(seen.body), seen.end) == (20, "ECONNRESET")
    wire.holds_one_task_lost_to("reset-midway")
