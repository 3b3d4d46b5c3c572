"""Reading ``GET events``: what happens in a world, one event after the other."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from typing import Any

import httpx
import msgspec

from fakeseed.cli.remote import Json, Remote
from fakeseed.client.calls import PREFIX, decode_response


def events_of(world: Remote, **query: Any) -> Iterator[tuple[str, Json]]:
    """Events as pairs of name and data, for as long as the emulator sends them. Raises ControlError."""
    with world.control() as control, closing(httpx.Client(trust_env=False)) as client:
        address, headers = f"{control.url}{PREFIX}/events", control.headers
        limits = httpx.Timeout(30.0, connect=5.0)
        try:
            with client.stream("GET", address, params=query, headers=headers, timeout=limits) as response:
                if response.status_code != 200:
                    decode_response(response.status_code, response.read())
                yield from parsed(response.iter_lines())
        except httpx.HTTPError as problem:
            raise control.failure(problem) from None


def parsed(lines: Iterable[str]) -> Iterator[tuple[str, Json]]:
    """Server-sent events from their lines."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, msgspec.json.decode(line.removeprefix("data: "))
