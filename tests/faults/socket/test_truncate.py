import httpx
import pytest

from tests.support.faults import Wire


@pytest.mark.parametrize("keep", [0, 0.5, 0.99])
def test_a_plain_client_gets_a_part_and_an_orderly_end(wire: Wire, keep: float) -> None:
    wire.arm("truncate", on="POST task", keep=keep)
    received = wire.raw_create()
    length = int(received.header("content-length") or 0)
    assert (len(received.body), received.end) == (int(length * keep), "EOF")
    wire.holds_one_task_lost_to("truncate")


def test_httpx_gets_a_protocol_error(wire: Wire) -> None:
    wire.arm("truncate", on="POST task")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        wire.create()
    wire.holds_one_task_lost_to("truncate")
