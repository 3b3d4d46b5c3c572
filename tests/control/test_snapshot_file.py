"""Snapshots as files: written and read a few records at a time, their limit known before the work."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable

import msgspec
import pytest

from fakeseed.control import snapshot_file, snapshots
from fakeseed.control.snapshot_file import read_snapshot
from tests.conftest import Api

pytestmark = pytest.mark.anyio
TASKS = 300


async def test_a_snapshot_is_sent_in_pieces_of_a_few_records(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshot_file, "AT_ONCE", 2)
    for _ in range(7):
        await api.upload()
    whole = (await api.http.get("/_fakeseed/snapshot")).json()
    pieces: list[bytes] = []

    async def send(message: dict[str, object]) -> None:
        body = message.get("body", b"")
        assert isinstance(body, bytes)
        pieces.append(body)

    async def receive() -> dict[str, object]:
        await asyncio.Event().wait()
        return {}

    scope: dict[str, object] = {
        "type": "http",
        "method": "GET",
        "path": "/_fakeseed/snapshot",
        "raw_path": b"/_fakeseed/snapshot",
    }
    scope |= {"query_string": b"", "headers": [(b"x-api-key", b"test-key"), (b"host", b"x")]}
    scope |= {"http_version": "1.1", "root_path": "", "scheme": "http", "client": None, "server": None}
    await api.app(scope, receive, send)  # type: ignore[arg-type]
    assert max(piece.count(b'"asset_id"') for piece in pieces) == 2
    assert msgspec.json.decode(b"".join(pieces)) == whole


async def test_reading_takes_little_memory_beside_the_file_and_its_records(emulate: Callable[..., Api]) -> None:
    api = emulate(concurrency=TASKS)
    for _ in range(TASKS):
        await api.create()
    body = (await api.http.get("/_fakeseed/snapshot?secrets=1")).content
    tracemalloc.start()
    state = read_snapshot(body)
    records, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(state.tasks) == TASKS
    assert most - records < len(body) / 3, "decoded as a whole it takes several times the file's size"


async def test_a_declared_length_over_the_limit_is_refused_before_anything_is_read(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "MAX_SNAPSHOT", 100)

    pieces_read = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal pieces_read
        for _ in range(101):
            pieces_read += 1
            yield b"{"

    answer = await api.http.put("/_fakeseed/snapshot", content=pieces(), headers={"Content-Length": "101"})
    assert (answer.status_code, pieces_read) == (413, 0)


async def test_names_and_urls_of_assets_come_back_where_their_secrets_are_known(api: Api) -> None:
    url, name = "https://cdn.example/a.jpg?token=s3cret", "https://me:pass@cdn.example/a.jpg"
    await api.upload(url, name=name)
    snapshot = (await api.http.get("/_fakeseed/snapshot")).content
    assert b"s3cret" not in snapshot
    assert b"me:pass" not in snapshot
    assert (await api.http.put("/_fakeseed/snapshot", content=snapshot)).status_code == 200
    (asset,) = (await api.http.get("/_fakeseed/snapshot?secrets=1")).json()["world"]["assets"]
    assert (asset["url"], asset["name"]) == (url, name)
