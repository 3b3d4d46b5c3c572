"""Both ways of answering give the same bytes, and leave the same world behind."""

import itertools
import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Scope

from fakeseed.faults.registry import known_faults
from fakeseed.piapi.routes import HANDLERS
from fakeseed.server.app import App
from fakeseed.server.observing import Observed
from fakeseed.server.run import in_thread
from fakeseed.server.straight import NAMES, StraightWay
from fakeseed.world.settings import Settings
from tests.support.bad_input import PIECES, START, bodies, dump, modest

FROZEN = Settings(seed="s", freeze_at=START)
VALID = b'{"model":"seedance","task_type":"seedance-2","input":{"prompt":"a corgi"}}'
ABSENT_TASK = "/api/v1/task/01234567-0123-4123-8123-0123456789ab"


class Counting(StraightWay):
    """Counts the answers that it gives."""

    answers = 0

    def respond(self, scope: Scope, body: bytes) -> bytes | None:
        answer = super().respond(scope, body)  # type: ignore[arg-type]
        self.answers += answer is not None
        return answer


class Client:
    """One kept connection."""

    def __init__(self, url: str) -> None:
        self._address = ("127.0.0.1", int(url.rpartition(":")[2]))
        self._socket = socket.create_connection(self._address, 10)
        self._received = b""

    def send(self, request: bytes, bodyless: bool = False) -> bytes:
        """The answer to a request, as it comes; opens a new connection where the server has closed this one."""
        self._socket.sendall(request)
        while b"\r\n\r\n" not in self._received:
            self._receive()
        while self._received.startswith(b"HTTP/1.1 100 "):
            self._received = self._received.partition(b"\r\n\r\n")[2]
            while b"\r\n\r\n" not in self._received:
                self._receive()
        head, _, _ = self._received.partition(b"\r\n\r\n")
        length = re.search(rb"content-length: (\d+)", head)
        total = len(head) + 4 + (int(length[1]) if length and not bodyless else 0)
        while len(self._received) < total:
            self._receive()
        answer, self._received = self._received[:total], self._received[total:]
        if b"connection: close" in head:
            self.close()
            self._socket, self._received = socket.create_connection(self._address, 10), b""
        return answer

    def _receive(self) -> None:
        chunk = self._socket.recv(65536)
        assert chunk, "the server closed the connection"
        self._received += chunk

    def close(self) -> None:
        self._socket.close()


class Ways(NamedTuple):
    """The same emulator twice: once with the straight way, once without."""

    straight: Client
    application: Client
    way: Counting
    observed: tuple[Observed, Observed]
    numbers: Iterator[int]

    def same(self, request: bytes, bodyless: bool = False) -> bytes:
        """Send a request both ways; the answer, which must be the same."""
        first, second = self.straight.send(request, bodyless), self.application.send(request, bodyless)
        assert first == second, request
        return first

    def key(self) -> str:
        """The key of a world that nobody has used."""
        return f"key-{next(self.numbers)}"


@contextmanager
def both(settings: Settings) -> Iterator[Ways]:
    apps = [App(settings, system_time=lambda: START) for _ in range(2)]
    first, second = (Observed(app, app.gauges) for app in apps)
    way = Counting(apps[0], first)
    with in_thread(first, straight=way) as straight_url, in_thread(second) as application_url:
        ways = Ways(Client(straight_url), Client(application_url), way, (first, second), itertools.count())
        yield ways
        ways.straight.close()
        ways.application.close()


@pytest.fixture(scope="module")
def ways() -> Iterator[Ways]:
    with both(FROZEN) as pair:
        yield pair


def request(method: str, target: str, key: str, body: bytes = b"", extra: str = "") -> bytes:
    """A request as bytes, always to the same host."""
    length = f"Content-Length: {len(body)}\r\n" if body or method == "POST" else ""
    return (
        f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nX-API-Key: {key}\r\n{extra}{length}\r\n".encode() + body
    )


def journal(ways: Ways, key: str) -> Any:
    return json.loads(ways.same(request("GET", "/_fakeseed/journal", key)).partition(b"\r\n\r\n")[2])


@modest
@given(body=bodies("/api/v1/task"))
def test_creates_of_every_quality(ways: Ways, body: bytes) -> None:
    key, count = ways.key(), ways.way.answers
    ways.same(request("POST", "/api/v1/task", key, body))
    ways.same(request("POST", "/api/v1/task", key, VALID))
    assert ways.way.answers > count  # a body beyond the limit takes the other way
    assert journal(ways, key)["entries"]


TARGETS = st.one_of(
    st.sampled_from(["/api/v1/asset/list", "/api/v1/asset/asset-20260607154123-aaaaa", ABSENT_TASK, "/api/v1/task"]),
    st.sampled_from(PIECES).map(lambda piece: "/api/v1/task/" + re.sub(r"[^!-~]", "", str(piece))),
    st.from_regex(r"/api/v1/(task|asset)/[!-~]{0,20}", fullmatch=True),
    st.from_regex(r"/api/v1/asset/list\?(page|size|status)=[!-~]{0,10}(&size=[0-9]{1,3})?", fullmatch=True),
)


@modest
@given(
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "DELETE", "PUT"]), target=TARGETS, body=st.binary(max_size=9)
)
def test_targets_and_methods_of_every_quality(ways: Ways, method: str, target: str, body: bytes) -> None:
    ways.same(request(method, target, ways.key(), body), bodyless=method == "HEAD")


@pytest.mark.parametrize(
    "extra",
    [
        "",
        "Accept: */*\r\nUser-Agent: x\r\n",
        "Host: b.example\r\n",
        "X-API-Key: other\r\n",
        "Origin: https://page.example\r\n",
        "Expect: 100-continue\r\n",
        "Connection: close\r\n",
        "Content-Type: text/plain\r\n",
        "X-Request-Id: mine\r\n",
        "Connection: Upgrade\r\nUpgrade: h2c\r\n",
    ],
)
@pytest.mark.parametrize("target", ["/api/v1/asset/list", ABSENT_TASK, "/api/v1/asset/asset-20260607154123-aaaaa"])
def test_headers_of_every_kind(ways: Ways, target: str, extra: str) -> None:
    key = ways.key()
    ways.same(request("GET", target, key, extra=extra))
    ways.same(request("POST", "/api/v1/task", key, VALID, extra))
    journal(ways, key)


@pytest.mark.parametrize("key", ["", "fs-invalid-a", "fs-free-a", "fs-broke-a", "fs-premim-x", "ü"])
def test_keys_of_every_kind(ways: Ways, key: str) -> None:
    for sent in (request("GET", "/api/v1/asset/list", key), request("POST", "/api/v1/task", key, VALID)):
        ways.same(sent)


def test_body_too_large_for_the_straight_way(ways: Ways) -> None:
    key = ways.key()
    body = VALID.replace(b"a corgi", b"a" * 200_000)
    assert b" 400 " in ways.same(request("POST", "/api/v1/task", key, body))
    chunked = (
        f"POST /api/v1/task HTTP/1.1\r\nHost: 127.0.0.1:8787\r\nX-API-Key: {key}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    assert b" 200 " in ways.same(chunked.encode() + b"%x\r\n%s\r\n0\r\n\r\n" % (len(VALID), VALID))


def test_whole_lives(ways: Ways) -> None:
    key = ways.key()
    upload = ways.same(request("POST", "/api/v1/asset/upload", key, dump({"url": "https://cdn.example/a.png"})))
    asset = json.loads(upload.partition(b"\r\n\r\n")[2])["asset_id"]
    create = ways.same(request("POST", "/api/v1/task", key, VALID))
    task = json.loads(create.partition(b"\r\n\r\n")[2])["data"]["task_id"]
    for _ in range(6):
        for target in (f"/api/v1/task/{task}", f"/api/v1/asset/{asset}", "/api/v1/asset/list?status=active"):
            ways.same(request("GET", target, key))
        ways.same(request("POST", "/_fakeseed/clock/advance", key, b'{"by": "1s"}'))
    assert b'"completed"' in ways.same(request("GET", f"/api/v1/task/{task}", key))
    kinds = [entry["kind"] for entry in journal(ways, key)["entries"]]
    assert kinds.count("request") > 20


@pytest.mark.parametrize("name", [name for name, kind in known_faults().items() if not kind.real_socket])
def test_armed_faults_are_met(ways: Ways, name: str) -> None:
    kind = known_faults()[name]
    if kind.takes_real_time or kind.client_sees == "nothing":
        pytest.skip("shows itself in time or on the wire, which the tests of the fault look at")
    key, count = ways.key(), ways.way.answers
    order = {"fault": name, **kind.samples[0]}
    assert b" 200 OK" in ways.same(request("POST", "/_fakeseed/faults", key, dump(order)))
    ways.same(request("POST", "/api/v1/task", key, VALID))
    ways.same(request("GET", "/api/v1/asset/list", key))
    assert ways.way.answers == count


def test_pipelined_requests_are_answered_in_order(ways: Ways) -> None:
    key = ways.key()
    slow = request("GET", "/account/info", key)
    quick = request("GET", "/api/v1/asset/list", key)
    ways.straight._socket.sendall(slow + quick + slow + quick)
    ways.application._socket.sendall(slow + quick + slow + quick)
    for _ in range(4):
        ways.same(b"")
    journal(ways, key)


def test_handler_that_raises_ends_as_on_the_application_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("broken on purpose")

    with both(FROZEN) as ways:
        monkeypatch.setitem(HANDLERS, "get task", fail)
        answer = ways.same(request("GET", ABSENT_TASK, "k"))
        assert answer.startswith(b"HTTP/1.1 500 ")
        assert b" 200 " in ways.same(request("GET", "/api/v1/asset/list", "k"))


def test_figures_count_both_ways_alike() -> None:
    with both(FROZEN) as ways:
        for number in range(5):
            ways.same(request("GET", "/api/v1/asset/list", f"k{number}"))
            ways.same(request("POST", "/api/v1/task", f"k{number}", VALID))
        counted = [
            re.findall(rb"fakeseed_requests_total.*|.*_seconds_count.*", observed.figures())
            for observed in ways.observed
        ]
        assert counted[0] == counted[1]
        assert any(b'route="/api/v1/task",status="200"} 5' in row for row in counted[0])


def test_measured_creates_and_lasting_worlds_are_left_to_the_application() -> None:
    fetching = StraightWay(App(Settings(seed="s", ingest="fetch")))
    assert not fetching.takes({"method": "POST", "path": "/api/v1/task"})
    assert fetching.takes({"method": "GET", "path": "/api/v1/asset/list"})
    plain = StraightWay(App(Settings(seed="s")))
    taken = {
        ("POST", "/api/v1/task"),
        ("GET", "/api/v1/asset/list"),
        ("GET", "/api/v1/task/a"),
        ("GET", "/api/v1/asset/a"),
    }
    assert all(plain.takes({"method": method, "path": path}) for method, path in taken)
    assert len(taken) == len(NAMES)
