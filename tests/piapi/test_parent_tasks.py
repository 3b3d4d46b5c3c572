"""Tasks that go on from an earlier one, in fetch mode too, and what raw references may be."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fakeseed.model.media import MB, RAW_LIMITS, MediaFacts, judge
from fakeseed.piapi.files_api import stub_spec
from fakeseed.server.app import Options
from fakeseed.server.run import in_thread
from tests.conftest import Api
from tests.support.prices import rate

pytestmark = pytest.mark.anyio
NEW = "seedance-2.5"


def picture() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (800, 600), "red").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def served() -> Iterator[tuple[str, list[str]]]:
    """A server of one picture, and the paths that were asked for."""
    fetched: list[str] = []

    async def serve(request: Request) -> Response:
        fetched.append(request.url.path)
        return Response(picture(), media_type="image/png")

    with in_thread(Starlette(routes=[Route("/{name}", serve)])) as base:
        yield base, fetched


async def spec(api: Api, task_id: str) -> Any:
    return stub_spec(await api.stored(task_id))


async def final(api: Api, draft: str, **fields: Any) -> Any:
    body = {"model": "seedance", "task_type": NEW, "input": {"draft_task_id": draft, **fields}}
    answer = await api.http.post("/api/v1/task", json=body)
    assert answer.status_code == 200, answer.text
    await api.advance("1m")
    return await api.task(answer.json()["data"]["task_id"])


async def test_a_final_shows_what_the_draft_shows_and_fetches_nothing(
    emulate: Callable[..., Api], served: tuple[str, list[str]]
) -> None:
    base, fetched = served
    api = emulate(ingest="fetch", options=Options(allow_private_sources=True))
    draft = await api.finished(NEW, prompt="as @image1", image_urls=[f"{base}/a.png"], resolution="480p", audio=False)
    fetched.clear()
    data = await final(api, draft["task_id"], prompt="another @image1", image_urls=["nonsense"])
    assert (data["status"], fetched) == ("completed", [])
    assert data["input"]["prompt"] == "another Image 1"
    first, last = await spec(api, draft["task_id"]), await spec(api, data["task_id"])
    assert (last.prompt, last.mode, last.audio, last.seconds) == (first.prompt, first.mode, first.audio, first.seconds)
    assert [tile.picture for tile in last.tiles] == [tile.picture for tile in first.tiles] != [None]
    assert (first.width, first.height, last.width, last.height) == (752, 560, 1664, 1248)


async def test_a_draft_whose_assets_are_gone_can_still_be_made_final(api: Api) -> None:
    less = f"{NEW}-less-restriction"
    fields = {"image_urls": ["https://cdn.example/a.png"], "auto_upload_assets": True}
    draft = await api.finished(less, resolution="480p", **fields)
    await api.advance("3h")
    points = await api.points()
    created = await api.create(less, draft_task_id=draft["task_id"])
    assert created.status_code == 200
    assert (await api.points())["frozen"] == 5 * rate(less, "1080p")
    await api.advance("1m")
    assert (await api.task(created.json()["data"]["task_id"]))["status"] == "completed"
    assert (await api.points())["consumed"] == points["consumed"] + 5 * rate(less, "1080p")


async def test_without_a_price_at_1080p_there_is_no_final(emulate: Callable[..., Api]) -> None:
    api = emulate(profile="live-2026-08")
    less = f"{NEW}-less-restriction"
    draft = await api.finished(less, resolution="480p")
    refused = await api.create(less, draft_task_id=draft["task_id"])
    assert (refused.status_code, "resolution of" in refused.json()["message"]) == (400, True)


async def test_a_child_of_a_long_parent_is_held_to_its_own_range(api: Api) -> None:
    parent = await api.finished(NEW, duration=30)
    refused = await api.create("seedance-2-preview", parent_task_id=parent["task_id"])
    assert (refused.status_code, "duration" in refused.json()["message"]) == (400, True)


@pytest.mark.parametrize(("length", "billed"), [("3s", 4), ("15s", 15)])
async def test_an_edit_stays_within_the_range_of_its_type(api: Api, length: str, billed: int) -> None:
    url = f"https://cdn.example/fs-length-{length}.mp4"
    task_id = await api.created(NEW, video_urls=[url], omni_reference_task_type="edit")
    inputs = int(length[:-1])
    assert (await api.points())["frozen"] == billed * rate(NEW) + inputs * rate(NEW) // 2
    await api.advance("1m")
    assert (await spec(api, task_id)).seconds == billed


async def test_an_edit_follows_a_video_asset_that_was_measured(api: Api) -> None:
    asset_id = await api.active_asset("https://cdn.example/fs-size-1080x1920.mp4")
    data = await api.finished(
        f"{NEW}-less-restriction",
        mode="omni_reference",
        image_urls=["https://cdn.example/fs-size-1000x1000.png"],
        video_urls=[f"asset://{asset_id}"],
        omni_reference_task_type="extend",
        aspect_ratio="adaptive",
    )
    stub = await spec(api, data["task_id"])
    assert (stub.width, stub.height) == (720, 1280)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        (MediaFacts("Image", "png", 1, width=300, height=300), None),
        (MediaFacts("Image", "png", 1, width=299, height=400), "InvalidParameter"),
        (MediaFacts("Image", "png", 1, width=6000, height=6000), None),
        (MediaFacts("Image", "png", 1, width=1000, height=2501), "InvalidParameter"),
        (MediaFacts("Video", "mp4", 100 * MB - 1, width=100, height=100, seconds=60, fps=12), None),
        (MediaFacts("Video", "mp4", 100 * MB, width=100, height=100, seconds=60, fps=12), "FileSizeTooLarge"),
        (MediaFacts("Audio", "mp3", 15 * MB, seconds=16), None),
        (MediaFacts("Audio", "mp3", 1, width=1, height=1), None),
    ],
)
async def test_raw_references_have_limits_of_their_own(facts: MediaFacts, code: str | None) -> None:
    failure_found = judge(facts.kind, facts, RAW_LIMITS)
    assert (failure_found and failure_found.code) == code
