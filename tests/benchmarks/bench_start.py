"""From process start to the first answer, beside plain uvicorn and Starlette, interleaved in one run.

``python -m tests.benchmarks.bench_start [rounds]``.
"""

import statistics
import sys
from time import perf_counter

import httpx
from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_http import SERVE, running


def once(client: httpx.Client, path: str, *arguments: str) -> float:
    """Seconds until a fresh process has answered."""
    start = perf_counter()
    with running(*arguments) as server:
        client.get(server.url + path).raise_for_status()
        return perf_counter() - start


def main(rounds: int = 10) -> None:
    """Print the table."""
    plain, ours = [], []
    with httpx.Client() as client:
        for _ in range(rounds):
            plain.append(once(client, "/health", "tests.benchmarks.plain"))
            ours.append(once(client, "/_fakeseed/health", "fakeseed", *SERVE))
    table = Table("", "median ms", "best ms")
    for name, times in (("plain", plain), ("ours", ours)):
        table.add_row(name, f"{statistics.median(times) * 1000:.0f}", f"{min(times) * 1000:.0f}")
    ratio = statistics.median(b / a for a, b in zip(plain, ours, strict=True))
    Console().print(table, f"ratio {ratio:.2f} (median of pairs)")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
