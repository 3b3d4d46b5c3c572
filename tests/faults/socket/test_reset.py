import httpx
import pytest

from tests.support.faults import Wire


def test_a_plain_client_gets_econnreset_and_no_byte(wire: Wire) -> None:
    wire.arm("reset", on="POST task")
    assert wire.raw_create() == (b"", "ECONNRESET")
    wire.holds_one_task_lost_to("reset")


def test_httpx_gets_a_read_error(wire: Wire) -> None:
    wire.arm("reset", on="POST task")
    with pytest.raises(httpx.ReadError):
        wire.create()
    wire.holds_one_task_lost_to("reset")


def test_answers_without_a_body_are_reset_too(wire: Wire) -> None:
    wire.arm("reset", times=2)
    assert wire.raw("HEAD", "/nowhere") == (b"", "ECONNRESET")
    assert wire.raw("DELETE", "/api/v1/asset/asset-none") == (b"", "ECONNRESET")
