"""Webhooks: what is sent, when, and how often."""

import itertools
import json
import threading
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from fakeseed.model.times import SECOND, parse_instant
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.conftest import Api

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
