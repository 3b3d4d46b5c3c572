"""A reader of ``GET events`` for tests: it stands beside a server and gives events as they come."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

WAIT_SECONDS = 20.0


class Events:
    """Events of one stream, in order."""

    def __init__(self, response: httpx.Response) -> None:
        self._lines = response.iter_lines()

    def next(self) -> tuple[str, int | None, Any]:
        """The next event: its name, its id if it has one, its data."""
        name, number = "", None
        for line in self._lines:
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("id: "):
                number = int(line.removeprefix("id: "))
            elif line.startswith("data: "):
                return name, number, json.loads(line.removeprefix("data: "))
        raise AssertionError("the stream has ended")

    def until(self, name: str) -> Any:
        """The data of the next event with this name."""
        while True:
            event = self.next()
            if event[0] == name:
                return event[2]


@contextmanager
def following(url: str, headers: dict[str, str], **query: Any) -> Iterator[Events]:
    """Follow a world; the first event, its figures, has come when the context begins."""
    limits = httpx.Timeout(WAIT_SECONDS)
    with (
        httpx.Client(timeout=limits) as client,
        client.stream("GET", f"{url}/_fakeseed/events", headers=headers, params=query) as response,
    ):
        assert response.status_code == 200, response.read()
        assert response.headers["content-type"].startswith("text/event-stream")
        events = Events(response)
        yield events
