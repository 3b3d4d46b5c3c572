"""Webhooks: what is sent, when, and how often."""

import asyncio
import itertools
import json
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fakeseed.model.profiles import PROFILES
from fakeseed.model.times import SECOND, parse_instant
from fakeseed.outbound import webhooks
from fakeseed.outbound.receivers import AT_ONCE, Turns
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from fakeseed.world.world import Deliver
from tests.conftest import START, Api

pytestmark = pytest.mark.anyio
HOOK = {"webhook_config": {"endpoint": "https://app.example/hook", "secret": "s3cret"}}


class Receiver:
    """Keeps what arrives and answers as told."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.statuses.pop(0) if self.statuses else 200)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(request.content) for request in self.requests]


async def test_the_end_is_told_once_with_the_secret_and_the_task_as_get_shows_it(emulate: Callable[..., Api]) -> None:
    receiver = Receiver()
    api = emulate(webhooks=receiver)
    answer = (await api.create(config=HOOK)).json()["data"]
    assert answer["config"]["webhook_config"] == HOOK["webhook_config"]
    await api.advance("1h")
    assert len(receiver.requests) == 1
    request, body = receiver.requests[0], receiver.bodies[0]
    assert request.method == "POST"
    assert request.headers["x-webhook-secret"] == "s3cret"
    assert request.headers["content-type"] == "application/json"
    assert "x-api-key" not in request.headers
    assert body.keys() == {"timestamp", "data"}
    assert body["data"] == await api.task(answer["task_id"])
    assert body["data"]["status"] == "completed"
    assert 1780846883 < body["timestamp"] < 1780846890


async def test_failed_and_cancelled_tasks_are_told_too(emulate: Callable[..., Api]) -> None:
    receiver = Receiver()
    api = emulate(webhooks=receiver)
    await api.create(config=HOOK, prompt="fs-internal-error")
    await api.advance("1h")
    cancelled = (await api.create(config=HOOK)).json()["data"]["task_id"]
    await api.call("DELETE", f"/api/v1/task/{cancelled}")
    await api.advance("1h")
    assert [body["data"]["status"] for body in receiver.bodies] == ["failed", "failed"]


async def test_without_a_secret_there_is_no_header(emulate: Callable[..., Api]) -> None:
    receiver = Receiver()
    api = emulate(webhooks=receiver)
    await api.create(config={"webhook_config": {"endpoint": "https://app.example/hook"}})
    await api.advance("1h")
    assert "x-webhook-secret" not in receiver.requests[0].headers


@pytest.mark.parametrize(
    ("statuses", "sent"), [((200,), 1), ((500, 200), 2), ((404, 302, 204), 3), ((500, 500, 500, 500), 3)]
)
async def test_attempts_are_repeated_five_seconds_apart_and_three_at_most(
    emulate: Callable[..., Api], statuses: tuple[int, ...], sent: int
) -> None:
    receiver = Receiver(*statuses)
    api = emulate(webhooks=receiver)
    await api.create(config=HOOK)
    happened = (await api.advance("1h"))["happened"]
    deliveries = [entry for entry in happened if entry["kind"] == "delivery"]
    assert len(receiver.requests) == len(deliveries) == sent
    assert [entry["status"] for entry in deliveries] == list(statuses[:sent])
    assert len({request.content for request in receiver.requests}) == 1, "a receiver can drop duplicates"
    times = [parse_instant(entry["at"]) for entry in deliveries]
    assert [later - earlier for earlier, later in itertools.pairwise(times)] == [5 * SECOND] * (sent - 1)


async def test_get_shows_the_end_when_the_message_arrives(emulate: Callable[..., Api]) -> None:
    """Over real sockets: the receiver asks back while it is being told."""
    api = emulate(freeze_at=None, pace="fast")
    paths: list[str] = []

    async def hook(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            return
        body = (await receive())["body"]
        data = json.loads(body)["data"]
        async with httpx.AsyncClient(headers={"X-API-Key": "hooked"}) as asking:
            answer = await asking.get(f"{base}/api/v1/task/{data['task_id']}")
        paths.append(answer.json()["data"]["status"])
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    with in_thread(api.app) as base, in_thread(hook) as hooks:
        async with httpx.AsyncClient(base_url=base, headers={"X-API-Key": "hooked"}) as client:
            config = {"webhook_config": {"endpoint": f"{hooks}/x"}}
            body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}, "config": config}
            assert (await client.post("/api/v1/task", json=body)).status_code == 200
            moved = (await client.post("/_fakeseed/clock/advance", json={"by": 60})).json()
        assert [entry["status"] for entry in moved["happened"] if entry["kind"] == "delivery"] == [200]
    assert paths == ["completed"]


@pytest.mark.parametrize("pace", ["instant", "realistic"])
def test_on_a_real_clock_the_end_is_told_without_anybody_asking(pace: str) -> None:
    arrived = threading.Event()

    def receiver(_: httpx.Request) -> httpx.Response:
        arrived.set()
        return httpx.Response(200)

    app = App(Settings(pace=pace), webhook_transport=lambda: httpx.MockTransport(receiver))
    with in_thread(app) as base, httpx.Client(base_url=base, headers={"X-API-Key": "k"}) as client:
        client.post("/_fakeseed/clock/resume", json={"rate": 1e5})
        body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}, "config": HOOK}
        assert client.post("/api/v1/task", json=body).status_code == 200
        assert arrived.wait(30)


@pytest.mark.parametrize("endpoint", ["nonsense", "ftp://x.example/a", "http://", "https://[::1/x", "http://x\r\ny: z"])
async def test_an_endpoint_that_cannot_be_called_is_noted_and_harms_nothing(api: Api, endpoint: str) -> None:
    config = {"webhook_config": {"endpoint": endpoint, "secret": "line\r\nbreak ü"}}
    task_id = (await api.create(config=config)).json()["data"]["task_id"]
    happened = (await api.advance("1h"))["happened"]
    assert [entry["status"] for entry in happened if entry["kind"] == "delivery"] == [0, 0, 0]
    assert (await api.task(task_id))["status"] == "completed"


async def test_a_secret_that_no_header_can_carry_is_sent_without_what_breaks(emulate: Callable[..., Api]) -> None:
    receiver = Receiver()
    api = emulate(webhooks=receiver)
    await api.create(config={"webhook_config": {"endpoint": "https://app.example/hook", "secret": "a\r\nb"}})
    await api.advance("1h")
    assert receiver.requests[0].headers["x-webhook-secret"] == "ab"


async def test_a_reset_forgets_what_was_to_be_sent(emulate: Callable[..., Api]) -> None:
    receiver = Receiver()
    api = emulate(webhooks=receiver)
    await api.create(config=HOOK)
    await api.control("POST", "reset")
    await api.advance("1h")
    assert receiver.requests == []


def hooked(endpoint: str) -> dict[str, Any]:
    """The body of a create that names an endpoint."""
    config = {"webhook_config": {"endpoint": endpoint}}
    return {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}, "config": config}


async def test_black_hole_takes_its_turns_and_costs_no_other_receiver(emulate: Callable[..., Api]) -> None:
    open_at_once: Counter[str] = Counter()
    most: Counter[str] = Counter()
    release = asyncio.Event()

    async def receiver(request: httpx.Request) -> httpx.Response:
        host = request.url.host
        open_at_once[host] += 1
        most[host] = max(most[host], open_at_once[host])
        if host == "hole.example":
            await release.wait()
        open_at_once[host] -= 1
        return httpx.Response(200)

    app = App(Settings(seed="s", concurrency=1000), webhook_transport=lambda: httpx.MockTransport(receiver))
    api = Api(app)
    for _ in range(200):
        await api.http.post("/api/v1/task", json=hooked("https://hole.example/hook"))
    await api.http.post("/api/v1/task", json=hooked("https://quick.example/hook"))
    await api.control("POST", "clock/resume", {"rate": 1e6})
    while not most["quick.example"]:  # noqa: ASYNC110 - the receiver tells by its count
        await asyncio.sleep(0.01)
    assert most["hole.example"] <= AT_ONCE
    assert app.deliverer.turns.waiting <= 200
    release.set()
    while app.engine.under_way:  # noqa: ASYNC110 - no event tells of it
        await asyncio.sleep(0.01)
    assert (most["hole.example"], app.deliverer.turns.waiting) == (AT_ONCE, 0)
    await app.close()


async def test_time_of_an_attempt_begins_when_it_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for its turn longer than an attempt may last is sent all the same."""
    monkeypatch.setattr(webhooks, "TIMEOUT_SECONDS", 0.05)
    turns = Turns(at_once=1)
    deliverer = webhooks.Deliverer(
        lambda task, profile: b"{}", lambda: httpx.MockTransport(lambda _: httpx.Response(200))
    )
    deliverer.turns = turns
    app = App(Settings(seed="s", freeze_at=parse_instant(START)))
    api = Api(app)
    created = await api.create(config={"webhook_config": {"endpoint": "https://app.example/hook"}})
    task = await api.stored(created.json()["data"]["task_id"])
    async with turns.turn("https://app.example/other"):
        sending = asyncio.ensure_future(deliverer.send(Deliver(task, PROFILES["current"], 1, 0)))
        await asyncio.sleep(0.2)
        assert not sending.done()
    sent = await sending
    assert (sent.status, sent.cause) == (200, "")
    await deliverer.aclose()


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://169.254.169.254/latest/meta-data",
        "http://[fe80::1]/x",
        "http://[fd00:ec2::254]/x",
        "http://0xa9fea9fe/x",
        "http://[::ffff:169.254.169.254]/x",
        "http://100.100.100.200/x",
    ],
)
async def test_link_local_and_metadata_addresses_are_never_contacted(api: Api, endpoint: str) -> None:
    await api.create(config={"webhook_config": {"endpoint": endpoint}})
    happened = (await api.advance("1h"))["happened"]
    causes = {entry["cause"] for entry in happened if entry["kind"] == "delivery"}
    assert causes == {"the address may not be contacted"}


async def test_loopback_is_contacted_whatever_proxy_the_environment_names(
    emulate: Callable[..., Api], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
        monkeypatch.setenv(name.lower(), "http://127.0.0.1:1")

    async def hook(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    api = emulate()
    with in_thread(hook) as hooks:
        await api.create(config={"webhook_config": {"endpoint": f"{hooks}/x"}})
        happened = (await api.advance("1h"))["happened"]
    assert [entry["status"] for entry in happened if entry["kind"] == "delivery"] == [204]
