import httpx
import pytest

from fakeseed.faults.socket.garbage import NOISE
from tests.support.faults import Wire


def test_a_plain_client_gets_noise_and_an_orderly_end(wire: Wire) -> None:
    wire.arm("garbage", on="POST task")
    assert wire.raw_create() == (NOISE, "EOF")
    wire.holds_one_task_lost_to("garbage")


def test_httpx_gets_a_protocol_error(wire: Wire) -> None:
    wire.arm("garbage", on="POST task")
    with pytest.raises(httpx.RemoteProtocolError, match="illegal status line"):
        wire.create()
    wire.holds_one_task_lost_to("garbage")
