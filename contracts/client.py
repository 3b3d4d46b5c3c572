"""A small client of one key: the vendor's calls, and the control calls that checks need."""

import time
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from .target import Target

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


class Client:
    """One key's view of a target."""

    def __init__(self, target: "Target", key: str) -> None:
        self.target = target
        self.key = key
        self._uploaded: list[str] = []

    def other(self, key: str | None = None, **world: Any) -> "Client":
        """A client of another key's world."""
        return self.target.client(key, **world)

    # -- the vendor's calls -------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any) -> httpx.Response:
        """Any request with this key."""
        answer = self.target.send(method, path, {"X-API-Key": self.key, **(headers or {})}, **more)
        if method == "POST" and path.endswith("/asset/upload"):
            self._remember(answer)
        return answer

    def _remember(self, answer: httpx.Response) -> None:
        if self.target.has_control or answer.status_code >= 400:
            return
        found = answer.json()
        entries = found.get("results", [found]) if isinstance(found, dict) else []
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
        found: Json = answer.json()
        return found

    def asset(self, asset_id: str) -> httpx.Response:
        """Get one asset."""
        return self.call("GET", f"/api/v1/asset/{asset_id}")

    def seen(self, asset_id: str) -> Json:
        """One asset that must be there."""
        answer = self.asset(asset_id)
        assert answer.status_code == 200, f"get of {asset_id} answered {answer.status_code}: {answer.text}"
        found: Json = answer.json()
        return found

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

    def ordered(self, method: str, path: str, body: object = None) -> httpx.Response:
        """A control call that may be refused."""
        return self.target.order(method, path, self.key, body)

    def patch(self, **world: Any) -> None:
        """Change what holds in this world."""
        self.control("PATCH", "world", world)

    def world(self) -> Json:
        """The world at a glance."""
        found: Json = self.control("GET", "world")
        return found

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
            return str(self.seen(asset_id)["status"])
        for _ in range(PATIENCE_SECONDS // POLL_SECONDS):
            if self.seen(asset_id)["status"] != "Processing":
                break
            time.sleep(POLL_SECONDS)
        return str(self.seen(asset_id)["status"])

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
