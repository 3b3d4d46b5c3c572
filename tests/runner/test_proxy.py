"""The proxy: the vendor's hosts are the emulator, faults of its socket arrive as they are, nothing else is reached."""

import http.client
import json
import os
import socket
import ssl
import struct
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from fakeseed.client import Control
from fakeseed.errors import StartError, UsageError
from fakeseed.model.hosts import VENDOR_HOSTS
from fakeseed.runner import proxy
from fakeseed.runner.proxy import Intercepted, intercepting
from fakeseed.runner.proxy_request import MAX_HEAD, read_proxy_request
from fakeseed.server.app import App
from fakeseed.server.authority import Authority
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

KEY = "intercept"
LONG = 20.0
RST = struct.pack("ii", 1, 0)


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with in_thread(App(Settings(pace="instant"))) as url:
        yield url


@pytest.fixture
def control(base: str) -> Iterator[Control]:
    with Control(base, key=KEY) as made:
        made.reset()
        yield made


@pytest.fixture
def child(base: str, control: Control) -> Iterator["Child"]:
    with intercepting(base) as intercepted:
        yield Child(intercepted)


class Child:
    """What a child does with its environment, byte by byte."""

    def __init__(self, intercepted: Intercepted) -> None:
        self.env = intercepted.env
        self.refused = intercepted.refused
        parts = urlsplit(self.env["HTTPS_PROXY"])
        self.address = (parts.hostname or "", parts.port or 0)
        self.credential = f"{parts.username}:{parts.password}"

    def proxy(self, first: bytes = b"") -> socket.socket:
        """A connection to the proxy."""
        connection = socket.create_connection(self.address, LONG)
        connection.sendall(first)
        return connection

    def ask(self, method: str, target: str, *headers: str, credential: str | None = None) -> bytes:
        """A request to a proxy."""
        word = b64encode((self.credential if credential is None else credential).encode()).decode()
        told = ["Proxy-Authorization: Basic " + word, *headers]
        return "\r\n".join([f"{method} {target} HTTP/1.1", *told, "", ""]).encode()

    def tunnel(self, host: str = "api.piapi.ai", port: int = 443) -> socket.socket:
        """A connection through the proxy."""
        connection = self.proxy(self.ask("CONNECT", f"{host}:{port}", f"Host: {host}:{port}"))
        assert connection.recv(4096) == b"HTTP/1.1 200 Connection established\r\n\r\n"
        return connection

    @cached_property
    def tls(self) -> ssl.SSLContext:
        """What a child verifies certificates by; it takes 30 ms to read."""
        context = ssl.create_default_context(cafile=self.env["SSL_CERT_FILE"])
        context.set_alpn_protocols(["h2", "http/1.1"])
        return context

    def secured(self, host: str = "api.piapi.ai") -> ssl.SSLSocket:
        """The same with TLS."""
        return self.tls.wrap_socket(self.tunnel(host), server_hostname=host)


def request(path: str, host: str = "api.piapi.ai", method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {KEY}\r\n\r\n".encode()


def whole(connection: socket.socket) -> bytes:
    """All that comes until the other side ends."""
    parts = []
    while part := connection.recv(1 << 16):
        parts.append(part)
    return b"".join(parts)


def answered(connection: socket.socket) -> http.client.HTTPResponse:
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer


# -- the vendor's hosts -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", VENDOR_HOSTS)
def test_each_host_is_the_emulator_with_a_certificate_of_its_own(child: Child, host: str) -> None:
    with child.secured(host) as connection:
        assert connection.selected_alpn_protocol() == "http/1.1"
        assert ("DNS", host) in connection.getpeercert()["subjectAltName"]  # type: ignore[index]
        connection.sendall(request("/account/info", host))
        assert answered(connection).status == 200


def test_a_connection_is_kept_alive_and_bytes_are_as_the_emulator_sends_them(base: str, child: Child) -> None:
    parts = urlsplit(base)
    with (
        socket.create_connection((parts.hostname or "", parts.port or 0), LONG) as direct,
        child.secured() as connection,
    ):
        for _ in range(3):
            seen = []
            for one in (direct, connection):
                one.sendall(request("/api/v1/asset/list"))
                seen.append(one.recv(1 << 16).partition(b"\r\ndate: ")[0])
            assert seen[0] == seen[1]


def test_a_large_upload_and_download_pass(child: Child) -> None:
    data = b64encode(os.urandom(5_000_000)).decode()
    body = f'{{"file_name":"a.png","file_data":"{data}"}}'.encode()
    with child.secured("upload.theapi.app") as connection:
        head = request("/api/ephemeral_resource", "upload.theapi.app", "POST").removesuffix(b"\r\n")
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        told = answered(connection).read()
        url = told.partition(b'"url":"')[2].partition(b'"')[0].decode()
    assert url.startswith("https://img.theapi.app/ephemeral/")
    with child.secured("img.theapi.app") as connection:
        connection.sendall(request(urlsplit(url).path, "img.theapi.app"))
        assert b64encode(answered(connection).read()).decode() == data


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_request_for_a_whole_url_is_answered_too(child: Child, scheme: str) -> None:
    """Plain http, and what some clients do for https in place of CONNECT."""
    target = f"{scheme}://api.piapi.ai/account/info?a=1"
    with child.proxy(child.ask("GET", target, "Host: api.piapi.ai", f"X-API-Key: {KEY}")) as connection:
        answer = whole(connection)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"code":200' in answer


def test_plain_http_may_be_tunnelled(child: Child) -> None:
    with child.tunnel(port=80) as connection:
        connection.sendall(request("/account/info"))
        assert answered(connection).status == 200


def test_the_journal_does_not_see_the_proxys_credential(child: Child, control: Control) -> None:
    with child.proxy(child.ask("GET", "http://api.piapi.ai/account/info", f"X-API-Key: {KEY}")) as connection:
        whole(connection)
    (entry,) = control.entries(kind="request")
    assert "proxy-authorization" not in str(entry).lower()
    assert child.credential not in str(entry)


def test_the_control_api_is_not_reached_by_the_vendors_names(child: Child) -> None:
    with child.secured() as connection:
        connection.sendall(request("/_fakeseed/world"))
        assert answered(connection).status == 403


# -- faults of the socket ---------------------------------------------------------------------------------------------


@contextmanager
def tasked(
    child: Child, control: Control, fault: str, on: str = "GET account", path: str = "/account/info", **options: object
) -> Iterator[socket.socket]:
    """A connection on which the fault has been met."""
    control.arm(fault, on=on, **options)
    with child.secured() as connection:
        connection.sendall(request(path))
        yield connection


def is_reset(connection: socket.socket) -> bool:
    """Whether the connection ends by RST: asked below TLS, since Python's takes a reset for an orderly end."""
    with socket.socket(fileno=os.dup(connection.fileno())) as bare:
        bare.settimeout(LONG)
        try:
            whole(bare)
        except ConnectionResetError:
            return True
    return False


def test_a_reset_arrives_as_a_reset(child: Child, control: Control) -> None:
    with tasked(child, control, "reset") as connection:
        assert is_reset(connection)


def test_a_close_arrives_as_an_orderly_end(child: Child, control: Control) -> None:
    with tasked(child, control, "close") as connection:
        assert whole(connection) == b""
    with tasked(child, control, "close") as connection:
        assert not is_reset(connection)


def test_half_a_body_arrives_and_then_the_end(child: Child, control: Control) -> None:
    with tasked(child, control, "truncate") as connection:
        answer = answered(connection)
        length = int(answer.headers["content-length"])
        with pytest.raises(http.client.IncompleteRead) as torn:
            answer.read()
    assert 0 < len(torn.value.partial) < length


def test_half_a_body_arrives_and_then_a_reset(child: Child, control: Control) -> None:
    options = {"on": "GET assets", "path": "/api/v1/asset/list"}
    with tasked(child, control, "reset-midway", **options) as connection:
        heard = whole(connection)
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert b"\r\n\r\n{" in heard, "what came before the reset is there"
    assert not heard.endswith(b"}")
    with tasked(child, control, "reset-midway", **options) as connection:
        assert is_reset(connection)


def test_headers_alone_arrive(child: Child, control: Control) -> None:
    with tasked(child, control, "close-after-headers") as connection:
        assert whole(connection).endswith(b"\r\n\r\n")


def test_garbage_arrives(child: Child, control: Control) -> None:
    with tasked(child, control, "garbage") as connection:
        assert whole(connection) == bytes(range(128, 160)) + b"\r\n\r\n"


def test_drops_arrive_as_drops(child: Child, control: Control) -> None:
    with tasked(child, control, "drip", bytes=64, every=0.02) as connection:
        parts = []
        while part := connection.recv(1 << 16):
            parts.append(part)
    assert len(parts) > 5
    assert max(map(len, parts)) <= 64 * 3


def test_a_hang_stays_a_hang_until_the_child_goes(child: Child, control: Control) -> None:
    with tasked(child, control, "hang") as connection:
        connection.settimeout(0.5)
        with pytest.raises(TimeoutError):
            connection.recv(1)
    with child.secured() as connection:
        connection.sendall(request("/account/info"))
        answered(connection)


def test_a_torn_video_is_torn(child: Child, control: Control) -> None:
    wanted = {"prompt": "a", "duration": 4, "resolution": "480p"}
    body = json.dumps({"model": "seedance", "task_type": "seedance-2", "input": wanted}).encode()
    with child.secured() as connection:
        head = request("/api/v1/task", method="POST").removesuffix(b"\r\n")
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        task_id = json.loads(answered(connection).read())["data"]["task_id"]
    control.wait_for_task(task_id)
    with child.secured() as connection:
        connection.sendall(request(f"/api/v1/task/{task_id}"))
        path = urlsplit(json.loads(answered(connection).read())["data"]["output"]["video"]).path
    control.arm("reset-midway", on="GET output")
    with child.secured("img.theapi.app") as connection:
        connection.sendall(request(path, "img.theapi.app"))
        answer = answered(connection)
        with pytest.raises(http.client.IncompleteRead) as torn:
            answer.read()
    assert len(torn.value.partial) == int(answer.headers["content-length"]) // 2


# -- other hosts ------------------------------------------------------------------------------------------------------


def test_another_host_is_refused_with_one_line(base: str) -> None:
    told: list[str] = []
    with intercepting(base, tell=told.append) as intercepted:
        child = Child(intercepted)
        for _ in range(3):
            with child.proxy(child.ask("CONNECT", "example.com:443")) as connection:
                answer = whole(connection)
            assert answer.startswith(b"HTTP/1.1 403 Forbidden\r\n")
            assert b"fakeseed: example.com:443 was not reached; --allow example.com lets it through\n" in answer
        with child.proxy(child.ask("GET", "http://example.com/")) as connection:
            assert whole(connection).startswith(b"HTTP/1.1 403 ")
    assert told == intercepted.refused
    assert [connection.partition(" ")[0] for connection in told] == ["example.com:443", "example.com:80"]


@pytest.fixture
def echo() -> Iterator[int]:
    """A server of one's own: says back what it hears."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection:
                        while heard := connection.recv(4096):
                            connection.sendall(heard.upper())

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(("host", "allow"), [("127.0.0.1", []), ("localhost", []), ("ip6-loopback.test", ["x"])])
def test_an_allowed_host_is_tunnelled_untouched(
    base: str, echo: int, host: str, allow: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """This machine is always allowed: webhooks, servers of the child's own."""
    if allow:
        allow, host = ["LOCAL.example"], "local.example"
        find = socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", lambda name, *more, **words: find("127.0.0.1", *more, **words))
    with intercepting(base, allow=allow) as intercepted:
        child = Child(intercepted)
        with child.tunnel(host, echo) as connection:
            connection.sendall(b"\0not http\r\n")
            assert connection.recv(4096) == b"\0NOT HTTP\r\n"
            connection.shutdown(socket.SHUT_WR)
            assert whole(connection) == b"", "half of the connection ended, and the other half by itself"
    assert intercepted.refused == []


def test_a_host_that_does_not_answer_is_told(base: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with intercepting(base) as intercepted:
        child = Child(intercepted)
        with child.proxy(child.ask("CONNECT", f"127.0.0.1:{port}")) as connection:
            assert whole(connection).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")


# -- the proxy's own door ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("credential", ["", "fakeseed:", "fakeseed:wrong", "other", "\u00ff:\u00ff"])
def test_who_is_not_the_child_gets_407(child: Child, credential: str) -> None:
    for ask in (("CONNECT", "api.piapi.ai:443"), ("GET", "http://api.piapi.ai/"), ("CONNECT", "example.com:443")):
        with child.proxy(child.ask(*ask, credential=credential)) as connection:
            answer = whole(connection)
        assert answer.startswith(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic ")
    assert child.refused == []


def test_each_run_has_a_credential_of_its_own(base: str) -> None:
    with intercepting(base) as one, intercepting(base) as other:
        assert Child(one).credential != Child(other).credential
        assert len(Child(one).credential) > 30


NOISE = [
    b"\r\n\r\n",
    b"\0\0\0\0\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET http:// HTTP/1.1\r\n\r\n",
    b"CONNECT HTTP/1.1\r\n\r\n",
    b"CONNECT api.piapi.ai HTTP/1.1\r\n\r\n",
    b"CONNECT api.piapi.ai:99999 HTTP/1.1\r\n\r\n",
    b"CONNECT [::1 HTTP/1.1\r\n\r\n",
    b"CONNECT api.piapi.ai:443 HTTP/2.0\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
]


@pytest.mark.parametrize("noise", NOISE)
def test_garbage_gets_400(child: Child, noise: bytes) -> None:
    with child.proxy(noise) as connection:
        assert whole(connection).startswith(b"HTTP/1.1 400 Bad Request\r\n")


def test_a_head_without_end_is_refused(child: Child) -> None:
    with child.proxy(b"CONNECT api.piapi.ai:443 HTTP/1.1\r\nX: " + b"x" * MAX_HEAD) as connection:
        assert connection.recv(4096).startswith(b"HTTP/1.1 431 ")


def test_who_asks_for_nothing_is_let_go(child: Child, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxy, "HEAD_SECONDS", 0.2)
    with child.proxy() as connection:
        assert whole(connection).startswith(b"HTTP/1.1 408 ")


def test_garbage_in_place_of_tls_harms_nobody(child: Child) -> None:
    with child.tunnel() as connection:
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n" * 100)
        with suppress(ConnectionResetError):
            whole(connection)
    with child.secured() as connection:
        connection.sendall(request("/account/info"))
        assert answered(connection).status == 200


def test_half_open_and_torn_connections_harm_nobody(child: Child) -> None:
    connections = [child.proxy(b"CONN") for _ in range(20)] + [child.tunnel() for _ in range(20)]
    for connection in connections[::2]:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        connection.close()
    with child.secured() as connection:
        connection.sendall(request("/account/info"))
        assert answered(connection).status == 200
    for connection in connections:
        connection.close()


def test_two_hundred_at_once(child: Child) -> None:
    def asking() -> ssl.SSLSocket:
        connection = child.secured()
        connection.sendall(request("/account/info"))  # at once: a connection that says nothing is ended after a while
        return connection

    connections = [asking() for _ in range(200)]
    for connection in connections:
        with connection:
            assert answered(connection).status == 200


def test_a_slow_reader_is_waited_for_and_memory_stays(child: Child) -> None:
    data = b64encode(os.urandom(7_000_000)).decode()
    body = f'{{"file_name":"a.png","file_data":"{data}"}}'.encode()
    with child.secured("upload.theapi.app") as connection:
        head = request("/api/ephemeral_resource", "upload.theapi.app", "POST").removesuffix(b"\r\n")
        connection.sendall(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        path = urlsplit(answered(connection).read().partition(b'"url":"')[2].partition(b'"')[0].decode()).path
    with child.secured("img.theapi.app") as connection:
        connection.sendall(request(path, "img.theapi.app"))
        time.sleep(0.5)
        assert b64encode(answered(connection).read()).decode() == data


def test_nothing_is_left(base: str) -> None:
    threads, descriptors = threading.active_count(), len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        with intercepting(base) as intercepted:
            child = Child(intercepted)
            place = Path(child.env["SSL_CERT_FILE"]).parent
            assert place.is_dir()
            open_ones = [child.secured(), child.tunnel(), child.proxy(b"CONNECT "), child.secured()]
            open_ones[0].sendall(request("/account/info"))
        assert not place.exists()
        with pytest.raises(ConnectionRefusedError):
            child.proxy()
        for connection in open_ones:
            connection.close()
    assert threading.active_count() == threads
    until = time.monotonic() + LONG
    while len(os.listdir("/proc/self/fd")) > descriptors and time.monotonic() < until:
        time.sleep(0.05)  # the emulator's side of the connections
    assert len(os.listdir("/proc/self/fd")) <= descriptors  # what others let go of meanwhile does not count


# -- the environment --------------------------------------------------------------------------------------------------


def test_what_is_trusted_is_the_systems_and_ours(child: Child) -> None:
    ours = Path(child.env["NODE_EXTRA_CA_CERTS"]).read_bytes()
    bundle = Path(child.env["SSL_CERT_FILE"]).read_bytes()
    assert bundle.endswith(ours)
    assert bundle.count(b"BEGIN CERTIFICATE") > 10, "the system's are there, for hosts that are allowed"
    assert ours.count(b"BEGIN CERTIFICATE") == 1
    assert b"PRIVATE" not in bundle


def test_the_key_of_the_authority_is_on_no_disk(child: Child) -> None:
    place = Path(child.env["SSL_CERT_FILE"]).parent
    assert sorted(path.name for path in place.iterdir()) == ["bundle.pem", "ca.pem", "trusted.jks"]
    assert place.stat().st_mode & 0o077 == 0


def test_what_was_in_the_environment_stays_beside_ours(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NODE_OPTIONS", "--no-warnings")
    monkeypatch.setenv("PYTHONPATH", "/own")
    with intercepting(base) as intercepted:
        assert intercepted.env["NODE_OPTIONS"].endswith(" --no-warnings")
        assert intercepted.env["PYTHONPATH"].endswith(":/own")
        assert intercepted.env["NO_PROXY"] == "localhost,127.0.0.1,::1"


@pytest.mark.parametrize("url", ["https://127.0.0.1:1", "127.0.0.1:1", "http://127.0.0.1", "ftp://a:1"])
def test_what_is_no_emulator_is_told(url: str) -> None:
    with pytest.raises(UsageError, match="no emulator's address"), intercepting(url):
        pass


def test_without_the_package_the_next_step_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trustme", None)
    with pytest.raises(StartError) as problem:
        Authority()
    assert problem.value.hint == "pip install 'fakeseed[judge]'"


def test_a_head_is_read() -> None:
    asked = read_proxy_request(
        b"POST http://h.example:81/p/a?q=1#f HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nProxy-Connection: x\r\n"
        b"Proxy-Authorization: Basic YTpi\r\nA: b\r\n\r\n"
    )
    assert (asked.host, asked.port, asked.credential, asked.tunnel) == ("h.example", 81, "a:b", False)
    assert asked.head == b"POST /p/a?q=1 HTTP/1.1\r\nHost: h\r\nA: b\r\nConnection: close\r\n\r\n"
    assert read_proxy_request(b"GET http://h HTTP/1.0\r\n\r\n").head.startswith(b"GET / HTTP/1.0\r\n")
    assert read_proxy_request(b"CONNECT [::1]:8 HTTP/1.1\r\n\r\n").host == "::1"
