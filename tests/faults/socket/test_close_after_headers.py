import httpx
import pytest

from tests.support.faults import Wire


def test_a_plain_client_gets_the_head_alone_and_an_orderly_end(wire: Wire) -> None:
    wire.arm("close-after-headers", on="POST task")
    received = wire.raw_create()
    assert received.head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert int(received.header("content-length") or 0) > 100
    assert (received.body, received.end) == (b"", "EOF")
    wire.holds_one_task_lost_to("close-after-headers")


def test_httpx_gets_a_protocol_error(wire: Wire) -> None:
    wire.arm("close-after-headers", on="POST task")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
        wire.create()
    wire.holds_one_task_lost_to("close-after-headers")


def test_an_answer_without_a_body_has_no_length(wire: Wire) -> None:
    asset = wire.http.post("/api/v1/asset/upload", json={"url": "https://cdn.example/a.jpg"}).json()["asset_id"]
    wire.arm("close-after-headers", on="DELETE asset")
    received = wire.raw("DELETE", f"/api/v1/asset/{asset}")
    assert received.head.startswith(b"HTTP/1.1 204 No Content\r\n")
    assert (received.header("content-length"), received.body, received.end) == (None, b"", "EOF")
