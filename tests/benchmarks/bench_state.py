"""Requests per second over each kind of state, beside worlds in memory, interleaved in one run.

``python -m tests.benchmarks.bench_state [rounds]``. Each load is sixteen connections to one world. On PostgreSQL also
one world for each connection, over one server and over two: worlds do not wait for each other, one world's units do.
"""

import asyncio
import json
import statistics
import sys
from contextlib import ExitStack
from time import perf_counter

import httpx
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_http import ASKED, CONNECTIONS, KEY, SECONDS, SERVE, Load, Server, raw, running
from tests.support.stores import Stores, create_database

STATES = ("memory", "sqlite", "postgresql")


def load(servers: list[Server], requests: list[bytes]) -> float:
    """Answers per second of these requests, one a connection, spread over these servers."""

    async def connections() -> float:
        loop, start = asyncio.get_running_loop(), perf_counter()
        protocols = []
        for number, request in enumerate(requests):
            host, port = servers[number % len(servers)].url.removeprefix("http://").split(":")
            make = await loop.create_connection(lambda ask=request: Load(ask, start + SECONDS), host, int(port))  # type: ignore[misc]
            protocols.append(make[1])
        await asyncio.gather(*(protocol.done for protocol in protocols))
        return sum(protocol.answered for protocol in protocols) / (perf_counter() - start)

    return asyncio.run(connections())


def with_key(request: bytes, key: str) -> bytes:
    """A request with another key."""
    return request.replace(f"x-api-key: {KEY}".encode(), f"x-api-key: {key}".encode())


def task_of(server: Server, key: str) -> str:
    """The id of a fresh task."""
    answer = httpx.post(f"{server.url}/api/v1/task", json=ASKED, headers={"x-api-key": key})
    return str(answer.json()["data"]["task_id"])


def main(rounds: int = 3) -> None:
    """Print the tables."""
    stores = Stores()
    with ExitStack() as stack:
        shared = stores.url("postgresql")
        asyncio.run(create_database(stores.server, shared.rpartition("/")[2]))
        urls = {"memory": "memory", "sqlite": stores.url("sqlite"), "postgresql": shared, "postgresql, second": shared}
        servers = {
            name: stack.enter_context(running("fakeseed", *SERVE, "--seed", "1", "--state", url))
            for name, url in urls.items()
        }
        _one_world({name: servers[name] for name in STATES}, rounds)
        _many_worlds(servers["postgresql"], servers["postgresql, second"], rounds)
    stores.close()


def _one_world(servers: dict[str, Server], rounds: int) -> None:
    table = Table("one world", *(f"{name} /s" for name in servers), *(f"{name}: of memory" for name in servers))
    post = raw("POST", "/api/v1/task", json.dumps(ASKED).encode())
    gets = {name: raw("GET", f"/api/v1/task/{task_of(server, KEY)}") for name, server in servers.items()}
    for what, requests in {"GET task": gets, "POST task": dict.fromkeys(servers, post)}.items():
        found = [
            {name: load([server], [requests[name]] * CONNECTIONS) for name, server in servers.items()}
            for _ in range(rounds)
        ]
        speeds = [statistics.median(one[name] for one in found) for name in servers]
        ratios = [statistics.median(one[name] / one["memory"] for one in found) for name in servers]
        table.add_row(what, *(f"{speed:,.0f}" for speed in speeds), *(f"{ratio:.2f}" for ratio in ratios))
    Console(width=140).print(table)


def _many_worlds(first: Server, second: Server, rounds: int) -> None:
    table = Table("a world a connection, postgresql", "one server /s", "two servers /s", "ratio")
    keys = [f"{KEY}-{number}" for number in range(CONNECTIONS)]
    post = raw("POST", "/api/v1/task", json.dumps(ASKED).encode())
    gets = [with_key(raw("GET", f"/api/v1/task/{task_of(first, key)}"), key) for key in keys]
    for name, requests in {"GET task": gets, "POST task": [with_key(post, key) for key in keys]}.items():
        pairs = [(load([first], requests), load([first, second], requests)) for _ in range(rounds)]
        connection, two = (statistics.median(column) for column in zip(*pairs, strict=True))
        table.add_row(name, f"{connection:,.0f}", f"{two:,.0f}", f"{statistics.median(b / a for a, b in pairs):.2f}")
    Console(width=140).print(table)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
