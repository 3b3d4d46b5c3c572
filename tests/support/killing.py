"""Kills a server at random moments under load, starts it again, and compares every acknowledged answer with what is
there. ``python -m tests.benchmarks.bench_kills`` does hundreds of it.
"""

import asyncio
import json
import random  # noqa: TID251 - when to kill is no world's chance
import signal
import subprocess
from collections.abc import Iterator, Sequence
from typing import Any

import httpx

from fakeseed.server.run import in_thread
from fakeseed.world.clock import seconds_passed
from tests.support.servers import serve_command, started, url_told

KEY = "fs-enterprise-killed"
HEADERS = {"X-API-Key": KEY}
CLIENTS = 8
PICTURE = "https://cdn.example/person.jpg"


class Receiver:
    """Counts the messages that come for each task."""

    def __init__(self) -> None:
        self.told: dict[str, int] = {}

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return  # killed while it told
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        task_id = json.loads(body)["data"]["task_id"]
        self.told[task_id] = self.told.get(task_id, 0) + 1
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


class Account:
    """What was acknowledged, and what was found of it."""

    def __init__(self, hook: str) -> None:
        self._hook = hook
        self.tasks: set[str] = set()
        self.assets: set[str] = set()
        self.pool: list[str] = []
        self.deleted: set[str] = set()
        self.unsure: set[str] = set()
        self.moved: dict[str, list[str]] = {}
        self.movements = 0
        self.lost: list[str] = []
        self.doubled: list[str] = []

    @property
    def acknowledged(self) -> int:
        """Writes that were answered with success."""
        return len(self.tasks) + len(self.assets) + len(self.unsure) + 2 * len(self.deleted)

    async def write(self, client: httpx.AsyncClient, dice: random.Random) -> None:
        """Write until the server is gone."""
        try:
            while True:
                if self.pool and dice.random() < len(self.pool) / 200:
                    asset_id = self.pool.pop()
                    self.assets.discard(asset_id)
                    self.unsure.add(asset_id)  # the answer may be lost: then it is there or not
                    answer = await client.delete(f"/api/v1/asset/{asset_id}")
                    assert answer.status_code == 204, answer.text
                    self.unsure.discard(asset_id)
                    self.deleted.add(asset_id)
                elif dice.random() < 0.4:
                    answer = await client.post("/api/v1/asset/upload", json={"url": PICTURE})
                    assert answer.status_code == 202, answer.text
                    self.pool.append(answer.json()["asset_id"])
                    self.assets.add(self.pool[-1])
                else:
                    hook = {"webhook_config": {"endpoint": self._hook}}
                    requested = {"model": "seedance", "task_type": "seedance-2-fast", "input": {"prompt": "a corgi"}}
                    answer = await client.post("/api/v1/task", json={**requested, "config": hook})
                    assert answer.status_code == 200, answer.text
                    self.tasks.add(answer.json()["data"]["task_id"])
        except httpx.TransportError:
            return

    async def compare(self, client: httpx.AsyncClient, tasks: set[str], assets: set[str], deleted: set[str]) -> None:
        """Hold what is there against what was acknowledged."""
        for names, path, status in (
            (tasks, "/api/v1/task/", 200),
            (assets, "/api/v1/asset/", 200),
            (deleted, "/api/v1/asset/", 404),
        ):
            for name in names:
                answer = await client.get(path + name)
                if answer.status_code != status:
                    self.lost.append(f"{path}{name}: {answer.status_code}")
        await self._points(client)

    async def _points(self, client: httpx.AsyncClient) -> None:
        while True:
            query = {"offset": self.movements, "limit": 10_000}
            found = (await client.get("/_fakeseed/ledger", params=query)).json()
            for movement in found["movements"]:
                if movement["task_id"]:
                    self.moved.setdefault(movement["task_id"], []).append(movement["kind"])
            self.movements += len(found["movements"])
            if not found["movements"]:
                break
        balances = found["balances"]
        if balances["granted"] != balances["available"] + balances["frozen"] + balances["consumed"]:
            self.lost.append(f"points: {balances}")
        self.doubled += [name for name, kinds in self.moved.items() if len(kinds) != len(set(kinds))]


PLENTY = ("--quiet", "--pace", "instant", "--seed", "1", "--concurrency", "1000000", "--points", str(10**14))


async def kill(state: str, kills: int, seed: int = 0) -> Account:
    """Kill so many times. Gives what was found."""
    dice = random.Random(seed)
    receiver = Receiver()
    arguments = ("--state", state, *PLENTY)
    with in_thread(receiver) as hook:
        account = Account(hook)
        observed: tuple[set[str], set[str], set[str]] = (set(), set(), set())
        for _ in range(kills):
            with started(*arguments) as server:
                async with httpx.AsyncClient(base_url=server.url, headers=HEADERS, timeout=20) as client:
                    now = (set(account.tasks), set(account.assets), set(account.deleted))
                    await account.compare(client, *(new - old for new, old in zip(now, observed, strict=True)))
                    observed = now
                    clients = [asyncio.ensure_future(account.write(client, dice)) for _ in range(CLIENTS)]
                    await asyncio.sleep(dice.uniform(0.01, 0.4))
                    server.process.send_signal(signal.SIGKILL)
                    await asyncio.gather(*clients)
        with started(*arguments) as server:
            async with httpx.AsyncClient(base_url=server.url, headers=HEADERS, timeout=20) as client:
                await account.compare(client, account.tasks, account.assets, account.deleted)
                await _all_told(client, account, receiver)
        account.lost += [f"webhook of {name}" for name in account.tasks if name not in receiver.told]
    return account


async def kill_at_first_start(states: Iterator[str], kills: int, seed: int = 0) -> tuple[list[Account], int]:
    """Kill so many servers while they make a state that was not there, or take their first writes.

    Gives what was found of each, and how many were killed before they could say where they listen.
    """
    dice = random.Random(seed)
    seconds = await _start_seconds(next(states))
    unready = 0
    accounts = []
    for _ in range(kills):
        arguments = ("--state", next(states), *PLENTY)
        accounts.append(Account("http://127.0.0.1:9/"))
        unready += await _killed_early(arguments, accounts[-1], dice.uniform(0, 1.3 * seconds), dice)
        with started(*arguments) as server:
            async with httpx.AsyncClient(base_url=server.url, headers=HEADERS, timeout=20) as client:
                account = accounts[-1]
                await account.compare(client, account.tasks, account.assets, account.deleted)
                account.lost += await _unusable(client)
    return accounts, unready


async def _start_seconds(state: str) -> float:
    """How long a first start takes on this machine."""
    began = seconds_passed()
    with started("--state", state, *PLENTY):
        return seconds_passed() - began


async def _killed_early(arguments: Sequence[str], account: Account, seconds: float, dice: random.Random) -> bool:
    """Start a server, write as soon as it listens, and kill it after so long; whether it was not ready by then."""
    command = serve_command(*arguments)
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: ASYNC220 - nobody else waits
        killing = asyncio.get_running_loop().call_later(seconds, process.kill)
        try:
            url = await asyncio.to_thread(url_told, process)
        except AssertionError:
            return True
        else:
            async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=20) as client:
                await account.write(client, dice)
            return False
        finally:
            killing.cancel()
            process.kill()


async def _unusable(client: httpx.AsyncClient) -> list[str]:
    """What stands against the use of a state that was killed at its birth."""
    created = await client.post("/api/v1/asset/upload", json={"url": PICTURE})
    return [] if created.status_code == 202 else [f"first write: {created.status_code} {created.text[:200]}"]


async def _all_told(client: httpx.AsyncClient, account: Account, receiver: Receiver) -> None:
    """Wait until every message has come, for as long as any effect is under way."""
    for _ in range(600):
        if account.tasks <= receiver.told.keys():
            return
        await asyncio.sleep(0.05)
