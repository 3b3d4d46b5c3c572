"""The engine of faults: what is armed, which requests meet it, and that nothing else is touched."""

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, get_args

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.faults.arming import CONDITIONS, MAX_ARMED
from fakeseed.faults.fault import ROUTES, Fault, Group
from fakeseed.faults.registry import known_faults
from fakeseed.model.times import SECOND, parse_instant, with_nanoseconds
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.conftest import START, Api
from tests.support.bad_input import KEY, LEAVES, Rig, dump, modest, with_rig
from tests.support.faults import ASKED, TASK, arm, charges, requests

Emulate = Callable[..., Api]
FOLDER = Path(__file__).parent
IN_PROCESS = [name for name, kind in known_faults().items() if not kind.real_socket]


# -- the set of faults ------------------------------------------------------------------------------------------------


def test_every_fault_has_its_file_of_tests() -> None:
    tested = {path.stem for path in FOLDER.glob("*/test_*.py")}
    expected = {f"test_{name.replace('-', '_')}" for name in known_faults()}
    assert tested == expected


@pytest.mark.parametrize("name", known_faults())
def test_every_fault_tells_what_it_is(name: str) -> None:
    kind = known_faults()[name]
    assert kind.group in get_args(Group)
    assert set(kind.routes) <= ROUTES.keys()
    assert kind.__doc__
    assert kind.__doc__.strip().endswith(".")
    assert kind.correct.endswith(".")
    assert not set(kind.__struct_encode_fields__) & {*CONDITIONS, "fault"}, "an option that no order could name"
    kind()  # every option has a default


# -- which requests are met -------------------------------------------------------------------------------------------


async def met(api: Api, count: int = 8, path: str = f"{TASK}/x") -> list[int]:
    """The places, counted from 1, of the requests that were answered with 418."""
    statuses = [(await api.call("GET", path)).status_code for _ in range(count)]
    return [number for number, status in enumerate(statuses, 1) if status == 418]


ALL = [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("condition", "numbers"),
    [
        ({}, [1]),
        ({"nth": 3}, [3]),
        ({"nth": [2, 5]}, [2, 5]),
        ({"nth": "2-5"}, [2, 3, 4, 5]),
        ({"nth": " 4 - 4 "}, [4]),
        ({"times": 2}, [1, 2]),
        ({"always": True}, ALL),
        ({"for": 1}, ALL),
        ({"for": 1, "times": 2}, [1, 2]),
        ({"for": 1, "nth": 2}, [2]),
        ({"probability": 1}, ALL),
        ({"probability": 0}, []),
        ({"after": 1}, []),
        ({"always": False}, [1]),
        ({"nth": None, "times": None, "for": None}, [1]),
        ({"on": "GET task"}, [1]),
        ({"on": "POST task"}, []),
        ({"on": "GET /api/*"}, [1]),
        ({"on": "* *"}, [1]),
        ({"on": "POST *"}, []),
        ({"on": "GET /api/v1/task/[xy]", "always": True}, ALL),
    ],
)
async def test_counting(api: Api, condition: dict[str, Any], numbers: list[int]) -> None:
    await arm(api, "status", status=418, **condition)
    await api.call("GET", "/_fakeseed/world")
    assert await met(api) == numbers
    (armed,) = (await api.control("GET", "faults"))["faults"]
    assert armed["fired"] == len(numbers)


@pytest.mark.anyio
async def test_only_matching_requests_count(api: Api) -> None:
    await arm(api, "status", status=418, on="GET task", nth=2)
    await api.call("GET", "/account/info")
    await api.create()
    assert await met(api, 3) == [2]


@pytest.mark.anyio
async def test_a_window_of_world_time_to_the_nanosecond(api: Api) -> None:
    armed = await arm(api, "status", status=418, after="10s", **{"for": "5s"})
    closes = parse_instant(START) + 15 * SECOND
    assert armed["until"] == with_nanoseconds(closes)
    (event,) = (await api.control("GET", "timeline"))["events"]
    assert (event["kind"], event["ref"], event["at"]) == ("fault.close", armed["id"], with_nanoseconds(closes))
    assert await met(api, 2) == []
    for at, numbers in (
        (closes - 5 * SECOND - 1, []),
        (closes - 5 * SECOND, [1, 2]),
        (closes - 1, [1, 2]),
        (closes, []),
    ):
        await api.control("POST", "clock/advance", {"to": with_nanoseconds(at)})
        assert await met(api, 2) == numbers
    assert (await api.control("GET", "faults"))["faults"] == []
    assert (await api.control("GET", "timeline"))["total"] == 0


@pytest.mark.anyio
async def test_after_alone_meets_the_first_from_then_on(api: Api) -> None:
    await arm(api, "status", status=418, after="10s")
    assert await met(api, 2) == []
    await api.advance("10s")
    assert await met(api, 3) == [1]


@pytest.mark.anyio
async def test_a_window_taken_away_takes_its_end_along(api: Api) -> None:
    armed = await arm(api, "status", **{"for": "5s"})
    await api.control("DELETE", f"faults/{armed['id']}")
    assert (await api.control("GET", "timeline"))["total"] == 0


@pytest.mark.anyio
@pytest.mark.parametrize("pattern", ["seedance-2-fast", "seedance-2-f*", "*-fast"])
async def test_the_type_of_the_task_that_a_request_is_about(api: Api, pattern: str) -> None:
    await api.control("PATCH", "world", {"concurrency": 50})
    await arm(api, "status", status=418, task_type=pattern, always=True)
    fast, plain = await api.create("seedance-2-fast"), await api.create()
    assert (fast.status_code, plain.status_code) == (418, 200)
    await api.control("DELETE", "faults")
    tasks = [await api.finished("seedance-2-fast"), await api.finished()]
    await arm(api, "status", status=418, task_type=pattern, always=True)
    for method, field in (("GET", "task_id"), ("DELETE", "task_id"), ("GET", "output")):
        paths = [data["output"]["video"] if field == "output" else f"{TASK}/{data['task_id']}" for data in tasks]
        statuses = [(await api.call(method, path)).status_code for path in paths]
        assert statuses[0] == 418 != statuses[1]
    for body in (b"", b"[]", b"nonsense", b'{"task_type":7}', b"\xff", b'{"a":"\xff"}', b"[" * 100_000):
        assert (await api.call("POST", TASK, content=body)).status_code == 400


@pytest.mark.anyio
async def test_probability_is_seeded_and_independent_of_what_else_is_asked(emulate: Emulate) -> None:
    async def drawn(seed: str, *, with_others: bool) -> list[int]:
        api = emulate(seed=seed)
        await arm(api, "status", status=418, on="GET task", probability=0.5)
        if with_others:
            await arm(api, "status", on="GET account", probability=0.5)
        statuses = []
        for _ in range(40):
            if with_others:
                await api.call("GET", "/account/active_tasks")
            statuses += await met(api, 1)
        return statuses

    first = await drawn("7", with_others=False)
    assert first == await drawn("7", with_others=True) == await drawn("7", with_others=False)
    assert 8 < len(first) < 32

    async def pattern(seed: str) -> list[int]:
        api = emulate(seed=seed)
        await arm(api, "status", status=418, probability=0.5)
        return await met(api, 40)

    assert await pattern("7") != await pattern("8")


@pytest.mark.anyio
async def test_worlds_do_not_see_each_others_faults(api: Api) -> None:
    other_api = api.other("other-key")
    await arm(api, "status", status=418, always=True, on="any")
    assert await met(other_api, 3) == []
    assert (await other_api.control("GET", "faults"))["faults"] == []
    assert await met(api, 3) == [1, 2, 3]
    await other_api.http.aclose()


@pytest.mark.anyio
async def test_a_request_that_no_key_lets_in_meets_nothing(api: Api) -> None:
    await arm(api, "status", status=418)
    assert (await api.call("GET", f"{TASK}/x", headers={"X-API-Key": ""})).status_code == 401
    assert await met(api, 2) == [1]


@pytest.mark.anyio
async def test_a_reset_disarms(api: Api) -> None:
    await arm(api, "status", status=418, always=True, **{"for": "1h"})
    await api.control("POST", "reset")
    assert (await api.control("GET", "faults"))["faults"] == []
    assert (await api.control("GET", "timeline"))["total"] == 0
    assert await met(api) == []


# -- several on one request -------------------------------------------------------------------------------------------


@pytest.mark.anyio
async def test_the_first_that_answers_in_place_of_the_handler_wins(api: Api) -> None:
    await arm(api, "status", status=429)
    await arm(api, "code-in-body")
    await arm(api, "wrong-content-type", on="any")
    answer = await api.create()
    assert (answer.status_code, await charges(api)) == (429, 0)
    (entry,) = await requests(api)
    assert entry["faults"] == ["status (fault-1)", "code-in-body (fault-2)", "wrong-content-type (fault-3)"]
    assert answer.headers["content-type"].startswith("application/json"), "there was no answer to be changed"


@pytest.mark.anyio
async def test_what_was_made_is_changed_whatever_becomes_of_the_answer(api: Api) -> None:
    await arm(api, "malformed-json", on="POST task")
    await arm(api, "status", on="POST task")
    await arm(api, "stuck")
    await arm(api, "webhook-never")
    assert (await api.create()).status_code == 503
    (entry,) = await requests(api)
    assert len(entry["faults"]) == 4
    await api.advance("1d")
    active = (await api.call("GET", "/account/active_tasks")).json()["data"]["seedance"]
    assert active["processing_count"] == 1


@pytest.mark.anyio
async def test_answers_are_changed_in_the_order_of_arming(api: Api) -> None:
    task_id = await api.created()
    await arm(api, "unknown-status")
    await arm(api, "title-case-status")
    assert (await api.task(task_id))["status"] == "Staged"
    await arm(api, "title-case-status")
    await arm(api, "unknown-status")
    assert (await api.task(task_id))["status"] == "Pending", "which is no status that the next one knows as running"


# -- arming, seeing, disarming ----------------------------------------------------------------------------------------


async def ask(api: Api, order: object) -> httpx.Response:
    """Order a fault, well or badly."""
    return await api.http.post("/_fakeseed/faults", content=json.dumps(order))


@pytest.mark.anyio
async def test_what_is_armed_is_shown_with_its_counts(api: Api) -> None:
    armed = await api.control("POST", "faults", [{"fault": "status", "nth": 2}, {"fault": "stuck"}])
    assert [fault["id"] for fault in armed["faults"]] == ["fault-1", "fault-2"]
    await met(api, 3)
    listed = (await api.control("GET", "faults"))["faults"]
    assert listed == [
        {"id": "fault-1", "fault": "status", "nth": 2, "met": 3, "fired": 1},
        {"id": "fault-2", "fault": "stuck", "met": 0, "fired": 0},
    ]
    assert await api.control("DELETE", "faults/fault-1") == {"disarmed": ["fault-1"]}
    assert await api.control("DELETE", "faults") == {"disarmed": ["fault-2"]}
    assert await api.control("DELETE", "faults") == {"disarmed": []}
    assert (await arm(api, "stuck"))["id"] == "fault-3", "an id is never used again"


@pytest.mark.anyio
async def test_disarming_what_is_not_armed(api: Api) -> None:
    await arm(api, "stuck")
    answer = await api.call("DELETE", "/_fakeseed/faults/fault-11")
    assert answer.status_code == 400
    assert "did you mean 'fault-1'" in answer.json()["error"]


BAD: list[tuple[Any, str]] = [
    ({"fault": "resett"}, "did you mean 'reset'"),
    ({"fault": "statuss"}, "did you mean 'status'"),
    ({"fault": 7}, "unknown fault 7"),
    ({"fault": ["status"]}, "unknown fault ['status']"),
    ({"fault": None}, "unknown fault None"),
    ({"fault": "x" * 100_000}, "unknown fault"),
    ({}, "names no fault"),
    ({"faul": "status"}, "did you mean 'fault'"),
    ({"fault": "status", "statu": 3}, "did you mean 'status'"),
    ({"fault": "status", "tims": 3}, "did you mean 'times'"),
    ({"fault": "status", "y" * 100_000: 3}, "has no option"),
    ({"fault": "status", "lasts": 3}, "has no option 'lasts'"),
    ({"fault": "status", "status": "503"}, "Expected `int`, got `str` - at `status`"),
    ({"fault": "status", "status": True}, "Expected `int`, got `bool`"),
    ({"fault": "status", "status": 200}, "`int` >= 400"),
    ({"fault": "status", "retry_after": 10**30}, "`retry_after`"),
    ({"fault": "status", "body": "jsn"}, "did you mean 'json'"),
    ({"fault": "redirect", "status": 300}, "known: 301"),
    ({"fault": "latency", "law": "normal"}, "known: fixed"),
    ({"fault": "latency", "seconds": -1}, "negative"),
    ({"fault": "latency", "seconds": "soon"}, "not a span of time"),
    ({"fault": "latency", "seconds": 10**30}, "too long"),
    ({"fault": "clock-skew", "by": 10**12}, "too long"),
    ({"fault": "stale-list", "behind": "-5s"}, "not a span of time"),
    ({"fault": "status", "after": -1}, "negative"),
    ({"fault": "status", "after": True}, "Expected `float | str`, got `bool`"),
    ({"fault": "status", "for": -0.1}, "negative"),
    ({"fault": "status", "for": 0}, "more than 0"),
    ({"fault": "status", "for": "0s", "after": 3}, "more than 0"),
    ({"fault": "status", "for": 1e300}, "too long"),
    ({"fault": "status", "nth": 0}, ">= 1"),
    ({"fault": "status", "nth": -2}, ">= 1"),
    ({"fault": "status", "nth": 10**30}, "`nth`"),
    ({"fault": "status", "nth": 1.5}, "`nth`"),
    ({"fault": "status", "nth": True}, "`nth`"),
    ({"fault": "status", "nth": []}, "length >= 1"),
    ({"fault": "status", "nth": [1, 0]}, ">= 1"),
    ({"fault": "status", "nth": [1] * 10_001}, "length <= 10000"),
    ({"fault": "status", "nth": "5-2"}, "is no range"),
    ({"fault": "status", "nth": "0-2"}, "is no range"),
    ({"fault": "status", "nth": "second"}, "is no range"),
    ({"fault": "status", "nth": "1-999999"}, "goes beyond"),
    ({"fault": "status", "times": 0}, ">= 1"),
    ({"fault": "status", "times": 10**30}, "`times`"),
    ({"fault": "status", "nth": 1, "probability": 0.5}, "exclude each other"),
    ({"fault": "status", "times": 1, "always": True}, "exclude each other"),
    ({"fault": "status", "probability": 2}, "0..1"),
    ({"fault": "status", "probability": -0.1}, "0..1"),
    ({"fault": "status", "probability": "0.5"}, "Expected `float | null`"),
    ({"fault": "status", "on": "POST tsk"}, "did you mean 'POST task'"),
    ({"fault": "status", "on": "get task"}, "did you mean 'GET task'"),
    ({"fault": "status", "on": 3}, "Expected `str`"),
    ({"fault": "status", "on": "GET /" + "*" * 300}, "length <= 200"),
    ({"fault": "stuck", "on": "GET task"}, "it makes no sense on 'GET task'; it can be on POST task, POST asset"),
    ({"fault": "status", "on": "GET assets", "task_type": "seedance-2"}, "about no task"),
    ({"fault": "stuck", "on": "POST asset", "task_type": "seedance-2"}, "about no task"),
    ({"fault": "quota-full", "task_type": "seedance-2"}, "about no task"),
    ({"fault": "status", "task_type": "seedence-2"}, "did you mean 'seedance-2'"),
    ({"fault": "status", "task_type": "sora*"}, "there is no task type"),
    ({"fault": "reset"}, "only on a real socket"),
    ([{"fault": "stuck"}, {"fault": "stock"}], "order 2 of 2: unknown fault 'stock'; did you mean 'stuck'"),
    ([{"fault": "stuck"}] * 1001, "1000 faults may be armed"),
    ([3], "Expected `object`"),
    ("status", "Expected `object | array`"),
    (None, "Expected `object | array`"),
]


@pytest.mark.anyio
@pytest.mark.parametrize(("order", "reason"), BAD, ids=lambda value: repr(value)[:60])
async def test_a_bad_order_is_refused_whole_and_changes_nothing(rig: Rig, order: Any, reason: str) -> None:
    await rig.control("POST", "faults", {"fault": "status", "for": "1h"})
    fingerprint = rig.fingerprint()
    reply = await rig.ask("POST", "/_fakeseed/faults", json.dumps(order).encode())
    assert reply.status == 400, reply
    assert reason in reply.json["error"]
    assert len(reply.body) < 2000
    assert rig.fingerprint() == fingerprint


@pytest.mark.anyio
@pytest.mark.parametrize(
    "body",
    [b"", b"{", b'{"fault":"status","probability":NaN}', b'{"fault":"status","for":1e400}', b"[" * 5000, b"\xff"],
)
async def test_what_is_no_json_is_refused_too(rig: Rig, body: bytes) -> None:
    await rig.control("GET", "faults")
    fingerprint = rig.fingerprint()
    assert (await rig.ask("POST", "/_fakeseed/faults", body)).status == 400
    assert rig.fingerprint() == fingerprint


@pytest.mark.anyio
async def test_a_thousand_and_not_one_more(rig: Rig) -> None:
    await rig.control("POST", "faults", [{"fault": "stuck"}] * (MAX_ARMED - 1))
    fingerprint = rig.fingerprint()
    reply = await rig.post("/_fakeseed/faults", [{"fault": "stuck"}] * 2)
    assert (reply.status, "disarm some" in reply.json["hint"]) == (400, True)
    assert rig.fingerprint() == fingerprint
    await rig.control("POST", "faults", {"fault": "stuck"})
    assert (await rig.post(TASK, ASKED)).status == 200


# -- on the wire and in the process -----------------------------------------------------------------------------------


def test_a_socket_fault_that_a_request_in_the_process_meets_says_so() -> None:
    app = App(Settings(freeze_at=parse_instant(START)))
    with in_thread(app) as url, httpx.Client(headers={"X-API-Key": "k"}) as client:
        assert client.post(f"{url}/_fakeseed/faults", json={"fault": "reset", "on": "POST task"}).status_code == 200

        async def inside() -> list[httpx.Response]:
            transport = httpx.ASGITransport(app=app)
            async with httpx.AsyncClient(transport=transport, base_url=url, headers={"X-API-Key": "k"}) as http:
                return [await http.post(TASK, json=ASKED) for _ in range(2)]

        answer, following = asyncio.run(inside())
        assert answer.status_code == 501
        assert "fault reset shows itself only on a real socket" in answer.json()["error"]
        assert "fakeseed serve" in answer.json()["hint"]
        assert following.status_code == 200
        ledger = client.get(f"{url}/_fakeseed/ledger").json()
        assert sum(movement["kind"] == "freeze" for movement in ledger["movements"]) == 2, "it was done all the same"


# -- nothing else is touched ------------------------------------------------------------------------------------------


async def story(rig: Rig) -> list[bytes]:
    """A visit that meets every route; gives the answers' bytes and the journal's."""
    replies = [
        await rig.post("/api/v1/asset/upload", {"url": "https://cdn.example/a.jpg"}),
        await rig.post("/api/v1/asset/upload", ["https://cdn.example/b.jpg", "nope"]),
        await rig.post("/api/ephemeral_resource", {"file_name": "a.png", "file_data": "aGVsbG8="}),
    ]
    hook = {"webhook_config": {"endpoint": "https://app.example/hook", "secret": "s"}}
    tasks = [(await rig.post(TASK, {**ASKED, "config": hook})) for _ in range(3)]
    ids = [reply.json["data"]["task_id"] or "none" for reply in tasks]
    replies += [*tasks, await rig.ask("DELETE", f"{TASK}/{ids[1]}"), await rig.ask("GET", f"{TASK}/{ids[0]}")]
    await rig.control("POST", "clock/advance", {"by": "90s"})
    last = await rig.ask("GET", f"{TASK}/{ids[0]}")
    output = last.json["data"]["output"] or {"video": "/ephemeral/none.mp4"}
    replies += [last, await rig.ask("HEAD", httpx.URL(output["video"]).path)]
    for path in ("/api/v1/asset/list", "/account/info", "/account/active_tasks", "/api/open/tasks/histories", "/no"):
        replies.append(await rig.ask("GET", path))
    entries = [msgspec.json.encode(entry) for entry in rig.world().journal]
    sent = [request.content for request in rig.sent]
    return [msgspec.json.encode([reply.status, reply.headers, reply.body]) for reply in replies] + entries + sent


@given(seed=st.sampled_from("abc"), names=st.lists(st.sampled_from(IN_PROCESS), max_size=6))
@modest
def test_a_fault_of_no_probability_is_inert(seed: str, names: list[str]) -> None:
    async def told(rig: Rig) -> list[bytes]:
        await rig.control("POST", "faults", [{"fault": name, "probability": 0} for name in names])
        return await story(rig)

    assert with_rig(told, seed=seed) == with_rig(story, seed=seed)


def test_all_of_them_at_once_are_inert() -> None:
    async def told(rig: Rig) -> list[bytes]:
        orders = [{"fault": name, "probability": 0, "on": route} for name in IN_PROCESS for route in routes(name)]
        await rig.control("POST", "faults", orders)
        return await story(rig)

    assert with_rig(told, seed="7") == with_rig(story, seed="7")


def routes(name: str) -> tuple[str, ...]:
    return known_faults()[name].routes


@given(
    seed=st.sampled_from("abc"),
    orders=st.lists(
        st.sampled_from([name for name in IN_PROCESS if name not in ("latency", "malformed-json", "edge-page")]).map(
            lambda name: {"fault": name, "probability": 0.3}
        ),
        max_size=5,
    ),
)
@modest
def test_the_same_seed_orders_and_requests_give_the_same_bytes(seed: str, orders: list[Any]) -> None:
    async def told(rig: Rig) -> list[bytes]:
        await rig.control("POST", "faults", orders)
        ids = [(await rig.post(TASK, ASKED)).status for _ in range(3)]
        for path in (f"{TASK}/x", "/api/v1/asset/list", "/account/info"):
            await rig.ask("GET", path)
        await rig.control("POST", "clock/advance", {"by": "2h"})
        entries = [msgspec.json.encode(entry) for entry in rig.world().journal]
        return [*entries, json.dumps(ids).encode()]

    assert with_rig(told, seed=seed) == with_rig(told, seed=seed)


# -- whatever is ordered ----------------------------------------------------------------------------------------------


def option_values(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values of an option by its JSON schema, its bounds above all."""
    if "anyOf" in schema:
        return st.one_of(*(option_values(choice) for choice in schema["anyOf"]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    low, high = schema.get("minimum", 0), schema.get("maximum", schema.get("exclusiveMaximum", 100))
    values: dict[str, st.SearchStrategy[Any]] = {
        "integer": st.integers(low, high),
        "number": st.sampled_from([0, 0.001, 0.5, 0.9999]),
        "string": st.one_of(st.sampled_from(["0s", "1ms", "3d", "3000000d", "text/html"]), st.text(max_size=20)),
        "boolean": st.booleans(),
        "null": st.none(),
    }
    return values[schema["type"]]


def schema_of(kind: type[Fault]) -> dict[str, Any]:
    properties: dict[str, Any] = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    return properties


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """An order that is taken more often than not."""
    name = draw(st.sampled_from(IN_PROCESS))
    options = {
        option: draw(option_values(schema))
        for option, schema in schema_of(known_faults()[name]).items()
        if draw(st.booleans())
    }
    real_waits: dict[str, Any] = {}
    if name == "latency":
        real_waits = {"seconds": draw(st.sampled_from([0, "1ms"])), "most": "2ms", "law": draw(st.sampled_from(LAWS))}
    count: dict[str, Any] = draw(
        st.sampled_from([{}, {"always": True}, {"nth": "1-3"}, {"times": 2}, {"probability": 0.5}, {"for": "2000000d"}])
    )
    on = draw(st.sampled_from([*routes(name), "* *", "GET /*", "HEAD *", "* /api/v1/*"]))
    odd = {draw(st.sampled_from([*CONDITIONS, *options])): draw(LEAVES)} if draw(st.integers(0, 9)) == 0 else {}
    return {"fault": name, "on": on, **options, **count, **odd, **real_waits}  # nobody really waits for odd values


LAWS = ["fixed", "uniform", "exponential", "lognormal"]
DEEP = {"prompt": "a corgi", "created_at": "soon", "deep": json.loads('{"a":' * 300 + "1" + "}" * 300)}
VISIT: tuple[tuple[str, str, bytes], ...] = (
    ("POST", TASK, json.dumps(ASKED).encode()),
    ("POST", TASK, json.dumps({**ASKED, "input": DEEP}).encode()),
    ("POST", TASK, b'{"model":"seedance","task_type":"\xff'),
    ("POST", TASK, b"[" * 100_000),
    ("POST", "/api/v1/asset/upload", b'["https://cdn.example/a.jpg","nope"]'),
    ("POST", "/api/v1/asset/upload", b'{"url":"https://cdn.example/a.jpg"}'),
    ("POST", "/api/v1/asset/upload", b"nonsense"),
    ("POST", "/api/ephemeral_resource", b'{"file_name":"a.png","file_data":"aGVsbG8="}'),
    ("GET", f"{TASK}/{{task}}", b""),
    ("HEAD", f"{TASK}/{{task}}", b""),
    ("DELETE", f"{TASK}/{{task}}", b""),
    ("GET", "/api/v1/asset/list?size=1", b""),
    ("GET", "/api/v1/asset/{asset}", b""),
    ("DELETE", "/api/v1/asset/{asset}", b""),
    ("GET", "/account/active_tasks", b""),
    ("GET", "/api/open/tasks/histories", b""),
    ("GET", "/ephemeral/{file}.png", b""),
    ("HEAD", "/ephemeral/{file}.png", b""),
    ("GET", "/ephemeral/{file}%0d%0ax:y.png", b""),
    ("GET", "/ephemeral/%C3%A9.png", b""),
    ("BREW", "/nowhere", b""),
)


def errors(orders: list[dict[str, Any]]) -> set[int]:
    """Statuses from 500 on that were asked for."""
    statuses = {order.get("status", 503) for order in orders if order["fault"] in ("status", "edge-page")}
    return {status for status in statuses if isinstance(status, int)}


@given(orders=st.lists(orders(), min_size=1, max_size=4), visit=st.lists(st.sampled_from(VISIT), max_size=8))
@modest
def test_whatever_is_armed_no_request_breaks_the_server(
    orders: list[dict[str, Any]], visit: list[tuple[str, str, bytes]]
) -> None:
    async def work(rig: Rig) -> None:
        asset = (await rig.post("/api/v1/asset/upload", {"url": "https://cdn.example/a.jpg"})).json["asset_id"]
        upload = await rig.post("/api/ephemeral_resource", {"file_name": "a.png", "file_data": "aGVsbG8="})
        file = httpx.URL(upload.json["data"]["url"]).path.rpartition("/")[2].removesuffix(".png")
        task = (await rig.post(TASK, ASKED)).json["data"]["task_id"]
        statuses = []
        for order in orders:
            reply = await rig.ask("POST", "/_fakeseed/faults", dump(order))
            assert reply.status in (200, 400), reply
            statuses += [order] if reply.status == 200 else []
        for method, path, body in visit:
            target = path.replace("{task}", task).replace("{asset}", asset).replace("{file}", file)
            ranged = [(b"range", b"bytes=1-"), (b"if-range", b'"x"')]
            reply = await rig.ask(method, target, body, ranged)
            assert reply.status < 500 or reply.status in errors(statuses), reply
        await rig.control("GET", "faults")
        await rig.control("POST", "clock/advance", {"by": "1d"})
        await rig.control("GET", "journal")
        assert rig.world(KEY).account.balances.available >= 0

    with_rig(work, pace="fast")


@contextmanager
def armed_server(orders: list[dict[str, Any]]) -> Iterator[httpx.Client]:
    """A real server with faults armed for one key."""
    with (
        in_thread(App(Settings(freeze_at=parse_instant(START)))) as url,
        httpx.Client(base_url=url, headers={"X-API-Key": "k"}, timeout=5) as client,
    ):
        assert client.post("/_fakeseed/faults", json=orders).status_code == 200
        yield client


@pytest.mark.parametrize("name", [name for name, kind in known_faults().items() if kind.real_socket])
def test_socket_faults_on_every_kind_of_answer_leave_no_traceback(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    options = {"every": 0} if name == "drip" else {}
    with armed_server([{"fault": name, "on": "* *", "always": True, **options}]) as client:
        for method, path in (("HEAD", "/no"), ("GET", "/account/info"), ("PUT", "/no"), ("DELETE", f"{TASK}/x")):
            with suppress(httpx.TransportError):
                client.request(method, path, timeout=0.1 if name == "hang" else 5.0)
        assert client.get("/_fakeseed/world").status_code == 200
    assert capfd.readouterr().err == ""
