"""What a hostile client costs a polite one: memory of the server, the polite client's waits, and the end on SIGTERM.

``python -m tests.benchmarks.bench_attacks [name ...]``. The polite client asks for a list every 5 ms over one kept
connection; each attack has a server of its own.
"""

import asyncio
import contextlib
import json
import signal
import statistics
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

from rich.console import Console
from rich.table import Table

from tests.benchmarks.bench_http import Server, running
from tests.support.servers import END_SECONDS

SERVE = [
    "fakeseed",
    "serve",
    "--port",
    "0",
    "--quiet",
    "--pace",
    "instant",
    "--concurrency",
    "1000000",
    "--points",
    "900000000000000",
]
HEAD = "GET /api/v1/asset/list HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\n"
HEADERS, DRIPS, IDLE, KEYS, WEBHOOKS, BODIES = 300, 500, 2_000, 100_000, 5_000, 100
BODY_BYTES = 60_000_000
LIMIT_SECONDS = 600
"""An attack that has not ended by then has hung the server."""
DRIP_SECONDS = 10


def memory(pid: int, field: str = "VmRSS") -> float:
    """Resident memory of a process in MB."""
    rows = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(row.split()[1]) for row in rows if row.startswith(field)) / 1024


class Polite:
    """A client that asks again and again, and notes how long it waits."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.waits: list[float] = []

    async def run(self) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        while True:
            began = perf_counter()
            writer.write(HEAD.format(key="polite").encode() + b"\r\n")
            await read_response(reader)
            self.waits.append((perf_counter() - began) * 1000)
            await asyncio.sleep(0.005)


async def read_response(reader: asyncio.StreamReader) -> None:
    """Read one response to its end."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length"))
    await reader.readexactly(length)


async def large_headers(port: int) -> None:
    """One connection, 300 headers of 1 MB each."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    with contextlib.suppress(ConnectionError):
        writer.write(HEAD.format(key="k").encode())
        for number in range(HEADERS):
            writer.write(b"x-%d: " % number + b"a" * 1_000_000 + b"\r\n")
            await writer.drain()
    writer.close()


async def drips(port: int) -> None:
    """500 connections that send a byte a second."""
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(DRIPS)]
    for second in range(DRIP_SECONDS):
        for writer in writers:
            writer.write(HEAD[second].encode())
        await asyncio.sleep(1)
    for writer in writers:
        writer.close()


async def idle(port: int) -> None:
    """2,000 connections that say nothing."""
    writers = []
    for _ in range(IDLE):
        with contextlib.suppress(OSError):
            writers.append((await asyncio.open_connection("127.0.0.1", port))[1])
    await asyncio.sleep(3)
    for writer in writers:
        writer.close()


async def many_keys(port: int) -> None:
    """A request of each of 100,000 keys."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for number in range(KEYS):
        writer.write(HEAD.format(key=f"k{number}").encode() + b"\r\n")
        await read_response(reader)
    writer.close()


async def black_hole(port: int) -> None:
    """5,000 tasks with a webhook to a receiver that accepts and never answers."""
    streams = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        streams.append((reader, writer))

    hole = await asyncio.start_server(keep, "127.0.0.1", 0)
    endpoint = f"http://127.0.0.1:{hole.sockets[0].getsockname()[1]}/"
    config = {"webhook_config": {"endpoint": endpoint}}
    task = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a"}, "config": config}
    body = json.dumps(task).encode()
    head = f"POST /api/v1/task HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: k\r\nContent-Length: {len(body)}\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(WEBHOOKS):
        writer.write(head.encode() + body)
        await read_response(reader)
    await asyncio.sleep(3)
    writer.close()
    hole.close()


async def large_bodies(port: int) -> None:
    """100 bodies of 60 MB each, all at once, none of which ends."""
    head = f"POST /api/v1/task HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: k\r\nContent-Length: {BODY_BYTES}\r\n\r\n"
    chunk = b" " * 1_000_000

    async def send() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with contextlib.suppress(ConnectionError, TimeoutError):
            writer.write(head.encode())
            for _ in range(BODY_BYTES // len(chunk) - 1):
                writer.write(chunk)
                await asyncio.wait_for(writer.drain(), 10)
                if reader.at_eof():
                    break
        writers.append(writer)

    writers: list[asyncio.StreamWriter] = []
    await asyncio.gather(*(send() for _ in range(BODIES)))
    for writer in writers:
        writer.close()


ATTACKS: dict[str, Callable[[int], Awaitable[None]]] = {
    "300 x 1 MB headers": large_headers,
    "500 drips": drips,
    "2,000 idle": idle,
    "100,000 keys": many_keys,
    "5,000 webhooks to a black hole": black_hole,
    "100 x 60 MB bodies": large_bodies,
}


def run_attack(name: str, port: int) -> None:
    """Attack to its end, in a process of its own: what it costs there is no wait of the polite client."""
    asyncio.run(asyncio.wait_for(ATTACKS[name](port), LIMIT_SECONDS))


async def attacked(server: Server, name: str, attackers: Executor) -> tuple[float, float, list[float]]:
    """Memory before, memory at most, and the polite client's waits."""
    port = int(server.url.rpartition(":")[2])
    polite = Polite(port)
    asking = asyncio.create_task(polite.run())
    await asyncio.sleep(0.5)
    polite.waits.clear()
    before_attack = memory(server.pid)
    await asyncio.get_running_loop().run_in_executor(attackers, run_attack, name, port)
    await asyncio.sleep(2)
    asking.cancel()
    return before_attack, memory(server.pid, "VmHWM"), polite.waits


def main(names: list[str]) -> None:
    """Try the attacks and print the table."""
    table = Table("attack", "MB before", "MB at most", "requests", "p50 ms", "p99 ms", "longest ms", "end s")
    for name in ATTACKS:
        if names and not any(part in name for part in names):
            continue
        with running(*SERVE) as server, ProcessPoolExecutor(1, get_context("spawn")) as attackers:
            before_attack, most, waits = asyncio.run(attacked(server, name, attackers))
            began = perf_counter()
            server.process.send_signal(signal.SIGTERM)
            server.process.wait(END_SECONDS)
            end = perf_counter() - began
        figures = sorted(waits)
        row: list[float] = [
            before_attack,
            most,
            len(figures),
            statistics.median(figures),
            figures[int(len(figures) * 0.99)],
            figures[-1],
            end,
        ]
        table.add_row(name, *(f"{value:,.1f}" if value % 1 else f"{value:,}" for value in row))
    Console(width=140).print(table)


if __name__ == "__main__":
    main(sys.argv[1:])
