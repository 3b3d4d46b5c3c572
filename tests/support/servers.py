"""Servers as processes of their own."""

import asyncio
import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

START_SECONDS, END_SECONDS = 60, 20
"""A server that has not started or ended by then hangs."""


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
    with subprocess.Popen(serve_command(*arguments), stdout=subprocess.PIPE, text=True) as process:
        try:
            yield Started(url_told(process), process)
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                raise


def serve_command(*arguments: str) -> list[str]:
    """What starts a server on a free port."""
    return [sys.executable, "-m", "fakeseed", "serve", "--port", "0", *arguments]


def url_told(process: "subprocess.Popen[str]") -> str:
    """The URL in the first line that a server prints; one that prints none in time is killed."""
    assert process.stdout is not None
    overdue = threading.Timer(START_SECONDS, process.kill)
    overdue.start()
    try:
        first_line = process.stdout.readline()
    finally:
        overdue.cancel()
    match = re.search(r"https?://\S+", first_line)
    assert match, f"the server did not start: {first_line!r}"
    return match[0]
