"""Fetch mode end to end: sources are served locally, really fetched, probed and judged."""

import base64
import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from fakeseed.media.render import StubSpec, render
from fakeseed.piapi.files_api import stub_spec
from fakeseed.server.app import Options
from fakeseed.server.run import in_thread
from tests.conftest import Api

pytestmark = pytest.mark.anyio
LR = "seedance-2-less-restriction"


def picture(width: int, height: int, colour: str = "red") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


def clip(seconds: int) -> bytes:
    return render(StubSpec("t", "x", "sample", 1280, 720, seconds, False, "text_to_video"))


FILES = {
    "good.png": (picture(800, 600), "image/png"),
    "tall.png": (picture(600, 1200), "image/png"),
    "small.png": (picture(300, 400), "image/png"),
    "page.png": (b"<!doctype html><html><body>sign in</body></html>", "text/html"),
    "liar.png": (picture(800, 600), "video/mp4"),
    "clip.mp4": (clip(4), "video/mp4"),
    "long.mp4": (clip(16), "video/mp4"),
}


@pytest.fixture(scope="module")
def sources() -> Iterator[str]:
    async def serve(request: Request) -> Response:
        body, kind = FILES.get(request.path_params["name"], (None, ""))
        return Response(body, media_type=kind) if body else Response(status_code=404)

    with in_thread(Starlette(routes=[Route("/{name}", serve)])) as base:
        yield base


@pytest.fixture
async def api(emulate: Callable[..., Api]) -> Api:
    return emulate(ingest="fetch", pace="fast", concurrency=100, options=Options(allow_private_sources=True))


@pytest.mark.parametrize(
    ("name", "fields", "status", "text"),
    [
        ("good.png", {}, "Active", ""),
        ("clip.mp4", {}, "Active", ""),
        ("small.png", {}, "Failed", "Width must be between 300px and 6000px"),
        ("page.png", {}, "Failed", ""),
        ("liar.png", {}, "Failed", ""),
        ("long.mp4", {}, "Failed", "Duration must be between 2s and 15s"),
        ("gone.png", {}, "Failed", "404"),
        ("good.png", {"asset_type": "Video"}, "Failed", "not a supported video"),
    ],
)
async def test_what_is_found_decides(
    api: Api, sources: str, name: str, fields: dict[str, str], status: str, text: str
) -> None:
    asset_id = (await api.upload(f"{sources}/{name}", **fields)).json()["asset_id"]
    await api.advance(5)
    asset = (await api.asset(asset_id)).json()
    assert asset["status"] == status
    assert text in str(asset.get("error"))


async def test_private_addresses_are_not_fetched_unless_told_so(emulate: Callable[..., Api], sources: str) -> None:
    api = emulate(ingest="fetch")
    asset_id = (await api.upload(f"{sources}/good.png")).json()["asset_id"]
    await api.advance(5)
    assert (await api.asset(asset_id)).json()["error"]["code"] == "DownloadFailed"


async def test_metadata_addresses_are_never_fetched(api: Api) -> None:
    asset_id = (await api.upload("http://169.254.169.254/latest/meta-data/a.png")).json()["asset_id"]
    await api.advance(5)
    assert (await api.asset(asset_id)).json()["error"]["code"] == "DownloadFailed"


async def test_directives_still_decide(api: Api, sources: str) -> None:
    asset_id = (await api.upload(f"{sources}/good.png", name="fs-fail-multiple-faces")).json()["asset_id"]
    await api.advance(5)
    assert (await api.asset(asset_id)).json()["error"]["code"] == "MultipleFaces"


async def test_pictures_reach_the_video_and_decide_the_ratio(api: Api, sources: str) -> None:
    asset_id = (await api.upload(f"{sources}/tall.png")).json()["asset_id"]
    await api.advance(5)
    data = await api.finished(LR, image_urls=[f"asset://{asset_id}", f"{sources}/good.png"], resolution="480p")
    assert data["status"] == "completed"
    spec = stub_spec(await api.stored(data["task_id"]))
    assert (spec.width, spec.height) == (496, 864)
    assert all(tile.picture and tile.picture[:2] == b"\xff\xd8" for tile in spec.tiles)


async def test_input_videos_are_measured_for_the_price(api: Api, sources: str) -> None:
    task_id = await api.created("seedance-2", duration=4, video_urls=[f"{sources}/clip.mp4"])
    assert (await api.points())["frozen"] == 4 * 1_000_000 + 4 * 500_000
    await api.advance("1m")
    logs = (await api.task(task_id))["logs"]
    assert "video reference total duration: 4.0s (4s), billing includes input + output duration" in logs


@pytest.mark.parametrize("auto_upload", [True, False])
async def test_a_reference_that_cannot_be_had_fails_the_task(api: Api, sources: str, auto_upload: bool) -> None:
    points = await api.points()
    data = await api.finished(LR, image_urls=[f"{sources}/gone.png"], auto_upload_assets=auto_upload)
    assert data["status"] == "failed"
    assert "404" in data["error"]["raw_message"]
    assert any("gone.png" in entry for entry in data["logs"])
    assert await api.points() == points


async def test_auto_upload_really_ingests(api: Api, sources: str) -> None:
    data = await api.finished(LR, image_urls=[f"{sources}/good.png"], auto_upload_assets=True)
    assert data["status"] == "completed"
    assert data["input"]["image_urls"][0].startswith("asset://")


async def test_a_file_uploaded_here_is_read_without_the_network(emulate: Callable[..., Api]) -> None:
    api = emulate(ingest="fetch")
    body = {"file_name": "a.png", "file_data": base64.b64encode(FILES["good.png"][0]).decode()}
    url = (await api.http.post("/api/ephemeral_resource", json=body)).json()["data"]["url"]
    asset_id = (await api.upload(url)).json()["asset_id"]
    await api.advance(5)
    assert (await api.asset(asset_id)).json()["status"] == "Active"
