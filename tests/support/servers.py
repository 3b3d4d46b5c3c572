"""Servers as processes of their own."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple


class Started(NamedTuple):
    """A server process and where it listens."""

    url: str
    process: subprocess.Popen[str]


async def at_once(url: str, path: str, key: str, bodies: list[object]) -> list[int]:
    """Post all of these together, each over a connection of its own; gives the statuses."""
    host, port = url.removeprefix("http://").split(":")
    connections = [await asyncio.open_connection(host, int(port)) for _ in bodies]

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, body: object) -> int:
        data = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\nx-api-key: {key}\r\ncontent-length: {len(data)}\r\n"
        writer.write(f"{head}connection: close\r\n\r\n".encode() + data)
        answer = await reader.read()
        writer.close()
        return int(answer.split()[1])

    return await asyncio.gather(*(ask(*connection, body) for connection, body in zip(connections, bodies, strict=True)))


@contextmanager
def started(*arguments: str) -> Iterator[Started]:
    """``fakeseed serve`` on a free port for as long as the context lasts."""
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            first_line = process.stdout.readline()
            match = re.search(r"http://\S+", first_line)
            assert match, f"the server did not start: {first_line}"
            yield Started(match[0], process)
        finally:
            process.terminate()
            process.wait(20)
