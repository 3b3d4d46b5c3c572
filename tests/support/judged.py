"""Holds servers over a database to the contracts: one over SQLite, or two over PostgreSQL, asked in turn.

``python -m tests.support.judged sqlite|postgresql [words for pytest]``
"""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx

from fakeseed.server.run import in_thread
from tests.support.servers import started
from tests.support.stores import Stores, create_database

ROOT = Path(__file__).parents[2]
SERVERS = {"sqlite": 1, "postgresql": 2}


class RoundRobin:
    """Hands each request to the next server."""

    def __init__(self, urls: list[str]) -> None:
        self._urls = itertools.cycle(urls)
        self._client: httpx.AsyncClient | None = None
        self.handed = 0

    async def _live(self, receive: Any, send: Any) -> None:
        """Hold connections for as long as the server runs."""
        await receive()
        async with httpx.AsyncClient(timeout=60, trust_env=False) as self._client:
            await send({"type": "lifespan.startup.complete"})
            await receive()
        await send({"type": "lifespan.shutdown.complete"})

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._live(receive, send)
            return
        assert self._client is not None, "the server has begun"
        body, keywords = b"", True
        while keywords:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, keywords = body + message.get("body", b""), message.get("more_body", False)
        self.handed += 1
        path = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        url = httpx.URL(next(self._urls)).copy_with(raw_path=path)
        request = httpx.Request(scope["method"], url, headers=scope["headers"], content=body)
        answer = await self._client.send(request, stream=True)
        data = b"".join([chunk async for chunk in answer.aiter_raw()])
        await answer.aclose()
        headers = [(name.lower(), value) for name, value in answer.headers.raw if name.lower() != b"transfer-encoding"]
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": data})


@contextmanager
def served(stores: Stores, kind: str) -> Iterator[str]:
    """The URL behind which the servers are."""
    url = stores.url(kind)
    if kind == "postgresql":
        asyncio.run(create_database(stores.server, url.rpartition("/")[2]))
    with ExitStack() as stack:
        urls = [stack.enter_context(started("--state", url, "--seed", "contracts")).url for _ in range(SERVERS[kind])]
        yield stack.enter_context(in_thread(RoundRobin(urls)))


def judge(stores: Stores, kind: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """What pytest said."""
    with served(stores, kind) as url:
        options = ("-q", "-n", "0", "-p", "no:cacheprovider")
        command = [sys.executable, "-m", "pytest", *options, *arguments, "--target", url]
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def main(kind: str, *arguments: str) -> int:
    """Print what pytest said."""
    stores = Stores()
    try:
        failures = judge(stores, kind, *(arguments or ("contracts",)))
    finally:
        stores.close()
    print(failures.stdout[-6000:], failures.stderr[-2000:])
    return failures.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
