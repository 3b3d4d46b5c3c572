"""Puts a database into trouble under load, and compares every acknowledged answer with what is there afterwards.

``python -m tests.support.troubled [seconds] [disk-full|read-only|restarted|hung|demoted ...]``

The disk that gets full is a file system in memory of its own, so this needs Linux and root, and PostgreSQL's binaries.
"""

import asyncio
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from fakeseed.world.clock import seconds_passed
from tests.support.postgres import Cluster, cluster
from tests.support.servers import started

CLIENTS = 8
HEADERS = {"X-API-Key": "fs-enterprise-troubled"}
PICTURE = "https://cdn.example/person.jpg"
TASK = {"model": "seedance", "task_type": "seedance-2-fast", "input": {"prompt": "a corgi"}}


class Figures(msgspec.Struct):
    """What a run gave: counts, and real seconds."""

    trouble: str
    acknowledged: int = 0
    refused: int = 0
    unanswered: int = 0
    lost: int = 0
    doubled: int = 0
    longest_wait: float = 0
    healthy_after: float = 0
    health_said: str = ""


Part = Callable[[], Awaitable[None]]


class Load:
    """Clients that write, and remember what was acknowledged."""

    def __init__(self, client: httpx.AsyncClient, figures: Figures) -> None:
        self._client, self._figures = client, figures
        self._running = True
        self._tasks: set[str] = set()
        self._assets: set[str] = set()

    async def write(self, number: int) -> None:
        """Create tasks and assets by turns until the load ends; a 503 is tried again after a moment."""
        while self._running:
            number += 1
            path, body = ("/api/v1/task", TASK) if number % 2 else ("/api/v1/asset/upload", {"url": PICTURE})
            began = seconds_passed()
            try:
                answer = await self._client.post(path, json=body)
            except httpx.TransportError:
                self._figures.unanswered += 1
                continue
            self._figures.longest_wait = max(self._figures.longest_wait, seconds_passed() - began)
            if answer.status_code == 503:
                assert answer.headers["retry-after"] == "1", answer.headers
                self._figures.refused += 1
                await asyncio.sleep(0.05)
                continue
            assert answer.status_code < 300, answer.text
            created = answer.json()
            (self._tasks.add if number % 2 else self._assets.add)(
                created["data"]["task_id"] if number % 2 else created["asset_id"]
            )

    async def end(self, writers: "list[asyncio.Task[None]]") -> None:
        """End the load and hold what is there against what was acknowledged."""
        self._running = False
        await asyncio.gather(*writers)
        figures = self._figures
        figures.acknowledged = len(self._tasks) + len(self._assets)
        for path, names in (("/api/v1/task/", self._tasks), ("/api/v1/asset/", self._assets)):
            for name in names:
                figures.lost += (await self._client.get(path + name)).status_code != 200
        moved: list[tuple[str, str]] = []
        while True:
            page = (await self._client.get(f"/_fakeseed/ledger?limit=10000&offset={len(moved)}")).json()
            moved += [(movement["task_id"], movement["kind"]) for movement in page["movements"]]
            if not page["movements"]:
                break
        paid = [movement for movement in moved if movement[0]]
        figures.doubled = len(paid) - len(set(paid))
        balances = page["balances"]
        assert balances["granted"] == balances["available"] + balances["frozen"] + balances["consumed"]


async def under_load(url: str, figures: Figures, seconds: float, begin: Part, end: Part) -> Figures:
    """Load a server; let the trouble begin after a second and end after ``seconds``."""
    async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=60) as client:
        load = Load(client, figures)
        writers = [asyncio.ensure_future(load.write(number)) for number in range(CLIENTS)]
        await asyncio.sleep(1)
        await begin()
        await asyncio.sleep(seconds)
        health = await client.get("/_fakeseed/health")
        figures.health_said = health.json().get("error", health.json()["status"])
        await end()
        began = seconds_passed()
        while (await client.get("/_fakeseed/health")).status_code != 200:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        figures.healthy_after = seconds_passed() - began
        await asyncio.sleep(1)
        await load.end(writers)
    return figures


SERVE = ("--quiet", "--pace", "fast", "--seed", "1", "--concurrency", "1000000", "--points", str(10**14))


def run(*command: str) -> None:
    """Run one of the system's programs."""
    subprocess.run(command, check=True, capture_output=True)


@contextmanager
def small_disk() -> Iterator[Path]:
    """A file system in memory, of 64 MB."""
    with tempfile.TemporaryDirectory() as folder:
        run("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", folder)
        try:
            yield Path(folder)
        finally:
            run("umount", "-l", folder)


def fill(filler: Path) -> None:
    """Leave no room on a disk."""
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass


async def disk_full(seconds: float) -> Figures:
    """SQLite; another program fills the disk, and cleans it up again."""
    with small_disk() as folder, started("--state", f"sqlite:///{folder}/worlds.db", *SERVE) as server:
        filler = folder / "filler"

        async def begin() -> None:
            fill(filler)

        async def end() -> None:
            filler.unlink()

        return await under_load(server.url, Figures("disk full (SQLite)"), seconds, begin, end)


async def read_only(seconds: float) -> Figures:
    """SQLite; the disk is full, and then mounted read-only, which it can only be while nobody has a file open there."""
    with small_disk() as folder, started("--state", f"sqlite:///{folder}/worlds.db", *SERVE) as server:
        filler = folder / "filler"

        async def begin() -> None:
            fill(filler)
            for _ in range(200):
                if remounted(folder, "ro"):
                    return
                await asyncio.sleep(0.01)
            raise AssertionError("the file is never let go of")

        async def end() -> None:
            assert remounted(folder, "rw")
            filler.unlink()

        return await under_load(server.url, Figures("read-only (SQLite)"), seconds, begin, end)


def remounted(folder: Path, mode: str) -> bool:
    """Mount a disk anew as ``ro`` or ``rw``; whether that could be done."""
    return not subprocess.run(
        ["mount", "-o", f"remount,{mode}", str(folder)], capture_output=True, check=False
    ).returncode


async def on_cluster(
    name: str, seconds: float, begin: Callable[[Cluster], None], end: Callable[[Cluster], None]
) -> Figures:
    """PostgreSQL in trouble."""
    with cluster() as database, started("--state", database.url(), *SERVE) as server:
        return await under_load(
            server.url,
            Figures(name),
            seconds,
            lambda: asyncio.to_thread(begin, database),
            lambda: asyncio.to_thread(end, database),
        )


async def restarted(seconds: float) -> Figures:
    """PostgreSQL is stopped and started again."""
    return await on_cluster("restarted (PostgreSQL)", seconds, Cluster.stop, Cluster.start)


async def hung(seconds: float) -> Figures:
    """PostgreSQL does not answer, and goes on later."""
    return await on_cluster(
        "hung (PostgreSQL)", seconds, lambda server: server.pause(True), lambda server: server.pause(False)
    )


async def demoted(seconds: float) -> Figures:
    """PostgreSQL takes no writes, as after another server has taken over."""
    return await on_cluster(
        "read-only (PostgreSQL)", seconds, lambda server: server.read_only(True), lambda server: server.read_only(False)
    )


TROUBLES = {"disk-full": disk_full, "read-only": read_only, "restarted": restarted, "hung": hung, "demoted": demoted}


def main(seconds: str = "5", *names: str) -> int:
    """Print what was found; 1 when anything was lost or done twice."""
    runs = [asyncio.run(TROUBLES[name](float(seconds))) for name in names or TROUBLES]
    for figures in runs:
        print(msgspec.json.encode(figures).decode())
    return int(any(figures.lost or figures.doubled for figures in runs))


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
