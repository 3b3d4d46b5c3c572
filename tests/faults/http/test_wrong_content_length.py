import httpx
import pytest

from tests.support.faults import TASK, Wire


@pytest.mark.parametrize("by", [10, -5, -1_000_000])
def test_a_plain_client_sees_the_lie_and_all_of_the_body(wire: Wire, by: int) -> None:
    honest = len(wire.http.get(f"{TASK}/x").content)
    wire.arm("wrong-content-length", on="GET task", by=by)
    received = wire.raw("GET", f"{TASK}/x")
    assert int(received.header("content-length") or 0) == max(honest + by, 0)
    assert (len(received.body), received.end) == (honest, "EOF")


def test_httpx_misses_what_never_comes(wire: Wire) -> None:
    wire.arm("wrong-content-length", on="POST task")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        wire.create()
    wire.holds_one_task_lost_to("wrong-content-length")


def test_httpx_cuts_what_is_too_much(wire: Wire) -> None:
    wire.arm("wrong-content-length", on="POST task", by=-5)
    answer = wire.create()
    with pytest.raises(ValueError, match=r"Expecting|Unterminated"):
        answer.json()
    wire.holds_one_task_lost_to("wrong-content-length")
