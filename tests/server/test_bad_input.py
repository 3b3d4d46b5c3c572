"""Requests that no client should send: refused in the vendor's form, or taken; never a crash, never half done."""

import asyncio
import hashlib
import itertools
import json
import logging
import socket
import struct
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.control.endpoint import MAX_ORDER
from fakeseed.piapi.dispatch import MAX_BODY
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.keys import Grant, Keys
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from tests.support.bad_input import (
    CONTROL,
    ENDPOINTS,
    KEY,
    METHODS,
    ODD_VALUES,
    PIECES,
    READS_BODY,
    START,
    UNKNOWN_PAGE,
    VALID_BODIES,
    VENDOR,
    Known,
    Rig,
    ask_and_check,
    bodies,
    check_life,
    check_points,
    check_reply,
    dump,
    filled,
    furnish,
    modest,
    places,
    replaced,
    with_rig,
)


def each(endpoints: Iterable[tuple[str, str]]) -> pytest.MarkDecorator:
    """One test for each endpoint."""
    cases = list(endpoints)
    return pytest.mark.parametrize(("method", "path"), cases, ids=[" ".join(case) for case in cases])


reads_body = each(READS_BODY)


# -- bodies -----------------------------------------------------------------------------------------------------------


@reads_body
def test_a_body_that_is_no_order_changes_nothing(method: str, path: str) -> None:
    bad = [piece.encode("utf-8", "surrogatepass") for piece in PIECES if piece]
    bad += [
        b"\x00",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b"{",
        b'{"a"',
        b'{"a":}',
        b"{}{}",
        b"\r\n",
        b"\x80" * 100,
    ]
    values: tuple[object, ...] = ("text", 7, 1.5, True, [[[]]], [None] * 10_000, ["x"] * 10_000)
    bad += [json.dumps(value).encode() for value in values]

    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        for body in bad:
            reply = await ask_and_check(rig, method, filled(path, records, 2), body)
            blank = not body.strip()
            harmless = body == b'{"a":1,"a":2}'
            assert reply.status == 400 or blank or harmless, (body[:80], reply)

    with_rig(work)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("method", "path", "form"),
    [(method, path, form) for method, path in READS_BODY for form in range(len(VALID_BODIES.get(path, ())))],
)
def test_every_odd_value_in_every_place(method: str, path: str, form: int) -> None:
    body = VALID_BODIES[path][form]
    refused = 0

    async def work(rig: Rig) -> None:
        nonlocal refused
        records = await furnish(rig)
        for route_path in places(body):
            for value in ODD_VALUES:
                sent = dump(replaced(body, route_path, value))
                reply = await ask_and_check(rig, method, filled(path, records, 2), sent)
                refused += reply.status >= 400
                if reply.status < 400:
                    await check_life(rig)
                    await rig.control("POST", "reset")
                    records = await furnish(rig)

    with_rig(work)
    assert refused > len(ODD_VALUES) // 2


@reads_body
@modest
@given(data=st.data())
def test_no_body_is_too_strange(method: str, path: str, data: st.DataObject) -> None:
    body = data.draw(bodies(path))
    pick = data.draw(st.integers(0, 3))

    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        await ask_and_check(rig, method, filled(path, records, pick), body)
        await check_life(rig)

    with_rig(work)


CLEAN: st.SearchStrategy[object] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)
NOISE = st.dictionaries(st.text(min_size=1, max_size=8).map(lambda name: f"x-{name}"), CLEAN, max_size=3)


def sown(value: object, noise: dict[str, object]) -> object:
    """A body with fields that nobody knows in every object of it."""
    if isinstance(value, dict):
        return {**noise, **{name: sown(inner, noise) for name, inner in value.items()}}
    return [sown(inner, noise) for inner in value] if isinstance(value, list) else value


VENDOR_BODIES = [(path, form) for path in VALID_BODIES for form in range(len(VALID_BODIES[path])) if path[1] == "a"]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "form"), VENDOR_BODIES)
@modest
@given(noise=NOISE, query=st.text(max_size=20), kind=st.sampled_from([b"text/plain", b"", b"application/xml", b"\xff"]))
def test_fields_that_nobody_knows_do_not_matter(path: str, form: int, noise: Any, query: str, kind: bytes) -> None:
    plain = VALID_BODIES[path][form]
    body = dump(sown(plain, noise))

    async def work(rig: Rig) -> None:
        await furnish(rig)
        headers = [(b"content-type", kind), (b"x-unknown", b"\xff\xfe"), (b"accept", b"image/png")]
        reply = await ask_and_check(rig, "POST", f"{path}?{quote(query)}", body, headers)
        assert reply.status in (200, 202), reply
        await check_life(rig)

    with_rig(work)


@pytest.mark.parametrize(
    "kind", [None, b"", b"text/plain", b"application/x-www-form-urlencoded", b"multipart/form-data"]
)
@reads_body
def test_the_content_type_does_not_decide(method: str, path: str, kind: bytes | None) -> None:
    headers = [] if kind is None else [(b"content-type", kind)]

    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        body = dump(VALID_BODIES.get(path, ({},))[0])
        route_path = filled(path, records, 2 if "task" in path else 0)
        assert (await ask_and_check(rig, method, route_path, body, headers)).status in (200, 202)

    with_rig(work)


def repeated(chunk: bytes, times: int) -> Iterator[bytes]:
    yield from (chunk for _ in range(times))


@reads_body
@pytest.mark.parametrize("start", [b"", b'{"name":"', b"[", b'{"prompt":["'])
def test_a_body_over_the_limit_is_refused_before_it_is_whole(method: str, path: str, start: bytes) -> None:
    control = path.startswith("/_fakeseed/")
    chunk = b"[" * (1 << 16)
    chunks = (MAX_ORDER if control else MAX_BODY) // len(chunk) + 10
    read = 0

    def body() -> Iterator[bytes]:
        nonlocal read
        yield start
        for part in repeated(chunk, chunks):
            read += 1
            yield part

    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        reply = await ask_and_check(rig, method, filled(path, records, 2), body())
        assert reply.status == (400 if control else 413)
        assert read < chunks, "the whole body was read"

    with_rig(work)


def test_a_large_body_within_the_limit_is_judged() -> None:
    async def work(rig: Rig) -> None:
        await furnish(rig)
        task = VALID_BODIES["/api/v1/task"][0]
        for body in (
            replaced(task, ("input", "prompt"), "x" * 20_000_000),
            replaced(task, ("input", "image_urls"), ["https://cdn.example/a.jpg"] * 200_000),
            replaced(task, ("input", "mode"), "y" * 5_000_000),
            replaced(task, ("input", "image_urls"), ["asset://" + "z" * 5_000_000]),
        ):
            assert (await ask_and_check(rig, "POST", "/api/v1/task", dump(body))).status == 400
        assert (await ask_and_check(rig, "POST", "/api/v1/asset/upload", b"[" + b"1," * 10**6 + b"1]")).status == 400
        await check_life(rig)

    with_rig(work)


@reads_body
def test_a_client_that_leaves_before_the_end_changes_nothing(method: str, path: str) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        earlier = rig.fingerprint()
        body = [dump(VALID_BODIES.get(path, ({},))[0])]
        await rig.ask(method, filled(path, records, 2), body, leaves=True)
        assert rig.fingerprint() == earlier

    with_rig(work)


@each([("POST", "/api/v1/task"), ("POST", "/api/ephemeral_resource"), ("PATCH", "/_fakeseed/world")])
@modest
@given(cuts=st.lists(st.integers(0, 400), max_size=6))
def test_how_a_body_is_cut_into_chunks_does_not_matter(method: str, path: str, cuts: list[int]) -> None:
    body = dump(VALID_BODIES.get(path, ({},))[0])
    edges = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    chunks = [body[start:end] for start, end in itertools.pairwise(edges)]

    async def answered(rig: Rig, sent: bytes | list[bytes]) -> bytes:
        await rig.control("POST", "reset")
        records = await furnish(rig)
        route_path = filled(path, records, 2 if "task" in path else 0)
        reply = await ask_and_check(rig, method, route_path, sent)
        assert reply.status in (200, 202)
        return reply.body

    async def work(rig: Rig) -> None:
        assert await answered(rig, chunks) == await answered(rig, body)

    with_rig(work)


@pytest.mark.parametrize("span", ["9999y", "3650001d", "4000000d", 1e12, 1e300, 10**30, "9" * 400, "1000d" * 4000])
def test_a_span_longer_than_any_use_is_refused(span: object) -> None:
    async def work(rig: Rig) -> None:
        await furnish(rig)
        for path, field in (("advance", "by"), ("auto", "step")):
            reply = await ask_and_check(rig, "POST", f"/_fakeseed/clock/{path}", dump({field: span}))
            assert reply.status == 400
            assert "span" in reply.json["error"]

    with_rig(work)


def test_a_world_lives_on_after_the_year_9999() -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        for order in ({"to": "9999-12-31T23:59:59Z"}, {"by": "1s"}, {"by": "3650000d"}, {"by": 3e11}):
            await rig.control("POST", "clock/advance", order)
            reply = await rig.ask("GET", f"/api/v1/task/{records.tasks[0]}")
            assert reply.header("date") == "Fri, 31 Dec 9999 23:59:59 GMT"
            for path, forms in VALID_BODIES.items():
                if path.startswith("/api/"):
                    assert (await ask_and_check(rig, "POST", path, dump(forms[0]))).status in (200, 202)
            await check_life(rig)

    with_rig(work)


# -- methods, paths, queries, headers ---------------------------------------------------------------------------------


@each(ENDPOINTS)
def test_methods_that_an_endpoint_does_not_know(method: str, path: str) -> None:
    known_methods = {verb for verb, served_path in ENDPOINTS if served_path == path}
    if "GET" in known_methods and path.startswith(("/_fakeseed/", "/ephemeral/")):
        known_methods.add("HEAD")

    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        for verb in set(METHODS) - known_methods:
            reply = await ask_and_check(rig, verb, filled(path, records), b"{}")
            if path.startswith("/_fakeseed/"):
                assert reply.status == 405
                assert method in (reply.header("allow") or "").split(", ")
            else:
                assert (reply.status, reply.body) == (404, UNKNOWN_PAGE)

    with_rig(work)


ODD_TARGETS = [
    *("", "*", "/", "//", "/.", "/..", "/../..", "/%00", "/%2F", "/%ff%fe", "/%", "/%zz", "/%E9%9B%AA", "/\\", "/;a=b"),
    *("http://other.example/api/v1/asset/list", "other.example:443", "/" + "a" * 10_000, "/" + "%61" * 10_000),
    *("/API/V1/ASSET/LIST", "/api/v1/asset/list/", "/api//v1/asset/list", "/api/v1/./asset/list", "/api/v1/asset"),
    *(
        "/api/v1/task/",
        "/api/v1/task//",
        "/api/v1/task/%00",
        "/api/v1/task/..",
        "/api/v1/task/%2e%2e%2fasset",
        "/api/v1",
    ),
    *("/api/v1/asset/%ff", "/api/v1/asset/" + "9" * 10_000, "/api/v1/asset/x/y", "/api/v1/task/{task_id}"),
    *("/ephemeral/", "/ephemeral/..", "/ephemeral/%2e%2e%2fetc%2fpasswd", "/ephemeral/.mp4", "/ephemeral/a.mp4.mp4"),
    *("/_fakeseed", "/_fakeseed/", "/_fakeseed//world", "/_fakeseed/world/", "/_fakeseed/../world", "/_fakeseed/%00"),
    *(
        "/_fakeseed/wrold",
        "/_fakeseed/" + "w" * 10_000,
        "/_fakeseed/tasks/x/burn",
        "/_fakeseed/assets//fail",
        "/_FAKESEED/x",
    ),
    *("/_fakeseed/tasks/%00/fail", "/_fakeseed/tasks/" + "t" * 10_000 + "/fail", "/_fakeseed/assets/%ff/activate"),
]


def test_paths_that_lead_nowhere() -> None:
    async def work(rig: Rig) -> None:
        await furnish(rig)
        for target in ODD_TARGETS:
            for method in ("GET", "POST", "DELETE", "OPTIONS"):
                reply = await ask_and_check(rig, method, target)
                assert reply.status in (400, 404, 405), (method, target, reply)

    with_rig(work)


ODD_QUERIES = [
    *(
        "",
        "?",
        "&&&&",
        "=",
        "==",
        "%",
        "%zz",
        "%00=%00",
        "page",
        "page=",
        "page=&size=",
        "size=0",
        "page=-1",
        "page=1e3",
    ),
    *(
        "page=0x1",
        "page=%D9%A3",
        "page=1.0",
        "page=+1",
        "page=%201",
        "page=1%20",
        "page=" + "9" * 30,
        "page=" + "9" * 5000,
    ),
    *(
        "page=1&page=x",
        "size=x&size=1",
        "limit=x",
        "limit=" + "9" * 31,
        "after=-1",
        "offset=x",
        "kind=requst",
        "kind=%00",
    ),
    *(
        "status=",
        "status=,",
        "status=ACTIVE",
        "status=active,active",
        "status=%00",
        "status=" + "a," * 5000,
        "status=failed;",
    ),
    *("a=1&" * 150 + "page=2", "x" * 10_000, "page_size=0", "page_size=999999999999", "%ff=%ff&page=%ff", "page[]=1"),
]


@pytest.mark.parametrize(
    "path", [path for method, path in ENDPOINTS if method == "GET" and ("{" not in path or "file" in path)]
)
def test_queries_that_say_nonsense(path: str) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        for query in ODD_QUERIES:
            reply = await ask_and_check(rig, "GET", f"{filled(path, records)}?{query}")
            assert reply.status in (200, 400)
            if path.endswith(("asset/list", "histories")) and query in (
                "page=-1",
                "page=1e3",
                "page=+1",
                "page=%D9%A3",
            ):
                assert reply.status == 400
                assert "page must be a whole number" in reply.json["message"]

    with_rig(work)


def test_of_a_repeated_query_key_the_first_counts() -> None:
    async def work(rig: Rig) -> None:
        await furnish(rig)
        assert (await ask_and_check(rig, "GET", "/api/v1/asset/list?size=2&size=x")).json["size"] == 2
        assert (await ask_and_check(rig, "GET", "/api/v1/asset/list?size=x&size=2")).status == 400

    with_rig(work)


ODD_HEADERS = [
    (b"content-length", b"-5"),
    (b"content-type", b"\xff" * 1000),
    (b"accept-encoding", b"gzip;q=nonsense"),
    (b"range", b"bytes=9-1"),
    (b"range", b"bytes=" + b"9" * 5000 + b"-"),
    (b"range", b"bytes=0-0,1-1,2-2"),
    (b"range", b"elephants=1-2"),
    (b"range", b"bytes=-0"),
    (b"if-range", b"\xff"),
    (b"if-none-match", b",,,W/,*,\xff"),
    (b"x-forwarded-host", b"evil.example"),
    (b"x-forwarded-proto", b"javascript"),
    (b"transfer-encoding", b"identity"),
    (b"cookie", b"\x00"),
    (b"x" * 1000, b"y" * 100_000),
]
ODD_HOSTS = [
    *(
        b"",
        b"[",
        b"]",
        b"[::1",
        b"::1",
        b"a b",
        b"a/b",
        b"user@host",
        b"\xff\xfe",
        b"localhost:port",
        b"127.0.0.1:999999",
    ),
    *(b"h" * 10_000, b"{host}", b"<script>", b"localhost\t", b'"', b"%00", b"[" + b":" * 60 + b"]"),
]


@each(ENDPOINTS)
def test_headers_that_say_nonsense(method: str, path: str) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        for header in [*ODD_HEADERS, *((b"host", host) for host in ODD_HOSTS)]:
            options: dict[str, Any] = {"host": header[1]} if header[0] == b"host" else {"headers": [header]}
            reply = await ask_and_check(rig, method, filled(path, records), b"nonsense", **options)
            assert b"<script>" not in reply.body

    with_rig(work)


@pytest.mark.parametrize("host", ODD_HOSTS)
def test_a_nonsense_host_does_not_get_into_urls(host: bytes) -> None:
    async def work(rig: Rig) -> None:
        body = dump(VALID_BODIES["/api/ephemeral_resource"][0])
        reply = await rig.ask("POST", "/api/ephemeral_resource", body, host=host)
        assert urlsplit(reply.json["data"]["url"]).netloc == "127.0.0.1:8787"

    with_rig(work)


@pytest.mark.parametrize("key", [None, "", " ", "\t", "fs-invalid-x", "fs-invalid-"])
@each([*VENDOR[:-1], *CONTROL[1:]])
def test_without_an_admitted_key_nothing_happens(method: str, path: str, key: str | None) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        body = dump(VALID_BODIES.get(path, ({},))[0])
        reply = await ask_and_check(rig, method, filled(path, records, 2), body, key=key)
        assert reply.status == 401
        assert list(rig.store._worlds) == [name_of(KEY)], "a refused key has got a world"

    with_rig(work)


@pytest.mark.parametrize(
    "key", ["\xe9\xe8\xff", "k" * 10_000, "a b", "'; drop", "\x7f", "%00", "../..", "fs-premium-\xb2"]
)
def test_any_other_key_has_a_world(key: str) -> None:
    async def work(rig: Rig) -> None:
        reply = await rig.ask("GET", "/account/info", key=key)
        assert reply.status == 200
        assert (await rig.control("GET", "world", key=key))["tasks"] == 0
        assert list(rig.store._worlds) == [name_of(key)]

    with_rig(work)


def test_of_a_repeated_key_header_both_surfaces_take_the_same() -> None:
    async def work(rig: Rig) -> None:
        await furnish(rig)
        twice = [(b"x-api-key", b"another")]
        vendor = await rig.ask("GET", "/account/active_tasks", b"", twice)
        control = await rig.ask("GET", "/_fakeseed/world", b"", twice)
        assert len(vendor.json["data"]["seedance"]["active_tasks"]) == control.json["active_tasks"] == 2

    with_rig(work)


PATHS = st.one_of(
    st.sampled_from([path for _, path in ENDPOINTS]),
    st.sampled_from(ODD_TARGETS),
    st.text(max_size=20).map(lambda text: "/" + quote(text)),
    st.tuples(st.sampled_from(["/api/v1/task/", "/api/v1/asset/", "/ephemeral/", "/_fakeseed/tasks/"]), st.text()).map(
        lambda parts: parts[0] + quote(parts[1], safe="")
    ),
)
QUERIES = st.one_of(
    st.just(""), st.sampled_from(ODD_QUERIES), st.text(max_size=20).map(lambda text: quote(text, safe="&="))
)
HEADERS = st.lists(
    st.one_of(
        st.sampled_from(ODD_HEADERS),
        st.tuples(
            st.sampled_from([b"origin", b"sec-fetch-site", b"x-fakeseed-token", b"range", b"if-range", b"x-api-key"]),
            st.one_of(st.binary(max_size=20), st.sampled_from([b"http://[", b"null", b"bytes=0-", b"cross-site"])),
        ).map(lambda pair: (pair[0], pair[1].replace(b"\r", b"").replace(b"\n", b""))),
    ),
    max_size=3,
)


@modest
@given(st.sampled_from(METHODS), PATHS, QUERIES, HEADERS, st.integers(0, 3), st.binary(max_size=10))
def test_no_request_is_too_strange(
    method: str, path: str, query: str, headers: list[tuple[bytes, bytes]], pick: int, body: bytes
) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        target = filled(path, records, pick) if (method, path) in ENDPOINTS else path
        await ask_and_check(rig, method, f"{target}?{query}", body, headers)
        await check_life(rig)

    with_rig(work)


@modest
@given(st.one_of(st.binary(max_size=30), st.from_regex(rb"bytes=\d{0,3}-\d{0,3}", fullmatch=True)))
def test_no_range_is_too_strange(range_header: bytes) -> None:
    range_header = range_header.replace(b"\r", b"").replace(b"\n", b"")

    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        whole = await ask_and_check(rig, "GET", f"/ephemeral/{records.files[0]}")
        reply = await ask_and_check(rig, "GET", f"/ephemeral/{records.files[0]}", b"", [(b"range", range_header)])
        assert reply.status in (200, 206, 416)
        if reply.status == 206:
            span, _, size = (reply.header("content-range") or "").removeprefix("bytes ").partition("/")
            first, last = (int(edge) for edge in span.split("-"))
            assert int(size) == len(whole.body)
            assert reply.body == whole.body[first : last + 1]
            assert reply.body
        elif reply.status == 200:
            assert reply.body == whole.body

    with_rig(work)


# -- many requests ----------------------------------------------------------------------------------------------------


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, str, int, bytes]:
    """One request to a known endpoint, good or bad."""
    method, path = draw(st.sampled_from(ENDPOINTS))
    good = st.sampled_from([dump(body) for body in VALID_BODIES.get(path, ({},))])
    body = draw(st.one_of(good, bodies(path))) if (method, path) in READS_BODY else b""
    return method, path, draw(st.integers(0, 3)), body


@modest
@given(st.lists(requests(), min_size=5, max_size=30))
def test_points_are_conserved_whatever_comes(sequence: list[tuple[str, str, int, bytes]]) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        for method, path, pick, body in sequence:
            await ask_and_check(rig, method, filled(path, records, pick), body)
            records = known_now(rig, records)
        await check_life(rig)

    with_rig(work)


def known_now(rig: Rig, earlier: Known) -> Known:
    """Ids of what there is now, or of what there was where nothing is left."""
    world = rig.world()
    return Known(tuple(world.assets._all) or earlier.assets, tuple(world.tasks._all) or earlier.tasks, earlier.files)


@pytest.mark.parametrize("points", [0, 1, 10_000_000, 10**15])
def test_points_are_conserved_at_the_edges(points: int) -> None:
    async def work(rig: Rig) -> None:
        records = await furnish(rig)
        await rig.control("PATCH", "world", {"points": points, "concurrency": 1000})
        for number in range(40):
            await ask_and_check(rig, "POST", "/api/v1/task", dump(VALID_BODIES["/api/v1/task"][number % 3]))
            await ask_and_check(rig, "PATCH", "/_fakeseed/world", dump({"points": points - number}))
        check_points(rig)
        await check_life(rig)
        assert rig.world().account.balances.frozen == 0
        assert records.tasks[0] in rig.world().tasks._all

    with_rig(work)


def test_a_refused_key_of_a_list_leaves_no_world() -> None:
    async def work() -> None:
        rig = Rig(keys=Keys({"good": Grant()}))
        for method, path in (*VENDOR[:-1], *CONTROL[1:]):
            reply = await rig.ask(method, path, b"{}", key="bad")
            check_reply(reply, path)
            assert reply.status == 401
        assert rig.store._worlds == {}
        await rig.close()

    asyncio.run(work())


# -- through a real socket --------------------------------------------------------------------------------------------


class Records(logging.Handler):
    """Keeps what the server says."""

    def __init__(self) -> None:
        super().__init__()
        self.problems: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what is worse than a warning."""
        if record.levelno > logging.WARNING or record.exc_info:
            self.problems.append(self.format(record))


@contextmanager
def served() -> Iterator[tuple[tuple[str, int], Records]]:
    """An emulator on a socket, and what it logs until after its end."""
    records = Records()
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "asyncio")]
    try:
        with in_thread(App(Settings(freeze_at=START))) as url:
            for logger in loggers:
                logger.addHandler(records)
            host, _, port = url.removeprefix("http://").partition(":")
            yield (host, int(port)), records
    finally:
        for logger in loggers:
            logger.removeHandler(records)


HEAD = b"POST /api/v1/task HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\n"
GET = b"GET /account/info HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\n"
MALFORMED = {
    "garbage": (b"\x00\x01\x02 garbage\r\n\r\n", b"400"),
    "TLS": (bytes.fromhex("1603010200010001fc0303") + bytes(200), b"400"),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"400"),
    "HTTP/9.9": (b"GET / HTTP/9.9\r\n\r\n", b"400"),
    "no version": (b"GET /\r\n\r\n", b"404"),
    "no host": (b"GET /account/info HTTP/1.1\r\nX-API-Key: k\r\n\r\n", b"200"),
    "blanks in the path": (b"GET /a b c HTTP/1.1\r\n\r\n", b"400"),
    "NUL in the path": (b"GET /a\x00b HTTP/1.1\r\n\r\n", b"400"),
    "bytes in the path": (b"GET /\xff\xfe HTTP/1.1\r\n\r\n", b"400"),
    "path of 200 KB": (b"GET /" + b"a" * 200_000 + b" HTTP/1.1\r\n\r\n", b"431"),
    "absolute form": (b"GET http:// HTTP/1.1\r\n\r\n", b"400"),
    "asterisk form": (b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", b"404"),
    "CONNECT": (b"CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n", b"400"),
    "CONNECT to a path": (b"CONNECT /x HTTP/1.1\r\nHost: a\r\n\r\n", b"404"),
    "a websocket": (GET + b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n", b"200"),
    "header without colon": (GET + b"nonsense\r\n\r\n", b"400"),
    "header with NUL": (GET + b"X: a\x00b\r\n\r\n", b"400"),
    "header of 300 KB": (GET + b"X: " + b"a" * 300_000 + b"\r\n\r\n", b"431"),
    "5000 headers": (GET + b"".join(b"X-%d: a\r\n" % number for number in range(5000)) + b"\r\n", b"200"),
    "bare line feeds": (GET.replace(b"\r", b"") + b"\n", b"400"),
    "chunk of size zz": (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n0\r\n\r\n", b"400"),
    "chunk of endless size": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 20 + b"\r\nabc\r\n", b"400"),
    "length and chunks": (HEAD + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
    "two lengths": (HEAD + b"Content-Length: 3\r\nContent-Length: 5\r\n\r\nabcde", b"400"),
    "negative length": (HEAD + b"Content-Length: -3\r\n\r\nabc", b"400"),
    "endless length": (HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nabc", b"400"),
    "body that is never sent, without key": (b"POST /api/v1/task HTTP/1.1\r\nContent-Length: 9\r\n\r\n", b"401"),
    "pipelined": (b"GET /_fakeseed/health HTTP/1.1\r\nHost: a\r\n\r\n" * 20, b"200"),
}


def test_malformed_http_is_answered_and_survived(subtests: pytest.Subtests) -> None:
    with served() as (address, records):
        for name, (sent, status) in MALFORMED.items():
            with subtests.test(name):
                with socket.create_connection(address, timeout=10) as client:
                    client.sendall(sent)
                    assert client.recv(65536).split(b"\r\n")[0].split(b" ")[1] == status
                check_well(address)
    assert records.problems == []


def check_well(address: tuple[str, int]) -> None:
    """The server answers the next client."""
    with urllib.request.urlopen("http://{}:{}/_fakeseed/health".format(*address), timeout=10) as answer:
        assert json.load(answer)["status"] == "ok"


UNFINISHED = [
    b"",
    b"\r\n" * 100,
    b"GET /account/in",
    GET,
    HEAD + b"Content-Length: 1000\r\n\r\nabc",
    HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",
    HEAD + b"Expect: 100-continue\r\nContent-Length: 1000\r\n\r\n",
    b"PATCH /_fakeseed/world HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nContent-Length: 1000\r\n\r\n{",
    b"POST /_fakeseed/clock/advance HTTP/1.1\r\nHost: a\r\nX-API-Key: k\r\nTransfer-Encoding: chunked\r\n\r\n",
    GET * 2000 + b"\r\n",
]


@pytest.mark.parametrize("reset", [False, True], ids=["closed", "reset"])
def test_clients_that_leave_in_the_middle_leave_no_trace(reset: bool) -> None:
    with served() as (address, records):
        for sent in UNFINISHED:
            client = socket.create_connection(address, timeout=10)
            if reset:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.sendall(sent)
            check_well(address)
            client.close()
            check_well(address)
    assert records.problems == []


def test_a_body_over_the_limit_is_refused_on_a_socket() -> None:
    with served() as (address, records), socket.create_connection(address, timeout=30) as client:
        size = MAX_BODY + (1 << 20)
        client.sendall(HEAD + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % size)
        chunk = b"[" * (1 << 20)
        for _ in range(size // len(chunk)):
            client.sendall(chunk)
        assert client.recv(65536).startswith(b"HTTP/1.1 413 ")
        check_well(address)
    assert records.problems == []


def test_random_bytes_are_survived() -> None:
    with served() as (address, records):
        for number in range(60):
            start = (b"", GET, HEAD, b"GET /")[number % 4]
            noise = hashlib.shake_128(b"%d" % number).digest(1 + 3 * number)
            with socket.create_connection(address, timeout=10) as client:
                client.sendall(start + noise + b"\r\n\r\n")
        check_well(address)
    assert records.problems == []
