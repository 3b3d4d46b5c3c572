import httpx
import pytest

from tests.support.faults import SOON, Wire

ENDS = {"close": "EOF", "reset": "ECONNRESET", "hang": "SILENCE"}
PATIENCE = {"close": 5.0, "reset": 5.0, "hang": SOON}
ERRORS = {"close": httpx.RemoteProtocolError, "reset": httpx.ReadError, "hang": httpx.ReadTimeout}


@pytest.mark.parametrize("ending", ENDS)
def test_a_plain_client_gets_no_byte(wire: Wire, ending: str) -> None:
    wire.arm("accept-then-drop", how=ending)
    assert wire.raw_create(patience=PATIENCE[ending]) == (b"", ENDS[ending])
    wire.holds_one_task_lost_to("accept-then-drop")


@pytest.mark.parametrize("ending", ERRORS)
def test_httpx_gets_an_error(wire: Wire, ending: str) -> None:
    wire.arm("accept-then-drop", how=ending)
    with pytest.raises(ERRORS[ending]):
        wire.create(timeout=PATIENCE[ending])
    wire.holds_one_task_lost_to("accept-then-drop")


def test_who_sends_it_again_blindly_pays_twice(wire: Wire) -> None:
    wire.arm("accept-then-drop")
    with pytest.raises(httpx.TransportError):
        wire.create()
    wire.create()
    assert wire.charges() == len(wire.active()) == 2


def test_who_looks_at_the_active_tasks_first_pays_once(wire: Wire) -> None:
    wire.arm("accept-then-drop")
    with pytest.raises(httpx.TransportError):
        wire.create()
    active = wire.active()
    if not active:
        wire.create()
    assert (len(active), wire.charges()) == (1, 1)


def test_who_looks_later_finds_it_in_the_histories(wire: Wire) -> None:
    wire.arm("accept-then-drop")
    with pytest.raises(httpx.TransportError):
        wire.create()
    wire.control("POST", "clock/advance", {"by": "1h"})
    assert wire.active() == []
    page = wire.http.get("/api/open/tasks/histories").json()["data"]
    assert (page["total"], page["data"][0]["status"], wire.charges()) == (1, "finished", 1)


def test_an_upload_and_a_delete_are_done_too(wire: Wire) -> None:
    wire.arm("accept-then-drop", on="POST asset")
    wire.arm("accept-then-drop", on="DELETE asset")
    assert wire.raw("POST", "/api/v1/asset/upload", {"url": "https://cdn.example/a.jpg"}) == (b"", "EOF")
    (item,) = wire.http.get("/api/v1/asset/list").json()["items"]
    assert wire.raw("DELETE", f"/api/v1/asset/{item['asset_id']}") == (b"", "EOF")
    assert wire.http.get("/api/v1/asset/list").json()["items"] == []
