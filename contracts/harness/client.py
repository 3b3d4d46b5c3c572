"""The base URL under judgement, and clients of it: the vendor's calls, and the control calls that checks need."""

import os
import time
from collections.abc import Mapping
from itertools import count
from typing import Any

import httpx
import pytest

from .budget import Budget

Json = dict[str, Any]

START = "2026-06-07T15:41:23Z"
"""Where frozen worlds stand: the moment of the documented examples."""
PICTURE = "https://cdn.example/person.jpg"
LESS = "seedance-2-less-restriction"
STRICT = "seedance-2"

CHEAP: dict[str, Any] = {"task_type": "seedance-2-mini", "resolution": "480p", "duration": 4}
"""The cheapest task that there is, for checks that may run on a live target."""
CHEAP_POINTS = 1_680_000

PATIENCE_SECONDS = 600
POLL_SECONDS = 6
"""How a live target is waited for, which is the only thing here that lets real time pass."""

CONTROL = "/_fakeseed"
TOKEN = "FAKESEED_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable that holds the control token, where the target asks for one."""


class Client:
    """One key's view of a target."""

    def __init__(self, target: "Target", key: str) -> None:
        self.target = target
        self.key = key
        self._uploaded: list[str] = []

    def of_other_key(self, key: str | None = None, **world: Any) -> "Client":
        """A client of another key's world."""
        return self.target.client(key, **world)

    # -- the vendor's calls -------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **options: Any) -> httpx.Response:
        """Any request with this key."""
        answer = self.target.send(method, path, {"X-API-Key": self.key, **(headers or {})}, **options)
        if method == "POST" and path.endswith("/asset/upload"):
            self._remember(answer)
        return answer

    def _remember(self, answer: httpx.Response) -> None:
        if self.target.has_control or answer.status_code >= 400:
            return
        body = answer.json()
        entries = body.get("results", [body]) if isinstance(body, dict) else []
        self._uploaded += [entry["asset_id"] for entry in entries if "asset_id" in entry]

    def upload(self, url: str = PICTURE, **fields: Any) -> httpx.Response:
        """Upload one asset."""
        return self.call("POST", "/api/v1/asset/upload", json={"url": url, **fields})

    def uploaded(self, url: str = PICTURE, **fields: Any) -> str:
        """Upload one asset that must be accepted; gives its id."""
        answer = self.upload(url, **fields)
        assert answer.status_code < 400, f"upload answered {answer.status_code}: {answer.text}"
        return str(answer.json()["asset_id"])

    def batch(self, entries: object) -> httpx.Response:
        """Upload several assets."""
        return self.call("POST", "/api/v1/asset/upload", json=entries)

    def listing(self, query: str = "") -> httpx.Response:
        """List assets; ``query`` with its question mark."""
        return self.call("GET", f"/api/v1/asset/list{query}")

    def listed(self, query: str = "") -> Json:
        """A list that must succeed."""
        answer = self.listing(query)
        assert answer.status_code == 200, f"list answered {answer.status_code}: {answer.text}"
        body: Json = answer.json()
        return body

    def asset(self, asset_id: str) -> httpx.Response:
        """Get one asset."""
        return self.call("GET", f"/api/v1/asset/{asset_id}")

    def asset_data(self, asset_id: str) -> Json:
        """One asset that must be there."""
        answer = self.asset(asset_id)
        assert answer.status_code == 200, f"get of {asset_id} answered {answer.status_code}: {answer.text}"
        body: Json = answer.json()
        return body

    def delete(self, asset_id: str) -> httpx.Response:
        """Delete one asset."""
        return self.call("DELETE", f"/api/v1/asset/{asset_id}")

    def create(
        self, task_type: str | None = STRICT, config: object = None, model: str = "seedance", **fields: Any
    ) -> httpx.Response:
        """Create a task; fields go into its input, beside a prompt unless it is given."""
        body: Json = {"model": model, "task_type": task_type, "input": {"prompt": "a corgi", **fields}}
        return self.call("POST", "/api/v1/task", json=body if config is None else {**body, "config": config})

    def created(self, task_type: str = STRICT, **fields: Any) -> Json:
        """Create a task that must be accepted; gives its data."""
        answer = self.create(task_type, **fields)
        assert answer.status_code == 200, f"create answered {answer.status_code}: {answer.text}"
        data: Json = answer.json()["data"]
        return data

    def task(self, task_id: str) -> Json:
        """A task's data."""
        answer = self.call("GET", f"/api/v1/task/{task_id}")
        assert answer.status_code == 200, f"get of {task_id} answered {answer.status_code}: {answer.text}"
        data: Json = answer.json()["data"]
        return data

    def cancel(self, task_id: str) -> httpx.Response:
        """Cancel a task."""
        return self.call("DELETE", f"/api/v1/task/{task_id}")

    def download(self, url: str, method: str = "GET", **headers: str) -> httpx.Response:
        """Fetch a file without a key."""
        return self.target.send(method, url, {name.replace("_", "-"): value for name, value in headers.items()})

    # -- the control API ----------------------------------------------------------------------------------------------

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A control call that must succeed; skips the check where there is no control API."""
        return self.target.control(method, path, self.key, body)

    def control_response(self, method: str, path: str, body: object = None) -> httpx.Response:
        """A control call that may be refused."""
        return self.target.control_response(method, path, self.key, body)

    def patch(self, **world: Any) -> None:
        """Change what holds in this world."""
        self.control("PATCH", "world", world)

    def world(self) -> Json:
        """The world at a glance."""
        body: Json = self.control("GET", "world")
        return body

    def advance(self, by: float | str) -> list[Json]:
        """Move the clock by a span; gives what happened on the way."""
        happened: list[Json] = self.control("POST", "clock/advance", {"by": by})["happened"]
        return happened

    def advance_to(self, instant: str) -> list[Json]:
        """Move the clock to an instant, or to the ``next`` event; gives what happened on the way."""
        happened: list[Json] = self.control("POST", "clock/advance", {"to": instant})["happened"]
        return happened

    def now(self) -> str:
        """Where the clock stands."""
        return str(self.control("GET", "clock")["now"])

    def points(self) -> dict[str, int]:
        """Balances of the account."""
        balances: dict[str, int] = self.control("GET", "ledger")["balances"]
        return balances

    def journal(self, kind: str, after: int = 0) -> list[Json]:
        """Journal entries of a kind after a number."""
        entries: list[Json] = self.control("GET", f"journal?kind={kind}&after={after}&limit=10000")["entries"]
        return entries

    def activate(self, asset_id: str) -> str:
        """End an ingest well, now."""
        self.control("POST", f"assets/{asset_id}/activate")
        return asset_id

    def active(self, url: str = PICTURE, **fields: Any) -> str:
        """Upload one asset and see it become Active: by control where that is there, else by waiting."""
        asset_id = self.uploaded(url, **fields)
        return self.activate(asset_id) if self.target.has_control else self._waited(asset_id)

    def failed(self, code: str = "ContentRestricted", url: str = PICTURE) -> str:
        """Upload one asset and make it Failed."""
        asset_id = self.uploaded(url)
        self.control("POST", f"assets/{asset_id}/fail", {"code": code})
        return asset_id

    def finished(self, task_type: str = STRICT, **fields: Any) -> Json:
        """Create a task and let its time pass; gives its data at the end."""
        return self.ended(self.created(task_type, **fields)["task_id"])

    # -- a live target ------------------------------------------------------------------------------------------------

    def settled(self, asset_id: str) -> str:
        """See an ingest end, by control or by waiting; gives the status."""
        if self.target.has_control:
            self.advance(5)
            return str(self.asset_data(asset_id)["status"])
        for _ in range(PATIENCE_SECONDS // POLL_SECONDS):
            if self.asset_data(asset_id)["status"] != "Processing":
                break
            time.sleep(POLL_SECONDS)
        return str(self.asset_data(asset_id)["status"])

    def ended(self, task_id: str) -> Json:
        """See a task end, by control or by waiting; gives its data."""
        if self.target.has_control:
            self.advance("1h1m")
        for _ in range(PATIENCE_SECONDS // POLL_SECONDS):
            task = self.task(task_id)
            if task["status"] in ("completed", "failed") or self.target.has_control:
                break
            time.sleep(POLL_SECONDS)
        return task

    def _waited(self, asset_id: str) -> str:
        status = self.settled(asset_id)
        assert status == "Active", f"asset {asset_id} became {status}"
        return asset_id

    def tidy(self) -> None:
        """Delete what this client uploaded to a live target."""
        while self._uploaded:
            self.delete(self._uploaded.pop())


class Target:
    """A base URL: what it can do, and what may be done to it.

    ``has_control``: it has the control API, so worlds are free and fresh, and their clocks can be held.
    ``app``: the ASGI application when it runs in this process.
    """

    def __init__(
        self, base_url: str, http: httpx.Client, *, key: str = "", budget: Budget | None = None, app: object = None
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self.http = http
        self.key = key or "contract"
        self.budget = budget or Budget(0)
        self.app = app
        self.made: list[Client] = []
        self._numbers = count(1)
        self._ingest = self._find_control()
        self.has_control = bool(self._ingest)

    def _find_control(self) -> str:
        """How the target's worlds take in sources, as its control API says; nothing where there is none for us."""
        answer = self._order("GET", "world", self.key)
        try:
            return str(answer.json()["ingest"]) if answer.status_code == 200 else ""
        except (ValueError, KeyError, TypeError):
            return ""

    @property
    def fetches(self) -> bool:
        """Whether it really fetches the sources of assets: the emulator in fetch mode, or a live service."""
        return self._ingest != "simulate"

    @property
    def is_near(self) -> bool:
        """Whether a server on this machine's loopback address is in its reach."""
        host = httpx.URL(self.base_url).host
        return self.app is not None or host in ("127.0.0.1", "localhost", "::1")

    def client(self, key: str | None = None, *, frozen: str | None = START, **world: Any) -> Client:
        """A client of its own world: fresh, frozen at a known time, changed as ``world`` says.

        A live target has one world, that of its key; it stays as it is.
        """
        if not self.has_control:
            client = Client(self, key or self.key)
            self.made.append(client)
            return client
        client = Client(self, key or f"{self.key}-{next(self._numbers)}")
        client.control("POST", "reset")
        if frozen:
            client.control("POST", "clock/freeze", {"at": frozen})
        if world:
            client.control("PATCH", "world", world)
        return client

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **options: Any) -> httpx.Response:
        """Any request, with exactly these headers beside the client's own."""
        url = path if path.startswith("http") else self.base_url + path
        if not self.has_control and method == "POST" and path.endswith("/api/v1/task"):
            self.budget.reserve(options.get("json"))
        answer = self.http.request(method, url, headers=headers, **options)
        if not self.has_control:
            self.budget.settle(answer)
        return answer

    def control(self, method: str, path: str, key: str, body: object = None) -> Any:
        """A control call that must succeed."""
        answer = self.control_response(method, path, key, body)
        if answer.status_code != 200:
            raise AssertionError(f"control call {method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def control_response(self, method: str, path: str, key: str, body: object = None) -> httpx.Response:
        """A control call, whatever is answered; skips the check where there is no control API."""
        if not self.has_control:
            pytest.skip(f"not reachable: needs the control API ({path})")
        return self._order(method, path, key, body)

    def _order(self, method: str, path: str, key: str, body: object = None) -> httpx.Response:
        headers = {"X-API-Key": key, "X-Fakeseed-Token": os.environ.get(TOKEN, "")}
        return self.http.request(method, f"{self.base_url}{CONTROL}/{path}", headers=headers, json=body)

    def tidy(self) -> None:
        """Delete the assets that checks made on a live target."""
        for client in self.made:
            client.tidy()
        self.made.clear()
