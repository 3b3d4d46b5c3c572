"""Many clients at once: 10,000 racing polls over 200 worlds on one server, while every world's clock is moved.

Repeat it: pytest tests/server/test_races.py -s
"""

import asyncio
import json
from collections import Counter
from typing import Any

import pytest

from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

WORLDS = 200
POLLS = 50
CREATE = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}}
RANK = {"pending": 0, "processing": 1, "completed": 2}


class Line:
    """One connection of one key; httpx would take ten times as long."""

    def __init__(self, key: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.key = key
        self._reader = reader
        self._writer = writer

    async def ask(self, method: str, path: str, body: object = None) -> Any:
        """One request; gives the answer's JSON."""
        sent = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nhost: fakeseed\r\nx-api-key: {self.key}\r\ncontent-length: {len(sent)}\r\n"
        self._writer.write(head.encode() + b"\r\n" + sent)
        answer = await self._reader.readuntil(b"\r\n\r\n")
        fields = dict(connection.split(": ", 1) for connection in answer.decode().split("\r\n")[1:-2])
        return json.loads(await self._reader.readexactly(int(fields["content-length"])))

    def close(self) -> None:
        self._writer.close()


async def race(port: int, number: int, limit: asyncio.Semaphore) -> list[str]:
    """One world: a task, its polls from three connections, and somebody who moves the clock; the statuses seen."""
    key = f"race-{number}"
    async with limit:
        connections = [Line(key, *await asyncio.open_connection("127.0.0.1", port)) for _ in range(4)]
        created = await connections[0].ask("POST", "/api/v1/task", CREATE)
        task = created["data"]["task_id"]
        statuses: list[str] = []

        async def poll(connection: Line, times: int) -> None:
            last = 0
            for _ in range(times):
                data = (await connection.ask("GET", f"/api/v1/task/{task}"))["data"]
                assert data["task_id"] == task
                assert RANK[data["status"]] >= last, "a status went back"
                last = RANK[data["status"]]
                statuses.append(data["status"])

        async def move() -> None:
            for _ in range(8):
                await connections[3].ask("POST", "/_fakeseed/clock/advance", {"by": 0.5})

        shares = [POLLS // 3, POLLS // 3, POLLS - 2 * (POLLS // 3)]
        await asyncio.gather(move(), *map(poll, connections, shares))
        await check(connections[3], task)
        for connection in connections:
            connection.close()
    return statuses


async def check(connection: Line, task: str) -> None:
    """Every transition happened once and in order, every poll was written down, and nothing is of another world."""
    entries = (await connection.ask("GET", "/_fakeseed/journal?limit=10000"))["entries"]
    steps = [(entry["from"], entry["to"]) for entry in entries if entry["kind"] == "event"]
    assert steps == [(None, "pending"), ("pending", "processing"), ("processing", "completed")]
    requests = [entry for entry in entries if entry["kind"] == "request"]
    assert len(requests) == 1 + POLLS
    assert {entry["answer"]["data"]["task_id"] for entry in requests} == {task}
    assert [entry["seq"] for entry in entries] == sorted(entry["seq"] for entry in entries)


@pytest.mark.slow
def test_ten_thousand_racing_polls_over_two_hundred_worlds() -> None:
    async def everybody(port: int) -> list[list[str]]:
        limit = asyncio.Semaphore(100)  # worlds at once: 400 connections
        return list(await asyncio.gather(*(race(port, number, limit) for number in range(WORLDS))))

    with in_thread(App(Settings(seed="races", freeze_at=1_780_000_000_000_000_000))) as url:
        statuses = asyncio.run(everybody(int(url.rpartition(":")[2])))
    counts = Counter(status for world in statuses for status in world)
    assert counts.total() == WORLDS * POLLS
    print(f"\n{counts.total():,} polls over {WORLDS} worlds: {dict(counts)}")
