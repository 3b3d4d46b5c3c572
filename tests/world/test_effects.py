"""Effects come back whatever happens, so that a world can be saved and its clock moved."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import pytest

from fakeseed.control import snapshots
from fakeseed.errors import StateError
from fakeseed.model.media import IngestFailure, MediaFacts
from fakeseed.world import engine as engines
from fakeseed.world.engine import EffectHandlers
from fakeseed.world.world import Deliver, Fetch, Sent
from tests.conftest import Api

pytestmark = pytest.mark.anyio
HOOK = {"webhook_config": {"endpoint": "https://app.example/hook"}}


async def send(_: Deliver) -> Sent:
    return Sent(200)


async def mistaken_send(_: Deliver) -> Sent:
    raise KeyError("unforeseen")


async def mistaken_take(_: Fetch) -> MediaFacts | IngestFailure:
    raise KeyError("unforeseen")


async def deliveries_of(api: Api) -> list[Any]:
    return [entry for entry in (await api.control("GET", "journal"))["entries"] if entry["kind"] == "delivery"]


async def test_a_webhook_that_fails_by_a_mistake_is_an_attempt_without_an_answer(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    api.app.engine._effect_handlers = EffectHandlers(mistaken_send, mistaken_take)
    await api.create(config=HOOK)
    with caplog.at_level(logging.ERROR, "fakeseed.effects"):
        await api.advance("1h")
    deliveries = await deliveries_of(api)
    assert {(entry["status"], entry["cause"]) for entry in deliveries} == {(0, "KeyError: 'unforeseen'")}
    assert "Deliver failed by a mistake of fakeseed's own" in caplog.text
    assert (await api.http.get("/_fakeseed/snapshot")).status_code == 200


async def test_a_fetch_that_fails_by_a_mistake_fails_its_asset(
    emulate: Callable[..., Api], caplog: pytest.LogCaptureFixture
) -> None:
    api = emulate(ingest="fetch")
    api.app.engine._effect_handlers = EffectHandlers(send, mistaken_take)
    asset_id = (await api.upload()).json()["asset_id"]
    with caplog.at_level(logging.ERROR, "fakeseed.effects"):
        await api.advance("1h")
    asset = (await api.asset(asset_id)).json()
    assert (asset["status"], asset["error"]["code"]) == ("Failed", "InternalError")
    assert "Fetch failed" in caplog.text


async def test_an_effect_waits_for_a_state_that_is_away(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "AWAY_SECONDS", 0)
    troubles = [StateError("away"), StateError("away")]

    async def troubled_send(_: Deliver) -> Sent:
        if troubles:
            raise troubles.pop()
        return Sent(200)

    api.app.engine._effect_handlers = EffectHandlers(troubled_send, mistaken_take)
    await api.create(config=HOOK)
    await api.advance("1h")
    deliveries = await deliveries_of(api)
    assert [entry["status"] for entry in deliveries] == [200]


async def test_a_snapshot_does_not_wait_without_end_for_an_effect(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "SETTLE_SECONDS", 0.05)
    sending = asyncio.Event()

    async def endless_send(_: Deliver) -> Sent:
        sending.set()
        await asyncio.Event().wait()
        return Sent(200)

    api.app.engine._effect_handlers = EffectHandlers(endless_send, mistaken_take)
    await api.create(config=HOOK)
    advancing = asyncio.ensure_future(api.advance("1h"))
    await asyncio.wait_for(sending.wait(), 30)
    answer = await api.http.get("/_fakeseed/snapshot")
    assert answer.status_code == 503
    assert "still after 0.05 s" in answer.json()["error"]
    advancing.cancel()


async def test_a_clock_that_moves_far_lets_others_have_their_turns(api: Api) -> None:
    await api.control("PATCH", "world", {"concurrency": 1000})
    for _ in range(50):
        await api.create()
    other, answered = api.other("another-key"), 0

    async def ask() -> None:
        nonlocal answered
        while True:
            await other.listing()
            answered += 1
            await asyncio.sleep(0)

    asking = asyncio.ensure_future(ask())
    await api.advance("1h")
    asking.cancel()
    assert answered > 10, "once for every few of the hundred events"
