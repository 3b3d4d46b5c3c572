from typing import Any

import httpx
import pytest

from tests.support.faults import HOOK, Emulate, Hooked, Receiver, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("prompt", ["a corgi", "fs-internal-error", "fs-refuse-copyright"])
async def test_the_webhook_is_there_before_the_answer(hooked: Hooked, prompt: str) -> None:
    await arm(hooked.api, "webhook-early")
    answer = (await hooked.api.create(config=HOOK, prompt=prompt)).json()["data"]
    assert answer["status"] == "pending"
    (body,) = hooked.receiver.bodies
    assert body["data"]["task_id"] == answer["task_id"]
    assert body["data"]["status"] == ("completed" if prompt == "a corgi" else "failed")
    assert await hooked.deliveries(answer["task_id"]) == [(0, 200)]
    later = (await hooked.api.create(config=HOOK)).json()["data"]
    assert len(hooked.receiver.bodies) == 1
    assert (await hooked.api.task(later["task_id"]))["status"] == "pending"


async def test_the_answer_waits_for_one_attempt_and_no_longer(emulate: Emulate) -> None:
    receiver = Receiver(500, 200)
    api = emulate(webhooks=receiver)
    await arm(api, "webhook-early")
    await api.create(config=HOOK)
    assert len(receiver.requests) == 1
    await api.advance("5s")
    assert len(receiver.requests) == 2


async def test_the_order_on_a_real_clock(emulate: Emulate) -> None:
    received: list[Any] = []

    def hook(request: httpx.Request) -> httpx.Response:
        received.append("webhook")
        return httpx.Response(200)

    api = emulate(webhooks=hook, freeze_at=None)
    await arm(api, "webhook-early")
    await api.create(config=HOOK)
    received.append("answer")
    assert received == ["webhook", "answer"]


async def test_without_a_webhook_the_task_just_ends_at_once(hooked: Hooked) -> None:
    await arm(hooked.api, "webhook-early")
    task = (await hooked.api.create()).json()["data"]
    assert (await hooked.api.task(task["task_id"]))["status"] == "completed"
    assert hooked.receiver.requests == []
