"""The journal: it tells what happened, keeps within its bytes, and never holds a credential."""

import ast
import asyncio
import http.client
import io
import json
import logging
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fakeseed
from fakeseed.server.app import Options
from fakeseed.server.run import Server, bind, in_thread
from fakeseed.store.memory_tables import MemoryJournal
from fakeseed.world.journal import (
    _LOOSE_PAIR,
    _PAIR,
    BLOT,
    CREDENTIAL_HEADERS,
    KEY_HEADER,
    MAX_BODY,
    SECRET_FIELDS,
    SECRET_HEADER,
    TOKEN_HEADER,
    DeliveryEntry,
    Entry,
    EventEntry,
    RequestEntry,
    _blot_text,
    without_credentials,
    without_secrets,
    without_url_secrets,
)
from tests.support.bad_input import KEY, Rig, dump, furnish, modest

pytestmark = pytest.mark.anyio

SECRET = "5up3r5ecret"
RAW = SECRET.encode()


async def shown(rig: Rig, key: str = KEY) -> str:
    """The journal as it is shown, after a look at what is in memory: neither may hold the secret."""
    entries = list(rig.world(key).journal)
    assert entries
    for entry in entries:
        assert SECRET not in repr(entry), entry
    text = (await rig.ask("GET", "/_fakeseed/journal?limit=10000", key=key)).body.decode()
    assert SECRET not in text
    assert SECRET not in json.dumps(json.loads(text), ensure_ascii=False)
    return text


def task(**config: object) -> bytes:
    webhook = {"endpoint": "https://hook.example/done", **config}
    body = {
        "model": "seedance",
        "task_type": "seedance-2",
        "input": {"prompt": "a corgi"},
        "config": {"webhook_config": webhook},
    }
    return dump(body)


# -- headers ----------------------------------------------------------------------------------------------------------


def test_every_header_of_the_registry_is_blotted_out() -> None:
    assert {KEY_HEADER, TOKEN_HEADER, SECRET_HEADER} <= CREDENTIAL_HEADERS
    assert {"authorization", "proxy-authorization", "cookie", "set-cookie"} <= CREDENTIAL_HEADERS
    assert all(name == name.lower() for name in CREDENTIAL_HEADERS | SECRET_FIELDS)
    headers = [(name.encode(), RAW) for name in sorted(CREDENTIAL_HEADERS)]
    blotted = without_credentials([*headers, (b"accept", b"*/*")])
    assert blotted == (*((name, BLOT.encode()) for name, _ in headers), (b"accept", b"*/*"))


SERVING = ("model", "world", "store", "webhooks", "ingest", "piapi", "control", "server")
"""Packages through which a client's credentials pass."""


def test_no_other_module_spells_a_credential_header() -> None:
    """Whoever reads or sends one takes its name from the registry, and so what is taken is what is blotted out."""
    package = Path(fakeseed.__file__).parent
    serving = [path for name in SERVING for path in (package / name).rglob("*.py")]
    assert len(serving) > 20
    for path in serving:
        if path.name == "journal.py":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
                text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
                assert text.lower() not in CREDENTIAL_HEADERS, f"{path}:{node.lineno} spells {text}"


@pytest.mark.parametrize("carrier", ["x-api-key", "authorization", "x-token", "x-fakeseed-token", "cookie", "x-key"])
async def test_only_headers_of_the_registry_let_in(carrier: str) -> None:
    rig = Rig(options=Options(control_token=SECRET))
    secret = [(carrier.encode(), RAW)]
    vendor = await rig.ask("GET", "/account/info", b"", secret, key=None)
    control = await rig.ask("GET", "/_fakeseed/world", b"", secret)
    assert (vendor.status == 200) == (carrier == KEY_HEADER)
    assert (control.status == 200) == (carrier == TOKEN_HEADER)
    await rig.close()


@pytest.mark.parametrize("name", sorted(CREDENTIAL_HEADERS))
async def test_no_credential_header_is_kept(rig: Rig, name: str) -> None:
    secret = [(name.encode(), RAW), (name.encode(), b"Bearer " + RAW), (b"x-harmless", b"kept")]
    for method, path in (("GET", "/account/info"), ("GET", "/nowhere"), ("POST", "/api/v1/task"), ("PUT", "/x")):
        await rig.ask(method, path, b"", secret)
    text = await shown(rig)
    assert text.count('["x-harmless","kept"]') == 4
    assert BLOT in text


async def test_the_key_itself_is_not_kept(rig: Rig) -> None:
    await rig.ask("GET", "/account/info", key=SECRET)
    await rig.post("/api/v1/asset/upload", {"url": "https://cdn.example/a.jpg"}, key=SECRET)
    assert f'["x-api-key","{BLOT}"]' in await shown(rig, SECRET)


async def test_a_download_keeps_no_credential(rig: Rig) -> None:
    records = await furnish(rig)
    secret = [(b"x-api-key", RAW), (b"cookie", RAW)]
    reply = await rig.ask("GET", f"/ephemeral/{records.files[0]}?token={SECRET}", b"", secret, key=None)
    assert reply.status == 200
    assert "/ephemeral/" in await shown(rig)


# -- bodies -----------------------------------------------------------------------------------------------------------


async def test_a_webhooks_secret_is_kept_neither_of_the_request_nor_of_any_answer(rig: Rig) -> None:
    created = await rig.ask("POST", "/api/v1/task", task(secret=SECRET))
    assert created.json["data"]["config"]["webhook_config"]["secret"] == SECRET, "the client itself sees it"
    task_id = created.json["data"]["task_id"]
    await rig.control("POST", "clock/advance", {"by": "1m"})
    await rig.ask("GET", f"/api/v1/task/{task_id}")
    await rig.ask("GET", "/account/active_tasks")
    await rig.ask("GET", "/api/open/tasks/histories")
    await rig.ask("DELETE", f"/api/v1/task/{task_id}")
    carriers = {name for name, value in rig.sent[0].headers.items() if SECRET in value}
    assert carriers == {SECRET_HEADER}, "the receiver sees it too, in a header that is blotted out"
    text = await shown(rig)
    assert text.count(f'"secret":"{BLOT}"') >= 2
    assert '"endpoint":"https://hook.example/done"' in text


SECRET_BODIES = [
    '{"secret":"§"}',
    '{"Secret" : "§", "API_KEY": "§", "Password":"§"}',
    '{"secr\\u0065t":"§"}',
    '{"\\u0073\\u0065\\u0063\\u0072\\u0065\\u0074":"§"}',
    '{"\\u0053ECRET":"§"}',
    '{"a":[{"b":{"token":"§"}}]}',
    '{"secret":["§",{"x":"§"}]}',
    '{"secret":{"inner":"§"}}',
    '{"secret":"§","secret":""}',
    '{"secr\\u0065t":"§","secret":""}',
    '{"secret":"a\\"§"}',
    '{"x":"\\ud83d\\ude00","apikey":"§"}',
    '{"url":"https://x.example/?a=1&token=§#f"}',
    '{"url":"x?secret=§"}',
    '["https://x.example/?api_key=§"]',
    '{"config":{"webhook_config":{"endpoint":"https://h.example/?secret=§","secret":"§"}}}',
    "[" * 900 + '{"secr\\u0065t":"§"}' + "]" * 900,
]
BROKEN_BODIES = [
    '{"secret":"§"',
    '{"secret":"§',
    '{"secret":"a\\"§',
    '{"secret" "§"}',
    '{"secret":§}',
    '{"secret":["§"',
    '{"secret":{"inner" : "§"',
    '{"secret":"§\\\\',
    '{"secr\\u0065t":"§",}',
    '{"secret":"§"}\xff',
    '{"a":1e999999,"password":"§"} trailing',
    "{'secret': '§'}",
    "{secret: §}",
    "secret=§&a=1",
    "a=1&api_key=§",
    "token: §\n",
    '"secret":"§"',
    "[" * 5000 + '{"secret":"§"}',
    "\n".join(['--x\r\nContent-Disposition: form-data; name="secret"\r\n', '{"token":"§"}', "--x--"]),
    '--x\r\nContent-Disposition: form-data; name="secret"\r\n\r\n§\r\n--x--',
]
JSON_ENDPOINTS = ("/api/v1/task", "/api/v1/asset/upload", "/api/ephemeral_resource")


@pytest.mark.parametrize("body", SECRET_BODIES + BROKEN_BODIES, ids=range(len(SECRET_BODIES + BROKEN_BODIES)))
async def test_no_secret_of_a_body_is_kept_however_it_is_written(rig: Rig, body: str) -> None:
    sent = body.replace("§", SECRET).encode("latin-1")
    for path in JSON_ENDPOINTS:
        await rig.ask("POST", path, sent)
    await rig.ask("POST", "/api/v1/task", dump({"model": "seedance", "input": {"extra": body.replace("§", "")}}))
    assert BLOT in await shown(rig)


@pytest.mark.parametrize("body", SECRET_BODIES + BROKEN_BODIES, ids=range(len(SECRET_BODIES + BROKEN_BODIES)))
def test_blotting_leaves_no_secret(body: str) -> None:
    leaks = without_secrets(body.replace("§", SECRET).encode("latin-1"))
    assert RAW not in leaks
    assert BLOT.encode() in leaks


@pytest.mark.parametrize("body", SECRET_BODIES[:-1])
def test_what_was_json_stays_json(body: str) -> None:
    json.loads(without_secrets(body.replace("§", SECRET).encode()))


PLAIN = [
    b'{"prompt":"the secret garden, token: of love"}',
    b'{"secret":"","token":null}',
    b'{"secret": "" , "a" : 1.50}',
    b'{ "prompt" : "caf\\u00e9" }',
    b'{"keyframe":"x","monkey":1}',
    b"not json at all",
    b"",
]


@pytest.mark.parametrize("body", PLAIN)
def test_what_holds_no_secret_is_kept_as_it_came(body: bytes) -> None:
    assert without_secrets(body) == body


NAMES = st.sampled_from(sorted(SECRET_FIELDS)).flatmap(
    lambda name: st.lists(st.sampled_from(["plain", "upper", "escaped"]), min_size=len(name), max_size=len(name)).map(
        lambda encodings: "".join(written(char, encoding) for char, encoding in zip(name, encodings, strict=True))
    )
)


UNQUOTED = st.text(st.characters(exclude_characters="'\""), max_size=10)


def written(char: str, encoding: str) -> str:
    """A letter of a name as JSON may spell it."""
    return {"plain": char, "upper": char.upper(), "escaped": f"\\u{ord(char):04x}"}[encoding]


@modest
@given(NAMES, UNQUOTED, st.integers(0, 40), st.integers(0, 3), st.booleans())
def test_no_spelling_of_a_name_hides_its_value(name: str, text: str, depth: int, cut: int, padded: bool) -> None:
    value = json.dumps(text + SECRET + text)
    gap = " \n" if padded else ""
    body = '{"a":[' * depth + f'{{"{name}"{gap}:{gap}{value}}}' + "]}" * depth
    for sent in (body, body[: len(body) - cut], body + "}", body.replace('"', "'")):
        assert RAW not in without_secrets(sent.encode())


@modest
@given(st.binary(max_size=200))
def test_blotting_takes_any_bytes(body: bytes) -> None:
    assert len(without_secrets(body + b'"secret"' + body)) <= 10 * len(body) + 100


@pytest.mark.parametrize(
    "unit", [" ", '"', "secret", '"secret"', '"secret":', '"secret" ', "{", '"a":', "=", "\\", '\\"', "'"]
)
@pytest.mark.parametrize("head", ["", '"secret"', "secret=", '"secret":"'])
@pytest.mark.timeout(30)
def test_no_body_is_slow_to_blot(head: str, unit: str) -> None:
    """A pattern that reads a part again and again takes minutes here, and runs into the timeout."""
    body = (head + unit * (MAX_BODY * 4 // len(unit))).encode()
    for pairs in (_PAIR, _LOOSE_PAIR):
        _blot_text(body, pairs)
        _blot_text(body + b",", pairs)


async def test_a_long_body_is_cut_and_its_secrets_are_gone_before(rig: Rig) -> None:
    for filler in (MAX_BODY - 30, MAX_BODY - 12, MAX_BODY, 10 * MAX_BODY):
        body = b'{"a":"' + b"x" * filler + b'","secret":"' + RAW * 3 + b'"}'
        for sent in (body, body[:-1]):
            await rig.ask("POST", "/api/v1/task", sent)
    entries = [entry for entry in rig.world().journal if isinstance(entry, RequestEntry)]
    assert len(entries) == 8
    assert all(len(entry.body) <= MAX_BODY for entry in entries)
    assert all(SECRET[:5].encode() not in entry.body for entry in entries)
    await shown(rig)


# -- queries and URLs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["secret=§", "token=§&a=1", "a=1&TOKEN=§", "a=1;api_key=§", "?password=§", "apikey=§&apikey=§", "token=§%20§"],
)
async def test_no_secret_of_a_query_is_kept(rig: Rig, query: str) -> None:
    target = query.replace("§", SECRET)
    for path in ("/api/v1/asset/list", "/nowhere", "/api/v1/task/x", "/ephemeral/x"):
        await rig.ask("GET", f"{path}?{target}")
    assert BLOT in await shown(rig)
    assert SECRET not in without_url_secrets(f"https://x.example/?{target}")


def test_other_parts_of_a_query_are_kept() -> None:
    assert without_url_secrets("page=2&token=x&size=3") == f"page=2&token={BLOT}&size=3"
    assert without_url_secrets("https://h.example/a?tokens=2#x") == "https://h.example/a?tokens=2#x"
    assert (
        without_url_secrets("X-Amz-Signature=5a&access_token=6b&a=1")
        == f"X-Amz-Signature={BLOT}&access_token={BLOT}&a=1"
    )
    assert without_url_secrets("see https://me:hunter2@h.example/a@b") == f"see https://{BLOT}@h.example/a@b"
    assert without_url_secrets("mytoken=2&status=secret") == "mytoken=2&status=secret"


async def test_no_secret_of_a_source_url_is_kept(rig: Rig) -> None:
    url = f"https://cdn.example/a.jpg?token={SECRET}"
    answer = await rig.post("/api/v1/asset/upload", {"url": url, "name": f"https://x.example/?secret={SECRET}"})
    await rig.post("/api/v1/asset/upload", [url, {"url": f"ftp://cdn.example/?token={SECRET}"}])
    await rig.post(
        "/api/v1/task",
        {
            "model": "seedance",
            "task_type": "seedance-2-less-restriction",
            "input": {
                "prompt": f"see https://x.example/?token={SECRET}",
                "image_urls": [url],
                "auto_upload_assets": True,
            },
        },
    )
    await rig.ask("GET", f"/api/v1/asset/{answer.json['asset_id']}")
    await rig.control("POST", "clock/advance", {"by": "1m"})
    await rig.ask("GET", "/api/v1/asset/list")
    await rig.ask("GET", "/account/active_tasks")
    await shown(rig)


async def test_no_secret_of_a_webhooks_url_is_kept_of_its_deliveries(rig: Rig) -> None:
    endpoint = f"https://hook.example/done?id=7&token={SECRET}"
    await rig.ask("POST", "/api/v1/task", task(endpoint=endpoint, secret=SECRET))
    await rig.control("POST", "clock/advance", {"by": "1m"})
    assert str(rig.sent[0].url) == endpoint
    text = await shown(rig)
    delivered = [entry for entry in rig.world().journal if isinstance(entry, DeliveryEntry)]
    assert [entry.url for entry in delivered] == [f"https://hook.example/done?id=7&token={BLOT}"]
    assert delivered[0].status == 200
    assert '"kind":"delivery"' in text


# -- logs -------------------------------------------------------------------------------------------------------------


def ask_over_a_socket(url: str) -> None:
    """Requests with a secret in every part, good and bad ones."""
    host = url.removeprefix("http://")
    headers = {"X-API-Key": SECRET, "Cookie": SECRET, "Authorization": SECRET, "X-Fakeseed-Token": SECRET}
    for method, path, body in (
        ("GET", f"/api/v1/asset/list?token={SECRET}&page=1", b""),
        ("POST", "/api/v1/task", task(secret=SECRET)),
        ("POST", "/api/v1/task", b'{"secret":"' + RAW),
        ("GET", f"/_fakeseed/world?api_key={SECRET}", b""),
        ("GET", f"/nowhere?secret={SECRET}", b""),
    ):
        connection = http.client.HTTPConnection(host, timeout=10)
        connection.request(method, path, body, headers)
        assert connection.getresponse().status in (200, 400, 404)
        connection.close()


def test_no_log_holds_a_credential(caplog: pytest.LogCaptureFixture) -> None:
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed), caplog.at_level(logging.DEBUG):
        rig = Rig()
        with in_thread(rig.app) as url:
            ask_over_a_socket(url)
    assert SECRET not in printed.getvalue()
    assert SECRET not in "".join(record.getMessage() for record in caplog.records if record.name != "httpx")


def test_the_access_log_shows_requests_without_their_secrets() -> None:
    printed = io.StringIO()

    async def work() -> None:
        rig = Rig()
        listener = bind("127.0.0.1", 0)
        ready = asyncio.Event()
        server = Server(rig.app, ready.set, access_log=True)
        serving = asyncio.create_task(server.serve([listener]))
        await asyncio.wait_for(ready.wait(), 10)
        await asyncio.to_thread(ask_over_a_socket, f"http://127.0.0.1:{listener.getsockname()[1]}")
        server.should_exit = True
        await serving
        listener.close()

    with redirect_stdout(printed), redirect_stderr(printed):
        asyncio.run(work())
    log = printed.getvalue()
    assert SECRET not in log
    assert f"/api/v1/asset/list?token={BLOT}&page=1" in log
    assert log.count('"POST /api/v1/task HTTP/1.1"') == 2


# -- bounds -----------------------------------------------------------------------------------------------------------


async def test_the_journal_keeps_within_its_bytes_and_counts_what_it_dropped() -> None:
    rig = Rig(journal_bytes=20_000)
    for number in range(100):
        await rig.ask("GET", f"/nowhere/{number}")
    journal = (await rig.ask("GET", "/_fakeseed/journal")).json
    assert journal["dropped"] > 0
    assert journal["total"] == len(journal["entries"])
    assert journal["total"] + journal["dropped"] == 100
    assert [entry["path"] for entry in journal["entries"]][-1] == "/nowhere/99", "the newest are kept"
    sequence = [entry["seq"] for entry in journal["entries"]]
    assert sequence == list(range(101 - len(sequence), 101))
    await rig.close()


@pytest.mark.parametrize("part", ["path", "query", "header", "body", "answer", "webhook"])
async def test_whatever_part_of_a_request_is_large_counts(part: str) -> None:
    rig = Rig(journal_bytes=200_000)
    big = "x" * 20_000
    for _ in range(40):
        if part == "path":
            await rig.ask("GET", f"/{big}")
        elif part == "query":
            await rig.ask("GET", f"/x?{big}")
        elif part == "header":
            await rig.ask("GET", "/x", b"", [(b"x-big", big.encode())])
        elif part == "body":
            await rig.ask("POST", "/api/v1/task", big.encode())
        elif part == "answer":
            await rig.post("/api/v1/asset/upload", {"url": f"https://cdn.example/{big}.jpg"})
            await rig.ask("GET", "/api/v1/asset/list?size=2")
        else:
            await rig.ask("POST", "/api/v1/task", task(endpoint=f"https://hook.example/{big}"))
            await rig.control("POST", "clock/advance", {"by": "1m"})
    journal = rig.world().journal
    size = sum(len(msgspec.msgpack.encode(entry)) for entry in journal)
    assert size <= 200_000, "more is held than the limit says"
    assert journal.dropped > 0
    await rig.close()


TEXTS = st.text(max_size=300)
ENTRIES = st.one_of(
    st.builds(
        RequestEntry, st.just(0), st.just(0), TEXTS, TEXTS, TEXTS, st.just(()), st.binary(), st.just(200), st.binary()
    ),
    st.builds(EventEntry, st.just(0), st.just(0), *[TEXTS] * 6),
    st.builds(DeliveryEntry, st.just(0), st.just(0), TEXTS, st.just(1), TEXTS, st.just(200), TEXTS),
)


@modest
@given(st.lists(ENTRIES, max_size=40), st.integers(0, 10_000))
def test_a_journal_never_exceeds_its_limit(entries: list[Entry], limit: int) -> None:
    journal = MemoryJournal(limit, [])
    for count, entry in enumerate(entries, 1):
        journal.append(entry)
        assert sum(kept.size for kept in journal) <= limit
        assert len(journal) + journal.dropped == count
    assert list(journal) == entries[len(entries) - len(journal) :]


async def test_a_journal_too_small_for_one_entry_drops_them_all() -> None:
    rig = Rig(journal_bytes=10)
    for _ in range(3):
        assert (await rig.ask("GET", "/account/info")).status == 200
    journal = (await rig.ask("GET", "/_fakeseed/journal")).json
    assert (journal["total"], journal["dropped"], journal["entries"]) == (0, 3, [])
    await rig.close()


# -- pages ------------------------------------------------------------------------------------------------------------


async def test_the_journal_is_read_on_from_a_number_and_by_kind(rig: Rig) -> None:
    await furnish(rig)
    await rig.ask("POST", "/api/v1/task", task())
    await rig.control("POST", "clock/advance", {"by": "1m"})
    whole = (await rig.ask("GET", "/_fakeseed/journal")).json["entries"]
    assert [entry["seq"] for entry in whole] == list(range(1, len(whole) + 1))
    assert {entry["kind"] for entry in whole} == {"request", "event", "delivery"}
    for kind in ("request", "event", "delivery"):
        entries = (await rig.ask("GET", f"/_fakeseed/journal?kind={kind}")).json["entries"]
        assert entries == [entry for entry in whole if entry["kind"] == kind]
    read: list[object] = []
    last_seq = 0
    while page := (await rig.ask("GET", f"/_fakeseed/journal?after={last_seq}&limit=3")).json["entries"]:
        read += page
        last_seq = page[-1]["seq"]
    assert read == whole


async def test_control_calls_are_not_written_down(rig: Rig) -> None:
    await rig.control("PATCH", "world", {"points": 5})
    await rig.control("GET", "journal")
    assert (await rig.control("GET", "journal"))["total"] == 0


async def test_what_is_no_json_is_shown_as_text(rig: Rig) -> None:
    for body, body_shown in (
        (b"{broken", "{broken"),
        (b'{"a": 1}', {"a": 1}),
        (b"\xff\x00", "\ufffd\x00"),
        (b"", None),
    ):
        await rig.ask("POST", "/api/v1/task", body)
        assert (await rig.control("GET", "journal"))["entries"][-1]["body"] == body_shown


@pytest.mark.anyio
async def test_a_webhook_endpoint_with_a_password_works_and_is_shown_without_it(rig: Rig) -> None:
    endpoint = "https://me:hunter2@hooks.example/x?access_token=hunter2&X-Amz-Signature=hunter2&n=1"
    task = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}}
    created = await rig.post("/api/v1/task", {**task, "config": {"webhook_config": {"endpoint": endpoint}}})
    assert created.status == 200
    await rig.control("POST", "clock/advance", {"by": "1h"})
    assert [request.headers["authorization"][:6] for request in rig.sent] == ["Basic "]
    assert rig.sent[0].url.params["access_token"] == "hunter2"
    for path in ("journal", "snapshot", "timeline", "world"):
        text = (await rig.ask("GET", f"/_fakeseed/{path}")).body
        assert b"hunter2" not in text, path
        assert path != "journal" or b"hooks.example/x" in text
