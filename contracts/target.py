"""The base URL under judgement, and clients of it."""

import os
from collections.abc import Mapping
from itertools import count
from typing import Any

import httpx
import pytest

from .client import START, Client
from .spending import Budget

CONTROL = "/_fakeseed"
TOKEN = "FAKESEED_CONTROL_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable that holds the control token, where the target asks for one."""


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

    def send(self, method: str, path: str, headers: Mapping[str, str] | None = None, **more: Any) -> httpx.Response:
        """Any request, with exactly these headers beside the client's own."""
        url = path if path.startswith("http") else self.base_url + path
        if not self.has_control and method == "POST" and path.endswith("/api/v1/task"):
            self.budget.reserve(more.get("json"))
        answer = self.http.request(method, url, headers=headers, **more)
        if not self.has_control:
            self.budget.settle(answer)
        return answer

    def control(self, method: str, path: str, key: str, body: object = None) -> Any:
        """A control call that must succeed."""
        answer = self.order(method, path, key, body)
        if answer.status_code != 200:
            raise AssertionError(f"control call {method} {path} answered {answer.status_code}: {answer.text}")
        return answer.json()

    def order(self, method: str, path: str, key: str, body: object = None) -> httpx.Response:
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
