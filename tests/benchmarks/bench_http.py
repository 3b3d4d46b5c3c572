"""Requests per second and processor time per request, beside plain Starlette, interleaved in one run.

``python -m tests.benchmarks.bench_http [rounds]``. Processor time is the server's own (user and system), so a busy
machine and the load generator's cost matter less; both ratios are reported as medians over the rounds.
"""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, cast

import httpx
from rich.console import Console
from rich.table import Table

from tests.support.servers import END_SECONDS, url_told

CONNECTIONS = 16
SECONDS = 1.5
KEY = "bench"
ASKED = {
    "model": "seedance",
    "task_type": "seedance-2-fast",
    "input": {"prompt": "a corgi runs along the beach at dawn", "duration": 5, "resolution": "720p"},
}
SERVE = [
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


class Server(NamedTuple):
    """A server under load."""

    url: str
    pid: int
    process: subprocess.Popen[str]

    @property
    def cpu_seconds(self) -> float:
        """Processor time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / 100


@contextmanager
def running(*arguments: str, checkout: str | None = None) -> Iterator[Server]:
    """A server process, of another checkout maybe; the first URL that it prints is where it listens."""
    process = subprocess.Popen([sys.executable, "-m", *arguments], stdout=subprocess.PIPE, text=True, cwd=checkout)
    try:
        yield Server(url_told(process), process.pid, process)
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        finally:
            process.kill()


class Load(asyncio.Protocol):
    """One connection that sends the same request again as soon as its answer is whole."""

    def __init__(self, request: bytes, until: float) -> None:
        self._request = request
        self._until = until
        self._buffer = b""
        self.answered = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's is one in all but name
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Count an answer and ask again."""
        self._buffer += data
        head, match, body = self._buffer.partition(b"\r\n\r\n")
        if not match:
            return
        length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        if len(body) < length:
            return
        assert head.startswith(b"HTTP/1.1 200"), head
        self._buffer = body[length:]
        self.answered += 1
        if perf_counter() < self._until:
            self._transport.write(self._request)
        elif not self.done.done():
            self._transport.close()
            self.done.set_result(None)


def load(server: Server, request: bytes) -> tuple[float, float]:
    """Answers per second, and microseconds of the server's processor time per answer."""

    async def connections() -> tuple[int, float]:
        host, port = server.url.removeprefix("http://").split(":")
        loop, start = asyncio.get_running_loop(), perf_counter()
        protocols = [
            (await loop.create_connection(lambda: Load(request, start + SECONDS), host, int(port)))[1]
            for _ in range(CONNECTIONS)
        ]
        await asyncio.gather(*(protocol.done for protocol in protocols))
        return sum(protocol.answered for protocol in protocols), perf_counter() - start

    cpu_before = server.cpu_seconds
    answered, took = asyncio.run(connections())
    return answered / took, (server.cpu_seconds - cpu_before) / answered * 1e6


def raw(method: str, path: str, body: bytes = b"") -> bytes:
    """A request as bytes."""
    head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nx-api-key: {KEY}\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n\r\n".encode() + body


def main(rounds: int = 5) -> None:
    """Print the table."""
    try:
        import uvloop

        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
    except ImportError:
        pass
    with running("fakeseed", *SERVE) as ours:
        headers = {"x-api-key": KEY}
        task_id = httpx.post(f"{ours.url}/api/v1/task", json=ASKED, headers=headers).json()["data"]["task_id"]
        document = httpx.get(f"{ours.url}/api/v1/task/{task_id}", headers=headers).text
        with tempfile.NamedTemporaryFile("w", suffix=".json") as rounds_kept:
            rounds_kept.write(document)
            rounds_kept.flush()
            requests = {
                "GET task": raw("GET", f"/api/v1/task/{task_id}"),
                "POST task": raw("POST", "/api/v1/task", json.dumps(ASKED).encode()),
            }
            with running("tests.benchmarks.plain", rounds_kept.name) as plain:
                _print(requests, plain, ours, rounds)


def _print(requests: dict[str, bytes], plain: Server, ours: Server, rounds: int) -> None:
    table = Table("request", "plain /s", "ours /s", "ratio", "plain µs", "ours µs", "ratio of processor time")
    for name, request in requests.items():
        pairs = [(load(plain, request), load(ours, request)) for _ in range(rounds)]
        columns = [statistics.median(column) for column in zip(*(a + b for a, b in pairs), strict=True)]
        speed = statistics.median(b[0] / a[0] for a, b in pairs)
        cost = statistics.median(a[1] / b[1] for a, b in pairs)
        table.add_row(
            name,
            f"{columns[0]:,.0f}",
            f"{columns[2]:,.0f}",
            f"{speed:.2f}",
            f"{columns[1]:.0f}",
            f"{columns[3]:.0f}",
            f"{cost:.2f}",
        )
    Console().print(table)


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
