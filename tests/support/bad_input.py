"""What the tests of bad input share: an emulator driven one level below HTTP, its whole state as one value, and
requests that no client should send."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Iterable
from copy import deepcopy
from typing import Any, NamedTuple, TypeVar
from urllib.parse import unquote

import httpx
import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from fakeseed.model.times import parse_instant
from fakeseed.server.app import App, Options
from fakeseed.store.memory import MemoryStore
from fakeseed.store.memory_tables import MemoryTables
from fakeseed.world.keys import Keys
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings

T = TypeVar("T")
Headers = list[tuple[bytes, bytes]]

KEY = "bad-input-key"
START = parse_instant("2026-06-07T15:41:23Z")
HOST = b"127.0.0.1:8787"
MILLISECOND = 1_000_000
JOURNAL_BYTES = 8 * 1024 * 1024

modest = settings(max_examples=60, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow])
"""How hard each property is tried."""


class Reply(NamedTuple):
    """One answer."""

    status: int
    headers: Headers
    body: bytes

    def header(self, name: str) -> str | None:
        """The value of a header, None when it is absent."""
        return next((value.decode("latin-1") for key, value in self.headers if key == name.encode()), None)

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


class Rig:
    """An emulator in this process, spoken to as an HTTP server speaks to it, and open for inspection."""

    def __init__(self, *, options: Options | None = None, keys: Keys | None = None, **chosen: Any) -> None:
        self.sent: list[httpx.Request] = []
        system = itertools.count(START, MILLISECOND)
        self.store = MemoryStore(chosen.get("journal_bytes", JOURNAL_BYTES))
        self.app = App(
            Settings(**{"freeze_at": START, **chosen}),
            keys,
            options,
            store=self.store,
            system_time=lambda: next(system),
            webhook_transport=lambda: httpx.MockTransport(self._receive_webhook),
        )

    def _receive_webhook(self, request: httpx.Request) -> httpx.Response:
        self.sent.append(request)
        return httpx.Response(200)

    def world(self, key: str = KEY) -> MemoryTables:
        """All that a key's world holds."""
        return self.store._worlds[name_of(key)]

    def fingerprint(self, key: str = KEY) -> str:
        """Everything in a world but its journal, as one text to compare."""
        world = self.world(key)
        account = msgspec.structs.replace(world.account, journal_counter=0)
        timeline = world.timeline.upcoming(10**6)
        parts = (account, world.assets._all, world.tasks._all, world.uploads._all, world.movements._all, timeline)
        return "\n".join(map(repr, parts))

    async def ask(
        self,
        method: str,
        target: str | bytes,
        body: bytes | Iterable[bytes] = b"",
        headers: Iterable[tuple[bytes, bytes]] = (),
        *,
        key: str | None = KEY,
        host: bytes = HOST,
        leaves: bool = False,
    ) -> Reply:
        """One request. ``target`` as in the request line; ``leaves``: the client goes away before the body's end."""
        target = target.encode() if isinstance(target, str) else target
        path, _, query = target.partition(b"?")
        own: Headers = [(b"host", host)] if host else []
        if key is not None:
            own.append((b"x-api-key", key.encode("latin-1")))
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "scheme": "http",
            "server": ("127.0.0.1", 8787),
            "client": ("127.0.0.1", 50000),
            "root_path": "",
            "method": method,
            "path": unquote(path.decode("ascii")) if b"%" in path else path.decode("ascii"),
            "raw_path": path,
            "query_string": query,
            "headers": [*own, *headers],
            "state": {},
        }
        chunks = iter([body] if isinstance(body, bytes) else body)
        end = iter([{"type": "http.request", "body": b"", "more_body": False}])
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            chunk = next(chunks, None)
            if chunk is not None:
                return {"type": "http.request", "body": chunk, "more_body": True}
            if leaves:
                return {"type": "http.disconnect"}
            if (last := next(end, None)) is not None:
                return last
            await asyncio.Event().wait()  # as a server: nothing more comes from a client that waits for its answer
            raise AssertionError("unreachable")

        async def send(message: Any) -> None:
            sent.append(message)

        await self.app(scope, receive, send)
        return _reply(method, sent) if sent else Reply(0, [], b"")

    async def control(self, method: str, path: str, order: object = None, key: str = KEY) -> Any:
        """A control call that must succeed."""
        body = b"" if order is None else json.dumps(order).encode()
        reply = await self.ask(method, f"/_fakeseed/{path}", body, key=key)
        assert reply.status == 200, reply
        return reply.json

    async def post(self, path: str, value: object, key: str = KEY) -> Reply:
        """A vendor call with a JSON body."""
        return await self.ask("POST", path, json.dumps(value).encode(), key=key)

    async def close(self) -> None:
        """Stop the emulator."""
        await self.app.close()


def _reply(method: str, sent: list[dict[str, Any]]) -> Reply:
    """What was sent, held against the rules of HTTP."""
    start, *remainder = sent
    assert start["type"] == "http.response.start", start
    assert all(message["type"] == "http.response.body" for message in remainder), remainder
    assert not remainder[-1].get("more_body")
    body = b"".join(message.get("body", b"") for message in remainder)
    headers: Headers = [(bytes(name), bytes(value)) for name, value in start["headers"]]
    names = [name for name, _ in headers]
    assert all(name == name.lower() for name in names)
    assert all(b"\n" not in value and b"\r" not in value for _, value in headers), "a header was split"
    reply = Reply(start["status"], headers, body)
    length = reply.header("content-length")
    if start["status"] == 204:
        assert length is None
        assert not body
    elif method != "HEAD" and (length is not None or len(remainder) == 1):  # what comes in pieces says no length
        assert names.count(b"content-length") == 1, headers
        assert length == str(len(body))
    return reply


def with_rig(action: Callable[[Rig], Awaitable[T]], **chosen: Any) -> T:
    """Do something with an emulator of its own, from a test that is not async."""

    async def whole() -> T:
        rig = Rig(**chosen)
        try:
            return await action(rig)
        finally:
            await rig.close()

    return asyncio.run(whole())


# -- what may come back -----------------------------------------------------------------------------------------------

UNKNOWN_PAGE = b"404 page not found"


def check_reply(reply: Reply, path: str) -> None:
    """Whatever was asked: no 5xx, and every refusal in its surface's form."""
    assert 200 <= reply.status < 500, reply
    if path.startswith("/_fakeseed/"):
        assert reply.header("content-type") == "application/json", reply
        if reply.status >= 400 and reply.body:
            assert isinstance(reply.json["error"], str)
            assert reply.json["error"]
    elif reply.status >= 400:
        _check_vendor_refusal(reply)


def _check_vendor_refusal(reply: Reply) -> None:
    if reply.status == 416:  # an answer about bytes, not about an API call
        assert reply.body == b""
        return
    if reply.status == 404 and reply.body == UNKNOWN_PAGE:
        assert reply.header("content-type") == "text/plain; charset=utf-8"
        return
    assert reply.header("content-type") == "application/json; charset=utf-8"
    body = reply.json
    if "results" in body:  # a batch of which every entry was refused
        assert (reply.status, body["success"]) == (400, 0)
        assert body["failed"] == body["total"] == len(body["results"])
        assert all(entry["error"] for entry in body["results"])
        return
    assert set(body) - {"data"} == {"code", "message"}  # refused uploads have no ``data`` (upload.plan-gate and others)
    assert body["code"] == reply.status
    assert isinstance(body["message"], str)
    assert body["message"]
    assert len(reply.body) < 100_000, "a refusal grows with the request"


def check_points(rig: Rig, key: str = KEY) -> None:
    """Points are conserved, and the movements tell of every one of them."""
    world = rig.world(key)
    points = world.account.balances
    assert points.granted == points.available + points.frozen + points.consumed
    assert min(points.available, points.frozen, points.consumed) >= 0
    moved = dict.fromkeys(("grant", "freeze", "consume", "restore"), 0)
    for movement in world.movements.page(0, 10**6):
        moved[movement.kind] += movement.points
    assert moved["grant"] == points.granted
    assert moved["consume"] == points.consumed
    assert moved["freeze"] - moved["consume"] - moved["restore"] == points.frozen
    assert points.frozen == sum(task.frozen for task in world.tasks._all.values())


async def ask_and_check(rig: Rig, method: str, target: str | bytes, *arguments: Any, **keywords: Any) -> Reply:
    """A request of any kind: the answer has its form, and a refusal leaves the world as it was.

    On a clock that runs, or that polls move, things happen by themselves; there only the form is looked at.
    """
    previous, still = rig.fingerprint(), rig.world().account.clock.mode == "frozen"
    reply = await rig.ask(method, target, *arguments, **keywords)
    raw = target if isinstance(target, bytes) else target.encode()
    check_reply(reply, unquote(raw.partition(b"?")[0].decode("ascii")))
    if reply.status >= 400 and still:
        assert rig.fingerprint() == previous, "a refused request changed the world"
    check_points(rig)
    return reply


async def check_life(rig: Rig) -> None:
    """After whatever came: time passes, and every page of the world can be shown."""
    await rig.control("POST", "clock/resume", {"rate": 1})
    await rig.control("POST", "clock/freeze")
    await rig.control("PATCH", "world", {"plan": "premium"})
    await rig.control("POST", "clock/advance", {"by": "2h"})
    for page in ("world", "clock", "timeline", "ledger", "journal?limit=10000"):
        await rig.control("GET", page)
    for path in ("/api/v1/asset/list", "/account/info", "/account/active_tasks", "/api/open/tasks/histories"):
        reply = await rig.ask("GET", path)
        assert reply.status == 200, reply
        assert reply.json
    for task_id in rig.world().tasks._all:
        assert (await rig.ask("GET", f"/api/v1/task/{task_id}")).status == 200
    check_points(rig)


# -- a world with one of everything -----------------------------------------------------------------------------------


class Known(NamedTuple):
    """Ids of records that there are, and one of each kind that there is not."""

    assets: tuple[str, ...]
    tasks: tuple[str, ...]
    files: tuple[str, ...]


async def furnish(rig: Rig) -> Known:
    """Make a world with an asset and a task in every state, and a file."""
    await rig.control("PATCH", "world", {"concurrency": 50})
    uploads = [{"url": f"https://cdn.example/{name}.jpg"} for name in ("active", "failed", "processing")]
    created = (await rig.post("/api/v1/asset/upload", uploads)).json["results"]
    assets = tuple(entry["asset_id"] for entry in created)
    tasks = [await _task(rig) for _ in range(3)]
    await rig.control("POST", f"tasks/{tasks[0]}/complete")
    await rig.control("POST", f"assets/{assets[0]}/activate")
    await rig.control("POST", f"assets/{assets[1]}/fail")
    await rig.control("POST", "clock/advance", {"by": "600ms"})
    await rig.control("POST", f"tasks/{tasks[1]}/fail")
    tasks.append(await _task(rig))
    file = await rig.post("/api/ephemeral_resource", {"file_name": "a.png", "file_data": "aGVsbG8gd29ybGQ="})
    assert [rig.world().tasks._all[task].status for task in tasks] == ["completed", "failed", "processing", "pending"]
    assert [rig.world().assets._all[asset].status for asset in assets] == ["Active", "Failed", "Processing"]
    return Known(assets, tuple(tasks), (file.json["data"]["url"].rpartition("/")[2],))


async def _task(rig: Rig) -> str:
    reply = await rig.post("/api/v1/task", {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a"}})
    return str(reply.json["data"]["task_id"])


VENDOR = (
    ("POST", "/api/v1/task"),
    ("GET", "/api/v1/task/{task}"),
    ("DELETE", "/api/v1/task/{task}"),
    ("POST", "/api/v1/asset/upload"),
    ("GET", "/api/v1/asset/list"),
    ("GET", "/api/v1/asset/{asset}"),
    ("DELETE", "/api/v1/asset/{asset}"),
    ("GET", "/account/info"),
    ("GET", "/account/active_tasks"),
    ("GET", "/api/open/tasks/histories"),
    ("POST", "/api/ephemeral_resource"),
    ("GET", "/ephemeral/{file}"),
)
CONTROL = (
    ("GET", "/_fakeseed/health"),
    ("GET", "/_fakeseed/world"),
    ("PATCH", "/_fakeseed/world"),
    ("POST", "/_fakeseed/reset"),
    ("GET", "/_fakeseed/clock"),
    ("POST", "/_fakeseed/clock/freeze"),
    ("POST", "/_fakeseed/clock/resume"),
    ("POST", "/_fakeseed/clock/auto"),
    ("POST", "/_fakeseed/clock/advance"),
    ("GET", "/_fakeseed/timeline"),
    ("GET", "/_fakeseed/journal"),
    ("GET", "/_fakeseed/ledger"),
    ("GET", "/_fakeseed/explain/9"),
    ("POST", "/_fakeseed/wait"),
    ("GET", "/_fakeseed/snapshot"),
    ("PUT", "/_fakeseed/snapshot"),
    ("POST", "/_fakeseed/tasks/{task}/complete"),
    ("POST", "/_fakeseed/tasks/{task}/fail"),
    ("POST", "/_fakeseed/tasks/{task}/hold"),
    ("POST", "/_fakeseed/tasks/{task}/release"),
    ("POST", "/_fakeseed/assets/{asset}/activate"),
    ("POST", "/_fakeseed/assets/{asset}/fail"),
)
ENDPOINTS = (*VENDOR, *CONTROL)
READS_BODY = tuple(
    (method, path)
    for method, path in ENDPOINTS
    if method in ("POST", "PATCH") and not path.endswith(("reset", "activate", "wait"))
)
"""Endpoints that look at the body of a request; waits, which take their time, have tests of their own."""
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW")


def filled(path: str, ids: Known, pick: int = 0) -> str:
    """A path with ids of records that there are."""
    return path.format(
        task=ids.tasks[pick % len(ids.tasks)],
        asset=ids.assets[pick % len(ids.assets)],
        file=ids.files[pick % len(ids.files)],
    )


# -- JSON that Python's own writer would not write --------------------------------------------------------------------


class Raw(NamedTuple):
    """A piece of text that stands in JSON as it is."""

    text: str


def dump(value: object) -> bytes:
    """JSON, with raw pieces as they are."""
    if isinstance(value, Raw):
        return value.text.encode("utf-8", "surrogatepass")
    if isinstance(value, dict):
        return b"{" + b",".join(dump(str(name)) + b":" + dump(inner) for name, inner in value.items()) + b"}"
    if isinstance(value, list):
        return b"[" + b",".join(map(dump, value)) + b"]"
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


DIGITS_300 = "17" + "0" * 298
PIECES = (
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "1e-400",
    "1e308",
    "1e299",
    "5e-324",
    "-0",
    "-0.0",
    "01",
    "0x10",
    "1.",
    "9" * 20,
    "-" + "9" * 20,
    "9" * 400,
    "9" * 5001,
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\u0000"',
    '"\\x41"',
    '"\ud800"',
    '"\x00"',
    '"\n"',
    "'text'",
    "undefined",
    "[" * 100,
    "[" * 100_000,
    "[" * 500 + "]" * 500,
    "[" * 100_000 + "]" * 100_000,
    '{"a":' * 900 + "1" + "}" * 900,
    '{"a":1,"a":2}',
    "[1,]",
    "",
)
"""Values that are not JSON, hardly JSON, or JSON that most readers trip over."""

WORDS = (
    "",
    " ",
    "\x00",
    "..",
    "auto",
    "next",
    "seedance",
    "seedance-2",
    "seedance-2.5-less-restriction",
    "remove-watermark",
    "omni_reference",
    "first_last_frames",
    "1080p",
    "9:16",
    "0:0",
    "Image",
    "video",
    "free",
    "premium",
    "enterprise",
    "instant",
    "realistic",
    "live-2026-08",
    "legacy-lr",
    "9999-12-31T23:59:59.999999999Z",
    "1969-12-31T23:59:59Z",
    "0000-00-00T00:00:00Z",
    "2026-06-07T15:41:23+99:99",
    "-1s",
    "1e5",
    "1ms" * 50,
    "9" * 320 + "d",
    DIGITS_300 + "s",
    (DIGITS_300 + "s") * 3,
    "asset://",
    "asset://nothing",
    "asset:///../..",
    "data:",
    "data:image/png;base64,AAAA",
    "DATA:,",
    "http://",
    "http://[",
    "http://[::1]:99999/",
    "http://a:b@c:d/",
    "//host/path.jpg",
    "https://cdn.example/a.jpg",
    "https://cdn.example/a.mp4",
    "https://cdn.example/a.mp3?x=1#y",
    "https://cdn.example/" + "a" * 10_000 + ".png",
    "https://ex\u00e4mple.example/\u96ea.jpg",
    "https://cdn.example/fs-face-fs-stuck-ingest.jpg",
    f"https://cdn.example/fs-size-{DIGITS_300}{DIGITS_300}x1.jpg",
    f"https://cdn.example/fs-size-1x{DIGITS_300}{DIGITS_300}.jpg",
    "https://cdn.example/fs-size-0x0.jpg",
    "https://cdn.example/fs-size-x.jpg",
    f"https://cdn.example/fs-length-{DIGITS_300}s{DIGITS_300}s.mp4",
    "https://cdn.example/fs-length-0s.mp4",
    f"https://cdn.example/fs-takes-{DIGITS_300}s{DIGITS_300}s{DIGITS_300}s.jpg",
    f"fs-takes-{DIGITS_300}s",
    f"fs-length-{DIGITS_300}s{DIGITS_300}s{DIGITS_300}s",
    "fs-takes-",
    "fs-length-x fs-size-9x fs-nothing fs-",
    "fs-upstream-503 fs-stuck-task",
    "{url} {0} %s %n {__class__}",
    "@image99 @video1 @Audio 0",
    "x" * 4001,
    "\U0001f600" * 50,
    "\u202e\ufeff\u0000\uffff",
)
"""Texts that mean something somewhere, rightly or wrongly."""

ODD_VALUES: tuple[object, ...] = (
    *WORDS,
    *map(Raw, PIECES),
    *(None, True, False, 0, -1, 0.5, 10**18, [], {}, [None], [[]], [1], {"a": 1}, {"": []}),
    ["x"] * 10_000,
    {f"k{number}": number for number in range(2000)},
)
"""What is put in every place of every body."""

TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=30))
LEAVES = st.one_of(
    TEXTS,
    st.sampled_from(PIECES).map(Raw),
    st.none(),
    st.booleans(),
    st.integers(-2, 20),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
)
VALUES: st.SearchStrategy[object] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=8,
)
"""Any JSON, and worse."""

VALID_BODIES: dict[str, tuple[dict[str, Any], ...]] = {
    "/api/v1/task": (
        {
            "model": "seedance",
            "task_type": "seedance-2-less-restriction",
            "input": {
                "prompt": "@image1 walks",
                "mode": "omni_reference",
                "duration": 5,
                "aspect_ratio": "16:9",
                "resolution": "720p",
                "image_urls": ["https://cdn.example/a.jpg", "https://cdn.example/b.jpg"],
                "video_urls": ["https://cdn.example/a.mp4"],
                "audio_urls": ["https://cdn.example/a.mp3"],
                "audio": True,
                "auto_upload_assets": True,
                "asset_retention_hours": 5,
                "draft_task_id": "x",
            },
            "config": {
                "service_mode": "public",
                "webhook_config": {"endpoint": "https://hook.example/done", "secret": "s3cret"},
            },
        },
        {
            "model": "seedance",
            "task_type": "seedance-2.5",
            "input": {
                "prompt": "a corgi",
                "mode": "first_last_frames",
                "image_urls": ["https://cdn.example/fs-size-1080x1920.jpg"],
                "parent_task_id": "y",
                "omni_reference_task_type": "reference",
            },
        },
        {
            "model": "seedance",
            "task_type": "remove-watermark",
            "input": {"video_url": "https://cdn.example/fs-length-7s.mp4"},
        },
    ),
    "/api/v1/asset/upload": (
        {"url": "https://cdn.example/a.jpg", "asset_type": "Image", "name": "main"},
        {"assets": [{"url": "https://cdn.example/a.jpg", "name": "one"}, "https://cdn.example/b.mp4"]},
        {"urls": ["https://cdn.example/fs-length-7s.mp4"]},
    ),
    "/api/ephemeral_resource": ({"file_name": "a.png", "file_data": "aGVsbG8="},),
    "/_fakeseed/world": (
        {"plan": "developer", "points": 5, "profile": "current", "pace": "fast", "seed": "7", "concurrency": 3},
    ),
    "/_fakeseed/clock/freeze": ({"at": "2026-06-08T00:00:00Z"},),
    "/_fakeseed/clock/resume": ({"rate": 2.5},),
    "/_fakeseed/clock/auto": ({"step": "5s"}, {"step": 5}),
    "/_fakeseed/clock/advance": ({"by": "3d2h"}, {"by": 5}, {"to": "2026-06-08T00:00:00Z"}, {"to": "next"}),
    "/_fakeseed/tasks/{task}/fail": ({"cause": "refused-person"},),
    "/_fakeseed/assets/{asset}/fail": ({"code": "ContentRestricted"},),
}
"""Bodies that are taken, by path."""


def places(value: object) -> list[tuple[Any, ...]]:
    """The way to every value inside a value, itself included."""
    paths: list[tuple[Any, ...]] = [()]
    inner: Iterable[tuple[Any, Any]] = ()
    if isinstance(value, dict):
        inner = value.items()
    elif isinstance(value, list):
        inner = enumerate(value)
    return paths + [(name, *remainder) for name, item in inner for remainder in places(item)]


def replaced(value: Any, place: tuple[Any, ...], new: object) -> Any:
    """A copy with one value inside exchanged."""
    if not place:
        return new
    result = deepcopy(value)
    holder = result
    for name in place[:-1]:
        holder = holder[name]
    holder[place[-1]] = new
    return result


@st.composite
def mutants(draw: st.DrawFn, path: str) -> bytes:
    """A body that is taken on this path, with one to three values exchanged."""
    body: Any = draw(st.sampled_from(VALID_BODIES[path]))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(body)))
        body = replaced(body, place, draw(st.one_of(st.sampled_from(ODD_VALUES), VALUES)))
    return dump(body)


@st.composite
def torn(draw: st.DrawFn, path: str) -> bytes:
    """A body that is taken on this path, with bytes cut, changed or put in."""
    body = dump(draw(st.sampled_from(VALID_BODIES[path])))
    start = draw(st.integers(0, len(body)))
    end = draw(st.integers(start, len(body)))
    return body[:start] + draw(st.binary(max_size=8)) + body[end:]


def bodies(path: str) -> st.SearchStrategy[bytes]:
    """Bodies of every quality for a path."""
    anything = st.one_of(VALUES.map(dump), st.binary(max_size=40), st.sampled_from(PIECES).map(lambda p: dump(Raw(p))))
    return st.one_of(mutants(path), torn(path), anything) if path in VALID_BODIES else anything
