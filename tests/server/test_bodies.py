"""Bodies of many requests together are bounded; who is refused is told to come again."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from fakeseed.server.bodies import SMALL, BodyBudget
from tests.conftest import Api

pytestmark = pytest.mark.anyio
CHUNK = b" " * SMALL
PATHS = ["/api/v1/task", "/api/v1/asset/upload", "/api/ephemeral_resource", "/_fakeseed/snapshot", "/_fakeseed/world"]


class Upload:
    """A body of a few chunks, of which the last comes when it is told."""

    def __init__(self, chunks: int) -> None:
        self._chunks = chunks
        self.begun, self.ending = asyncio.Event(), asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for _ in range(self._chunks):
            yield CHUNK
        self.begun.set()
        await self.ending.wait()


@pytest.fixture
def narrow(emulate: Callable[..., Api]) -> Api:
    """An emulator that has room for six chunks."""
    api = emulate()
    api.app.bodies = BodyBudget(6 * SMALL)
    return api


def method_of(path: str) -> str:
    return {"/_fakeseed/snapshot": "PUT", "/_fakeseed/world": "PATCH"}.get(path, "POST")


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_for_which_there_is_no_room_is_refused_and_small_ones_are_not(narrow: Api, path: str) -> None:
    large = Upload(5)
    first = asyncio.ensure_future(narrow.call("POST", "/api/v1/task", content=large))
    await large.begun.wait()
    refused = await narrow.call(method_of(path), path, content=CHUNK * 3)
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert refused.json()["error"] == "bodies of requests that are under way take up more than 0 MB"
    assert (await narrow.create()).status_code == 200
    large.ending.set()
    assert (await first).status_code == 400, "the oldest goes on to its end"
    assert (await narrow.call(method_of(path), path, content=CHUNK * 3)).status_code != 503


async def test_the_oldest_body_may_be_larger_than_all_may_be_together(narrow: Api) -> None:
    assert (await narrow.call("POST", "/api/v1/task", content=CHUNK * 9)).status_code == 400
