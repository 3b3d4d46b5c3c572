"""Snapshots: a world comes back as it was, with the same future; what cannot be a world changes nothing."""

import asyncio
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakeseed.control import snapshots
from fakeseed.model.times import SECOND, parse_instant
from fakeseed.server.app import App
from fakeseed.world.settings import Settings
from tests.conftest import START, Api
from tests.outbound.test_webhooks import HOOK, Receiver
from tests.support.bad_input import ODD_VALUES, places, replaced
from tests.world.test_determinism import story

LR = "seedance-2-less-restriction"
anyio = pytest.mark.anyio

# -- random worlds ----------------------------------------------------------------------------------------------------

WORDS = st.sampled_from(["", "fs-refuse-copyright", "fs-internal-error", "fs-takes-90s", "fs-stuck-task", "token=abc"])
URLS = st.sampled_from(["a.png", "fs-fail-download-failed.png", "fs-slow-ingest.jpg", "fs-length-7s.mp4", "c.txt"])
FAULTS: list[dict[str, Any]] = [
    {"fault": "webhook-twice", "on": "POST task", "always": True, "gap": "1m"},
    {"fault": "status", "on": "GET assets", "status": 429, "after": "1m", "for": "2h"},
    {"fault": "webhook-refused", "on": "POST task", "nth": [1, 3], "attempts": 2},
    {"fault": "stuck", "on": "POST task", "nth": 2},
    {"fault": "asset-revoked", "on": "POST asset", "always": True},
    {"fault": "output-expired-early", "on": "POST task", "always": True},
    {"fault": "clock-skew", "on": "any", "probability": 0.5},
]

STEPS = st.one_of(
    st.tuples(st.just("upload"), URLS),
    st.tuples(st.just("task"), WORDS),
    st.tuples(st.just("raw"), URLS),
    st.tuples(st.just("use"), st.integers(0, 5)),
    st.tuples(st.just("cancel"), st.integers(0, 5)),
    st.tuples(st.just("hold"), st.integers(0, 5)),
    st.tuples(st.just("delete"), st.integers(0, 5)),
    st.tuples(st.just("file"), st.just(0)),
    st.tuples(st.just("points"), st.integers(0, 10**8)),
    st.tuples(st.just("arm"), st.sampled_from(FAULTS)),
    st.tuples(st.just("advance"), st.sampled_from(["300ms", "2s", "1m", "3h", "25h", "4d"])),
)

STORIES = st.tuples(st.just("story"), st.sampled_from(["fail", "hold", "release", "complete"]))
"""Of the past alone: a scenario makes the world anew as its server makes worlds."""


class Player:
    """Plays steps against one emulator, keeping every answer's bytes."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.answers: list[bytes] = []
        self.assets: list[str] = ["asset-20260607154123-nobody"]
        self.tasks: list[str] = ["nothing"]

    async def play(self, steps: list[tuple[str, Any]]) -> None:
        for name, chosen in steps:
            await getattr(self, name)(chosen)

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        answer = await self.api.http.request(method, path, json=body)
        assert answer.status_code < 500, answer.text
        self.answers.append(answer.content)
        return answer.json() if answer.content else {}

    async def upload(self, name: str) -> None:
        found = await self.ask("POST", "/api/v1/asset/upload", {"url": f"https://cdn.example/{name}"})
        self.assets += [found["asset_id"]] if "asset_id" in found else []

    async def create(self, task_type: str, **fields: Any) -> None:
        body = {"model": "seedance", "task_type": task_type, "input": fields, "config": HOOK}
        found = await self.ask("POST", "/api/v1/task", body)
        self.tasks += [found["data"]["task_id"]] if found["code"] == 200 else []

    async def task(self, words: str) -> None:
        await self.create("seedance-2", prompt=f"a corgi {words}")

    async def raw(self, name: str) -> None:
        field = "video_urls" if name.endswith("mp4") else "image_urls"
        await self.create(LR, prompt="a", auto_upload_assets=True, **{field: [f"https://cdn.example/{name}?token=x"]})

    async def use(self, place: int) -> None:
        await self.create(LR, prompt="@image1", image_urls=[f"asset://{self.assets[place % len(self.assets)]}"])

    async def cancel(self, place: int) -> None:
        await self.ask("DELETE", f"/api/v1/task/{self.tasks[place % len(self.tasks)]}")

    async def hold(self, place: int) -> None:
        await self.ask("POST", f"/_fakeseed/tasks/{self.tasks[place % len(self.tasks)]}/hold")

    async def delete(self, place: int) -> None:
        await self.ask("DELETE", f"/api/v1/asset/{self.assets[place % len(self.assets)]}")

    async def arm(self, order: dict[str, Any]) -> None:
        await self.ask("POST", "/_fakeseed/faults", order)

    async def story(self, verb: str) -> None:
        timeline = [{"at": 1, verb: "task 1"}, {"at": "2h", "set": {"points": 5}}, {"at": "1m", "revoke": "hero"}]
        setup = {"world": {"assets": [{"as": "hero"}]}, "faults": FAULTS[:2], "timeline": timeline}
        await self.ask("POST", "/_fakeseed/scenario", {"setup": setup})

    async def file(self, _: int) -> None:
        await self.ask("POST", "/api/ephemeral_resource", {"file_name": "a.png", "file_data": "aGVsbG8="})

    async def points(self, points: int) -> None:
        await self.ask("PATCH", "/_fakeseed/world", {"points": points})

    async def advance(self, by: str) -> None:
        await self.ask("POST", "/_fakeseed/clock/advance", {"by": by})

    async def shown(self) -> list[bytes]:
        """Every page of the world, and every answer so far."""
        for path in ("world", "ledger", "timeline", "journal?limit=10000", "snapshot?secrets=1"):
            await self.ask("GET", f"/_fakeseed/{path}")
        for path in ("/api/v1/asset/list", "/account/info", "/account/active_tasks", "/api/open/tasks/histories"):
            await self.ask("GET", path)
        return self.answers


def receiver(request: httpx.Request) -> httpx.Response:
    """Answers well or not, by what it is told alone."""
    return httpx.Response(503 if len(request.content) % 2 else 200)


def player(key: str = "test-key", **more: Any) -> Player:
    settings = Settings(**{"freeze_at": parse_instant(START), "seed": "7", "concurrency": 6, **more})
    app = App(settings, webhook_transport=lambda: httpx.MockTransport(receiver))
    return Player(Api(app, key))


@given(past=st.lists(STEPS | STORIES, max_size=12), future=st.lists(STEPS, max_size=8))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_restored_world_has_the_same_past_and_the_same_future(past: Any, future: Any) -> None:
    async def work() -> None:
        original, restored = player(), player(seed="8", concurrency=1)
        await original.play(past)
        saved = (await original.api.http.get("/_fakeseed/snapshot?secrets=1")).content
        answer = await restored.api.http.put("/_fakeseed/snapshot", content=saved)
        assert answer.status_code == 200, answer.text
        assert (await restored.api.http.get("/_fakeseed/snapshot?secrets=1")).content == saved
        restored.assets, restored.tasks, original.answers = [*original.assets], [*original.tasks], []
        for each in (original, restored):
            await each.play([*future, ("advance", "1h"), ("advance", "20d")])
        assert await original.shown() == await restored.shown()
        for each in (original, restored):
            await each.api.http.aclose()
            await each.api.app.close()

    asyncio.run(work())


@given(past=st.lists(STEPS | STORIES, max_size=12))
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
def test_a_blotted_snapshot_goes_back_where_it_came_from_without_loss(past: Any) -> None:
    async def work() -> None:
        original = player()
        await original.play(past)
        whole = (await original.api.http.get("/_fakeseed/snapshot?secrets=1")).content
        blotted = (await original.api.http.get("/_fakeseed/snapshot")).content
        answer = await original.api.http.put("/_fakeseed/snapshot", content=blotted)
        assert (answer.status_code, answer.json()["notes"]) == (200, []), answer.text
        assert (await original.api.http.get("/_fakeseed/snapshot?secrets=1")).content == whole
        await original.api.http.aclose()
        await original.api.app.close()

    asyncio.run(work())


# -- secrets, keys, clocks --------------------------------------------------------------------------------------------


async def saved(api: Api, query: str = "") -> Any:
    return await api.control("GET", f"snapshot{query}")


@anyio
async def test_a_story_goes_on_elsewhere(emulate: Callable[..., Api]) -> None:
    source, target = emulate(seed="7"), emulate(seed="8")
    await story(source)
    await target.control("PUT", "snapshot", await saved(source))
    assert await target.control("GET", "journal?limit=10000") == await source.control("GET", "journal?limit=10000")


@anyio
async def test_credentials_stay_out(emulate: Callable[..., Api]) -> None:
    hooked = Receiver()
    api = emulate("very-secret-key", webhooks=hooked)
    hook = {"webhook_config": {"endpoint": "https://app.example/hook?token=qwertz", "secret": "hush-hush"}}
    await api.create(prompt="see https://x.example/?token=zuiop", config=hook)
    await api.upload("https://cdn.example/a.png?token=asdfgh")
    text = json.dumps(await saved(api))
    for secret in ("very-secret-key", "hush-hush", "qwertz", "asdfgh", "zuiop"):
        assert secret not in text
    snapshot = await saved(api, "?secrets=1")
    assert snapshot["world"]["tasks"][0]["webhook_secret"] == "hush-hush"
    assert "very-secret-key" not in json.dumps(snapshot)
    recipient = api.other("another")
    answer = await recipient.control("PUT", "snapshot", json.loads(text))
    assert answer["notes"] == ["1 webhook secrets are blotted out in this snapshot; save it with ?secrets=1"]
    assert (await recipient.control("PUT", "snapshot", snapshot))["notes"] == []
    await recipient.advance("1h")
    assert hooked.requests[0].headers["x-webhook-secret"] == "hush-hush"


@anyio
async def test_files_move_to_the_key_that_takes_them(api: Api) -> None:
    video = (await api.finished())["output"]["video"]
    body = {"file_name": "a.png", "file_data": "aGVsbG8="}
    upload = (await api.http.post("/api/ephemeral_resource", json=body)).json()["data"]["url"]
    recipient = api.other("another")
    await recipient.control("PUT", "snapshot", await saved(api))
    await api.control("POST", "reset")
    assert (await api.http.get(upload)).status_code == 404
    (entry,) = (await recipient.http.get("/api/open/tasks/histories")).json()["data"]["data"]
    moved = entry["detail"]["output"]
    assert moved != video
    assert (await recipient.http.get(moved)).content[4:8] == b"ftyp"
    name = (await saved(recipient))["world"]["uploads"][0]["file_id"]
    assert (await recipient.http.get(f"/ephemeral/{name}.png")).content == b"hello"
    await recipient.advance("2d")
    assert (await saved(recipient))["world"]["uploads"] == []


@anyio
async def test_a_real_clock_goes_on_from_its_instant(emulate: Callable[..., Api]) -> None:
    now = [parse_instant(START)]
    api = emulate(freeze_at=None, system_time=lambda: now[0])
    await api.created(prompt="fs-takes-90s")
    now[0] += 10 * SECOND
    await api.control("POST", "clock/resume", {"rate": 2})
    snapshot = await saved(api)
    now[0] += 10**6 * SECOND
    moved = await api.control("PUT", "snapshot", snapshot)
    assert moved["world"]["clock"]["now"] == "2026-06-07T15:41:33Z"
    now[0] += 20 * SECOND
    assert (await api.control("GET", "clock"))["now"] == "2026-06-07T15:42:13Z"
    await api.control("POST", "clock/freeze")
    snapshot = await saved(api)
    now[0] += SECOND
    assert (await api.control("PUT", "snapshot", snapshot))["world"]["clock"]["mode"] == "frozen"
    assert await saved(api) == snapshot


@anyio
async def test_who_waits_is_told_that_the_world_is_another(api: Api) -> None:
    task = await api.created()
    snapshot = await saved(api)
    waiting = asyncio.ensure_future(api.http.post("/_fakeseed/wait", json={"task": task}))
    await asyncio.sleep(0.02)
    await api.control("PUT", "snapshot", snapshot)
    answer = await waiting
    assert (answer.status_code, "another world was put" in answer.json()["error"]) == (409, True)


@anyio
async def test_two_snapshots_differ_only_where_the_worlds_do(api: Api) -> None:
    await api.created()
    first = (await api.http.get("/_fakeseed/snapshot")).content
    assert (await api.http.get("/_fakeseed/snapshot")).content == first
    await api.advance("1ms")
    texts = [json.dumps(json.loads(text), indent=1).splitlines() for text in (first, json.dumps(await saved(api)))]
    assert sum(text != later_row for text, later_row in zip(*texts, strict=True)) == 3, "at, base, latest"


# -- what cannot be a world -------------------------------------------------------------------------------------------


async def furnished(api: Api) -> Any:
    """A world with one of everything, as a snapshot."""
    await api.control("PATCH", "world", {"concurrency": 10})
    await api.finished(prompt="done")
    await api.active_asset()
    await api.upload("https://cdn.example/fs-slow-ingest.png")
    await api.created(LR, image_urls=["https://cdn.example/raw.png"], auto_upload_assets=True)
    await api.control("POST", "clock/advance", {"to": "next"})
    await api.created("seedance-2")
    await api.http.post("/api/ephemeral_resource", json={"file_name": "a.png", "file_data": "aGVsbG8="})
    return await saved(api, "?secrets=1")


WRONG: list[tuple[tuple[Any, ...], object, str]] = [
    (("fakeseed_snapshot",), 2, "the snapshot's format is 2, this fakeseed"),
    (("world",), None, "its world lacks account"),
    (("world", "tasks"), {}, "Expected `array`, got `object` - at `$.world.tasks`"),
    (("world", "tasks", 0, "price"), "5", "at `$.world.tasks[0].price`"),
    (("world", "tasks", 0, "status"), "complete", "unknown status 'complete'; did you mean 'completed'?"),
    (("world", "tasks", 0, "prise"), 1, "unknown field 'prise'; did you mean 'price'?"),
    (("world", "tasks", 0, "width"), 5, "its video has a size"),
    (("world", "tasks", 0, "input"), "W10=", "its input is no JSON object"),
    (("world", "tasks", 0, "frozen"), 5, "holds no points"),
    (("world", "tasks", 2, "frozen"), 5, "points are frozen, but tasks hold"),
    (("world", "tasks", 0, "hook_message"), 1, "its webhook's messages or attempts are out of range"),
    (("world", "tasks", 0, "hook_attempts"), 4, "its webhook's messages or attempts are out of range"),
    (("world", "tasks", 0, "task_type"), "seedance-3", "unknown task type"),
    (("world", "account", "plan"), "premum", "unknown plan 'premum'; did you mean 'premium'?"),
    (("world", "account", "balances", "available"), 5, "points are lost"),
    (("world", "account", "counter"), 1, "outside the account's counter"),
    (("world", "account", "clock", "mode"), "dead", "Invalid enum value 'dead'"),
    (("world", "account", "clock", "base"), 10**30, "is too large"),
    (("world", "account", "reserved_slots"), 5, "5 places are reserved, but pending tasks want 0"),
    (("world", "assets", 0, "asset_id"), "asset-x", "which is not there"),
    (("world", "assets", 1, "status"), "Active", "which is Active"),
    (("world", "timeline", 0, "ref"), "nobody", "of 'nobody', which is not there"),
    (("world", "timeline", 0, "at"), 5, "at an instant that is over"),
    (("world", "journal", 0, "seq"), 7, "the journal's numbers are out of order"),
    (("world", "journal", 0, "type"), "odd", "Invalid value 'odd'"),
    (("world", "uploads", 0, "data"), "%%", "at `$.world.uploads[0].data`"),
    (("world", "uploads", 0, "file_id"), "../../x", "is no file's id"),
    (("world", "movements", 0, "points"), 5, "the movements say"),
    (("world", "extra"), 5, "unknown part 'extra'"),
]


@anyio
async def test_what_is_wrong_is_told_and_changes_nothing(api: Api) -> None:
    good = await furnished(api)
    for spot, value, text in WRONG:
        bad = deepcopy(good)
        inner = bad
        for name in spot[:-1]:
            inner = inner[name]
        inner[spot[-1]] = value
        answer = await api.http.put("/_fakeseed/snapshot", json=bad)
        assert (answer.status_code, text in answer.json()["error"]) == (400, True), (spot, answer.text)
    encoded = json.dumps(good).encode()
    for cut in (b"", b"{}", b"[]", b"null", encoded[:-1], encoded[: len(encoded) // 2], b"\xff", b"[" * 10**6):
        answer = await api.http.put("/_fakeseed/snapshot", content=cut)
        assert answer.status_code == 400, (cut[:20], answer.text)
    for part in good["world"]:
        lacking = deepcopy(good)
        del lacking["world"][part]
        assert part in (await api.http.put("/_fakeseed/snapshot", json=lacking)).json()["error"]
    assert await saved(api, "?secrets=1") == good


@anyio
async def test_a_snapshot_over_the_limit_is_refused(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot = await saved(api)
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOT", 100)
    answer = await api.http.put("/_fakeseed/snapshot", json=snapshot)
    assert (answer.status_code, answer.json()["error"]) == (413, "the snapshot is larger than 100 bytes")


@anyio
async def test_no_query_but_secrets(api: Api) -> None:
    for query, text in (("?secret=1", "did you mean 'secrets'?"), ("?secrets=yes", "secrets is 0 or 1")):
        answer = await api.http.get(f"/_fakeseed/snapshot{query}")
        assert (answer.status_code, text in answer.json()["error"]) == (400, True)


@anyio
async def test_odd_values_anywhere_are_refused_or_harmless(emulate: Callable[..., Api]) -> None:
    """What is taken is a world that lives: time passes in it and every page can be shown."""
    api = emulate()
    good = await furnished(api)
    spots = [spot for spot in places(good) if spot[:2] != ("world", "journal")]
    accepted = 0
    for number, spot in enumerate(spots):
        value = ODD_VALUES[number % len(ODD_VALUES)]
        answer = await api.http.put("/_fakeseed/snapshot", content=_dumped(replaced(good, spot, value)))
        assert answer.status_code in (200, 400), (spot, value, answer.text)
        if answer.status_code == 200:
            accepted += 1
            await api.advance("30d")
            for path in ("world", "timeline", "ledger", "journal", "snapshot"):
                await api.control("GET", path)
            await api.listing()
            assert (await api.http.get("/api/open/tasks/histories")).status_code == 200
            await api.points()
            await api.control("PUT", "snapshot", good)
    assert accepted < len(spots) // 2


def _dumped(value: object) -> bytes:
    from tests.support.bad_input import dump

    return dump(value)


# -- one leaf at a time -----------------------------------------------------------------------------------------------

NUMBERS: list[object] = [-1, 0, 1, 2, 7, 10**6, 2**31, 2**53, 10**18, 10**21]
TEXTS: list[object] = [
    "",
    "x",
    "Active",
    "Failed",
    "completed",
    "failed",
    "pending",
    "processing",
    "refused-once",
    "data:,",
]
OTHERS: dict[type, list[object]] = {
    bool: [True, False],
    int: NUMBERS,
    float: [-1.0, 0.0, 0.5, 1e9, 1e20],
    str: [*TEXTS, "https://cdn.example/fs-stuck.png", "\0", "asset-x", "internal-error"],
    type(None): [0, 1, "x", 10**12, {}],
}
"""What is put in a leaf's place: values of its own type, so that most are taken unless a rule forbids them."""


@anyio
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
async def test_one_changed_leaf_is_refused_or_gives_a_world_that_runs_to_its_end(data: st.DataObject) -> None:
    source = player(concurrency=20).api
    good = await furnished(source)
    await source.create("seedance-2", HOOK)
    await source.advance(data.draw(st.sampled_from([0, 1, 3, 6])))
    good = await saved(source, "?secrets=1")
    spots = [spot for spot in places(good) if len(spot) > 2 and type(value_at(good, spot)) in OTHERS]
    spot = data.draw(st.sampled_from(spots))
    value = data.draw(st.sampled_from(OTHERS[type(value_at(good, spot))]))
    target = player().api
    answer = await target.http.put("/_fakeseed/snapshot", content=_dumped(replaced(good, spot, value)))
    assert answer.status_code in (200, 400), (spot, value, answer.text)
    if answer.status_code == 200:
        pages = [f"/_fakeseed/{page}" for page in ("world", "timeline", "ledger", "journal", "snapshot", "twins")]
        pages += ["/api/v1/asset/list", "/account/active_tasks", "/api/open/tasks/histories"]
        for by in ("10s", "60d"):
            answers = [await target.http.get(page) for page in pages]
            answers.append(await target.create("seedance-2", HOOK))
            answers.append(await target.http.post("/_fakeseed/clock/advance", json={"by": by}))
            assert all(answer.status_code < 500 for answer in answers), (spot, value)
        await target.control("PUT", "snapshot", await saved(target, "?secrets=1"))


def value_at(value: Any, spot: tuple[Any, ...]) -> object:
    """What stands at a place inside a value."""
    for name in spot:
        value = value[name]
    return value


@anyio
async def test_any_concurrency_that_can_be_set_is_saved_and_loaded(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=2_000_000)
    snapshot = await saved(api)
    assert snapshot["world"]["account"]["concurrency"] == 2_000_000
    await emulate("another").control("PUT", "snapshot", snapshot)
    await api.control("PATCH", "world", {"concurrency": 10**9})
    await api.control("PUT", "snapshot", await saved(api))
    assert (await api.http.patch("/_fakeseed/world", json={"concurrency": 10**9 + 1})).status_code == 400
