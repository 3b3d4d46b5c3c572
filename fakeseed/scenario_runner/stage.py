"""A server for runs, and how a run speaks to it: as a client, and through the control API."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from fakeseed.errors import UsageError
from fakeseed.model.times import parse_instant
from fakeseed.scenario_runner.webhook_receiver import Receiver
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

BEGIN = "2026-06-07T15:41:23Z"
"""Where the worlds of runs begin, unless a scenario says otherwise."""
HOST = "fakeseed"
"""The Host that every request names, so that answers do not depend on the port."""
PATIENCE = 0.5
"""Real seconds after which a run's client gives an answer up for lost, where it must be lost, and a poll anywhere."""
ANSWERED_BY = 10.0
"""Real seconds within which an answer that must come comes, however busy the machine is."""


class EmulatorUnderScenario:
    """A running server with its receiver."""

    def __init__(self, url: str, receiver: Receiver) -> None:
        self.url = url
        self.receiver = receiver


class WorldClient:
    """One key's connection to a stage, for the length of one run."""

    def __init__(self, url: str, key: str) -> None:
        headers = {"X-API-Key": key, "Host": HOST, "User-Agent": "fakeseed-scenario"}
        self.http = httpx.Client(base_url=url, headers=headers, timeout=ANSWERED_BY, trust_env=False)
        self._control = httpx.Client(base_url=f"{url}/_fakeseed", headers=headers, timeout=30, trust_env=False)

    def control(self, method: str, path: str, body: object = None) -> Any:
        """A control call. Raises UsageError with what the server says against it."""
        response = self._control.request(method, path, json=body)
        content = response.json()
        if response.status_code != 200:
            raise UsageError(content.get("error", response.text), content.get("hint", ""))
        return content

    def journal(self) -> bytes:
        """The journal as it is sent."""
        return self._control.get("journal?limit=10000").content

    def close(self) -> None:
        """Let go of the connections."""
        self.http.close()
        self._control.close()


@contextmanager
def staged() -> Iterator[EmulatorUnderScenario]:
    """A server for as long as the context lasts. Raises StartError when it does not start."""
    receiver = Receiver()
    settings = Settings(seed="scenario", freeze_at=parse_instant(BEGIN))
    with in_thread(App(settings, webhook_transport=receiver.transport)) as url:
        yield EmulatorUnderScenario(url, receiver)
