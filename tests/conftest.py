"""What tests share: an emulator in the test's own process, standing at a fixed time."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings

from fakeseed.model.task import Task
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App, Options
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from tests.support.bad_input import Rig
from tests.support.stores import CHOSEN, Stores
from tests.support.stores import stores as make_stores

settings.register_profile("fakeseed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("fakeseed")  # no test depends on how fast the machine is

stores = pytest.fixture(scope="session")(make_stores)

START = "2026-06-07T15:41:23Z"
"""Where frozen worlds of tests stand: the moment of the documented examples."""


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio."""
    return "asyncio"


class Api:
    """One client of one emulator: the vendor's calls and the control calls that tests need."""

    def __init__(self, app: App, key: str = "test-key") -> None:
        self.app = app
        self.key = key
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://fakeseed:8787", headers={"X-API-Key": key}
        )

    def other(self, key: str) -> "Api":
        """Another key's client of the same emulator."""
        return Api(self.app, key)

    async def call(self, method: str, path: str, **keywords: Any) -> httpx.Response:
        """Any request."""
        return await self.http.request(method, path, **keywords)

    async def control(self, method: str, path: str, body: object = None) -> Any:
        """A control call that must succeed."""
        answer = await self.http.request(method, f"/_fakeseed/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def stored(self, task_id: str) -> Task:
        """A task as its world keeps it."""
        task = await self.app.engine.look(name_of(self.key), lambda world: world.tasks.get(task_id))
        assert task is not None
        return task

    async def advance(self, by: float | str) -> Any:
        """Move the clock by a span."""
        return await self.control("POST", "clock/advance", {"by": by})

    async def upload(self, url: str = "https://cdn.example/person.jpg", **fields: Any) -> httpx.Response:
        """Upload one asset."""
        return await self.http.post("/api/v1/asset/upload", json={"url": url, **fields})

    async def active_asset(self, url: str = "https://cdn.example/person.jpg", **fields: Any) -> str:
        """Upload one asset and make it Active."""
        asset_id = (await self.upload(url, **fields)).json()["asset_id"]
        await self.control("POST", f"assets/{asset_id}/activate")
        return str(asset_id)

    async def listing(self, query: str = "") -> Any:
        """A list that must succeed."""
        answer = await self.http.get(f"/api/v1/asset/list{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def asset(self, asset_id: str) -> httpx.Response:
        """One asset."""
        return await self.http.get(f"/api/v1/asset/{asset_id}")

    async def create(
        self, task_type: str = "seedance-2", config: object = None, model: str = "seedance", **fields: Any
    ) -> httpx.Response:
        """Create a task; fields go into its input."""
        body = {"model": model, "task_type": task_type, "input": {"prompt": "a corgi", **fields}}
        return await self.http.post("/api/v1/task", json=body if config is None else {**body, "config": config})

    async def created(self, task_type: str = "seedance-2", **fields: Any) -> str:
        """Create a task that must be accepted; gives its id."""
        answer = await self.create(task_type, **fields)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["data"]["task_id"])

    async def task(self, task_id: str) -> Any:
        """A task's data."""
        answer = await self.http.get(f"/api/v1/task/{task_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()["data"]

    async def finished(self, task_type: str = "seedance-2", **fields: Any) -> Any:
        """Create a task and let its time pass; gives its data at the end."""
        task_id = await self.created(task_type, **fields)
        await self.advance("1m")
        return await self.task(task_id)

    async def points(self) -> dict[str, int]:
        """Balances of the account, which always add up."""
        balances: dict[str, int] = (await self.control("GET", "ledger"))["balances"]
        assert balances["granted"] == balances["available"] + balances["frozen"] + balances["consumed"]
        assert min(balances.values()) >= 0
        return balances


@pytest.fixture
async def emulate(stores: Stores) -> AsyncIterator[Callable[..., Api]]:
    """Make emulators; each test's are closed after it. Worlds stand at START unless said otherwise.

    They live in memory, or where FAKESEED_TEST_STATE says.
    """
    apis: list[Api] = []

    def make(
        key: str = "test-key",
        *,
        options: Options | None = None,
        webhooks: Callable[[httpx.Request], httpx.Response] | None = None,
        state: str = CHOSEN,
        system_time: Callable[[], int] | None = None,
        **settings: Any,
    ) -> Api:
        keywords: dict[str, Any] = {} if system_time is None else {"system_time": system_time}
        if webhooks is not None:
            keywords["webhook_transport"] = lambda: httpx.MockTransport(webhooks)
        settings.setdefault("freeze_at", parse_instant(START))
        chosen = Settings(**settings)
        store = stores.make(state, chosen.journal_bytes)
        api = Api(App(chosen, None, options, store=store, **keywords), key)
        apis.append(api)
        return api

    yield make
    for api in apis:
        await api.http.aclose()
        await api.app.close()


@pytest.fixture
async def api(emulate: Callable[..., Api]) -> Api:
    """An emulator with the defaults."""
    return emulate()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """An emulator under requests that no HTTP client would send."""
    requests_rig = Rig()
    yield requests_rig
    await requests_rig.close()
