import httpx
import pytest

from tests.support.faults import SOON, Wire


def test_a_plain_client_gets_silence(wire: Wire) -> None:
    wire.arm("hang", on="POST task")
    assert wire.raw_create(patience=SOON) == (b"", "SILENCE")
    wire.holds_one_task_lost_to("hang")


def test_httpx_gets_a_read_timeout(wire: Wire) -> None:
    wire.arm("hang", on="POST task")
    with pytest.raises(httpx.ReadTimeout):
        wire.create(timeout=SOON)
    wire.holds_one_task_lost_to("hang")
