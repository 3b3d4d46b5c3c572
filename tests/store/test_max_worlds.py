"""Worlds in memory are bounded: the least recently used ones in which nothing is pending go first."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.world.settings import Settings
from tests.conftest import START, Api

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def bounded(max_worlds: int, **settings: Any) -> AsyncIterator[Api]:
    """An emulator with so many worlds at most."""
    api = Api(App(Settings(freeze_at=parse_instant(START), max_worlds=max_worlds, **settings)))
    yield api
    await api.http.aclose()
    await api.app.close()


async def here(api: Api, keys: list[str]) -> list[str]:
    """Which of these keys' worlds still have the asset that each of them uploaded."""
    names = await api.app.engine.store.names()
    return [key for key in keys if api.app.engine.enter(key) in names]


async def test_the_least_recently_used_world_goes_first() -> None:
    async with bounded(3) as api:
        for key in ("a", "b", "c"):
            await api.other(key).active_asset()
        await api.other("a").listing()
        await api.other("d").listing()
        assert await here(api, ["a", "b", "c", "d"]) == ["a", "c", "d"]
        assert (await api.other("b").listing())["total"] == 0, "it begins anew"


async def test_a_world_in_which_something_is_pending_stays() -> None:
    async with bounded(3) as api:
        await api.other("task").created()
        await api.other("ingest").upload()
        for number in range(5):
            await api.other(f"idle-{number}").listing()
        assert await here(api, ["task", "ingest", "idle-3", "idle-4"]) == ["task", "ingest", "idle-4"]


async def test_where_something_is_pending_in_all_the_oldest_goes() -> None:
    async with bounded(2) as api:
        for key in ("a", "b", "c"):
            await api.other(key).created()
        assert await here(api, ["a", "b", "c"]) == ["b", "c"]


async def test_what_had_to_go_is_counted() -> None:
    async with bounded(2) as api:
        for number in range(7):
            await api.other(f"key-{number}").listing()
        figures = api.app.gauges()
        assert (figures["worlds"][2], figures["worlds_dropped_total"][2]) == (2, 5)
