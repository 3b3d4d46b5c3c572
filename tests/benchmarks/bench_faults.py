"""What faults cost the requests that meet none: worlds with nothing armed, with what never matches, and as before.

``python -m tests.benchmarks.bench_faults [rounds] [checkout]``. Each world has a server of its own; they are loaded
in turn within each round. ``checkout`` is another tree of fakeseed, such as the last commit without faults. Ratios are
medians over the rounds of processor time, held against the world with nothing armed.
"""

import asyncio
import contextlib
import json
import statistics
import sys
from typing import NamedTuple

import httpx
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_http import ASKED, KEY, SERVE, Server, load, raw, running

NEVER = {"fault": "status", "on": "GET histories", "always": True}
BY_TYPE = {"fault": "status", "task_type": "remove-watermark", "always": True}
CASES: dict[str, list[dict[str, object]]] = {
    "nothing armed": [],
    "1 on another route": [NEVER],
    "1 on another type": [BY_TYPE],
    "20 on another route": [NEVER] * 20,
}


class World(NamedTuple):
    """A world under load."""

    server: Server
    task_id: str

    def request(self, name: str) -> bytes:
        """One of the requests that are measured."""
        if name == "GET task":
            return raw("GET", f"/api/v1/task/{self.task_id}")
        return raw("POST", "/api/v1/task", json.dumps(ASKED).encode())


def world(server: Server, orders: list[dict[str, object]]) -> World:
    """A world with one task and these faults."""
    with httpx.Client(base_url=server.url, headers={"x-api-key": KEY}) as client:
        task_id = client.post("/api/v1/task", json=ASKED).json()["data"]["task_id"]
        if orders:
            client.post("/_fakeseed/faults", json=orders).raise_for_status()
    return World(server, task_id)


def main(rounds: int = 5, checkout: str | None = None) -> None:
    """Print the table."""
    with contextlib.suppress(ImportError):
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    with contextlib.ExitStack() as stack:
        worlds = {
            name: world(stack.enter_context(running("fakeseed", *SERVE)), orders) for name, orders in CASES.items()
        }
        if checkout:
            worlds["other checkout"] = world(stack.enter_context(running("fakeseed", *SERVE, checkout=checkout)), [])
        table = Table(
            "world", *(f"{name} {column}" for name in ("GET task", "POST task") for column in ("µs", "ratio"))
        )
        columns = [column for name in ("GET task", "POST task") for column in _measured(worlds, name, rounds)]
        for name, *cells in zip(worlds, *columns, strict=True):
            table.add_row(name, *cells)
        Console().print(table)


def _measured(worlds: dict[str, World], request: str, rounds: int) -> tuple[list[str], list[str]]:
    """Microseconds of processor time in each world, and the ratio to the first."""
    figures = [_turn(list(worlds.values()), request, number) for number in range(rounds)]
    ratios = [[cost / row[0] for cost in row] for row in figures]
    return _medians(figures, "{:.0f}"), _medians(ratios, "{:.2f}")


def _turn(worlds: list[World], request: str, first: int) -> list[float]:
    """One round, begun with another world each time; in the order of the worlds."""
    rivals = [(first + step) % len(worlds) for step in range(len(worlds))]
    costs = {rival: load(worlds[rival].server, worlds[rival].request(request))[1] for rival in rivals}
    return [costs[rival] for rival in range(len(worlds))]


def _medians(rows: list[list[float]], form: str) -> list[str]:
    return [form.format(statistics.median(column)) for column in zip(*rows, strict=True)]


if __name__ == "__main__":
    main(*(int(argument) if argument.isdigit() else argument for argument in sys.argv[1:]))  # type: ignore[arg-type]
