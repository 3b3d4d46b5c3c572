import httpx
import pytest

from tests.support.faults import Wire


def test_a_plain_client_gets_an_orderly_end_and_no_byte(wire: Wire) -> None:
    wire.arm("close", on="POST task")
    assert wire.raw_create() == (b"", "EOF")
    wire.holds_one_task_lost_to("close")


def test_httpx_gets_a_protocol_error(wire: Wire) -> None:
    wire.arm("close", on="POST task")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        wire.create()
    wire.holds_one_task_lost_to("close")
