"""Files behind URLs: stub videos and uploads, ranges, and the end of their life."""

import base64
import io
import json
import shutil
import subprocess
from collections.abc import Callable
from typing import Any

import av
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakeseed.model.task_types import PRICES, RATIOS, SIZES, TASK_TYPES
from fakeseed.piapi.byte_ranges import ranged
from tests.conftest import Api

pytestmark = pytest.mark.anyio


async def download(api: Api, data: dict[str, Any], **headers: str) -> httpx.Response:
    """Fetch a task's video as anybody could: without a key."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api.app)) as anybody:
        return await anybody.get(data["output"]["video"], headers=headers)


def decoded(video: bytes) -> tuple[int, int, int, float, list[str]]:
    """Width, height, number of frames, rate and kinds of tracks, by decoding every frame."""
    with av.open(io.BytesIO(video), mode="r") as container:
        stream = container.streams.video[0]
        frames = len(list(container.decode(stream)))
        rate = float(stream.average_rate or 0)
        return stream.width, stream.height, frames, rate, [one.type for one in container.streams]


async def test_the_output_is_a_video_of_what_was_asked(api: Api) -> None:
    data = await api.finished(resolution="480p", aspect_ratio="9:16", duration=4)
    answer = await download(api, data)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.content[4:8] == b"ftyp"
    assert len(answer.content) >= 10_000
    assert decoded(answer.content) == (496, 864, 96, 24, ["video", "audio"])


@pytest.mark.parametrize("host", ["api.piapi.ai", "API.piapi.ai:443", "img.theapi.app", "upload.theapi.app"])
async def test_who_asks_by_the_vendors_names_gets_the_vendors_urls(api: Api, host: str) -> None:
    task_id = (await api.finished(duration=4))["task_id"]
    answer = await api.call("GET", f"/api/v1/task/{task_id}", headers={"Host": host})
    assert answer.json()["data"]["output"]["video"].startswith("https://img.theapi.app/ephemeral/")


async def test_audio_false_means_no_track(api: Api) -> None:
    data = await api.finished(audio=False, duration=4)
    assert decoded((await download(api, data)).content)[4] == ["video"]


CASES = [
    (name, resolution, ratio)
    for name, row in TASK_TYPES.items()
    if row.generates
    for resolution in PRICES["2026-09"][name]
    for ratio in RATIOS
]


@pytest.mark.slow
@pytest.mark.parametrize(("name", "resolution"), sorted({case[:2] for case in CASES}))
async def test_every_type_resolution_and_ratio_plays_as_asked(
    emulate: Callable[..., Api], name: str, resolution: str, tmp_path: Any
) -> None:
    api = emulate(pace="instant", concurrency=100)
    for number, ratio in enumerate(RATIOS):
        audio = number % 2 == 0
        data = await api.finished(name, resolution=resolution, aspect_ratio=ratio, duration=4, audio=audio)
        video = (await download(api, data)).content
        tracks = ["video", "audio"] if audio else ["video"]
        assert decoded(video) == (*SIZES[resolution][ratio], 96, 24, tracks)
        if shutil.which("ffprobe"):
            path = tmp_path / "video.mp4"
            path.write_bytes(video)
            _agrees(path, SIZES[resolution][ratio], 4.0, tracks)


def _agrees(path: Any, size: tuple[int, int], seconds: float, tracks: list[str]) -> None:
    command = ["ffprobe", "-v", "error", "-show_streams", "-show_format", "-of", "json", str(path)]
    run = subprocess.run(command, capture_output=True, check=True)
    result = json.loads(run.stdout)
    assert run.stderr == b""
    assert [stream["codec_type"] for stream in result["streams"]] == tracks
    picture = result["streams"][0]
    assert (picture["codec_name"], picture["width"], picture["height"]) == ("h264", *size)
    assert (picture["avg_frame_rate"], float(picture["duration"])) == ("24/1", seconds)
    assert float(result["format"]["duration"]) == seconds
    assert all(stream["codec_name"] == "aac" for stream in result["streams"][1:])


async def test_remove_watermark_gives_a_video_as_long_as_its_input(api: Api) -> None:
    data = await api.finished("remove-watermark", video_url="https://cdn.example/fs-length-7s.mp4")
    assert decoded((await download(api, data)).content)[2] == 7 * 24


async def test_the_video_lives_24_hours_to_the_instant(api: Api) -> None:
    data = await api.finished()
    end = data["meta"]["ended_at"]
    assert end < "2026-06-07T15:42:23Z"
    (event,) = [one for one in (await api.control("GET", "timeline"))["events"] if one["kind"] == "output.expire"]
    await api.advance(event["in_seconds"] - 0.001)
    assert (await download(api, data)).status_code == 200
    await api.advance(0.001)
    dead = await download(api, data)
    assert (dead.status_code, dead.text) == (404, "404 page not found")
    assert (await api.task(data["task_id"]))["output"] == data["output"]


async def test_there_is_no_video_before_the_end_or_after_a_failure(api: Api) -> None:
    await api.points()
    task_id = await api.created()
    assert (await api.stored(task_id)).output_id == ""
    await api.control("POST", f"tasks/{task_id}/fail")
    assert (await api.stored(task_id)).output_id == ""
    data = await api.finished()
    name = data["output"]["video"].rpartition("/")[2]
    assert (await api.http.get(f"/ephemeral/{name}")).status_code == 200
    for wrong in (name.replace(".mp4", ".mov"), name + "x", "nope", ".mp4", f"{'0' * 12}{name[12:]}"):
        assert (await api.http.get(f"/ephemeral/{wrong}")).status_code == 404
    assert (await api.http.post(f"/ephemeral/{name}")).status_code == 404


async def test_ranges_resume_a_download(api: Api) -> None:
    data = await api.finished()
    whole = await download(api, data)
    size, etag = len(whole.content), whole.headers["etag"]
    first = await download(api, data, range="bytes=0-999")
    assert (first.status_code, first.headers["content-range"]) == (206, f"bytes 0-999/{size}")
    rest = await download(api, data, range="bytes=1000-", **{"if-range": etag})
    assert (rest.status_code, first.content + rest.content) == (206, whole.content)
    tail = await download(api, data, range="bytes=-10")
    assert tail.content == whole.content[-10:]
    beyond = await download(api, data, range=f"bytes={size}-")
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, f"bytes */{size}")
    changed = await download(api, data, range="bytes=0-9", **{"if-range": '"other"'})
    assert (changed.status_code, len(changed.content)) == (200, size)
    assert (await download(api, data, **{"if-none-match": etag})).status_code == 304
    for ignored in ("bytes=9-1", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-"):
        assert (await download(api, data, range=ignored)).status_code == 200


async def test_head_tells_without_a_body(api: Api) -> None:
    from fakeseed.server.run import in_thread

    with in_thread(api.app) as base:
        async with httpx.AsyncClient(base_url=base, headers={"X-API-Key": api.key}) as client:
            body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}}
            task_id = (await client.post("/api/v1/task", json=body)).json()["data"]["task_id"]
            await client.post("/_fakeseed/clock/advance", json={"by": 60})
            data = (await client.get(f"/api/v1/task/{task_id}")).json()["data"]
            path = data["output"]["video"].removeprefix(base)
            head, reply = await client.head(path), await client.get(path)
            part = await client.head(path, headers={"range": "bytes=0-9"})  # a range is for GET alone
    assert (head.status_code, head.content) == (200, b"")
    assert (part.status_code, part.headers["content-length"]) == (200, str(len(reply.content)))
    assert head.headers["content-length"] == str(len(reply.content))
    assert head.headers["etag"] == reply.headers["etag"]


HEADERS = ((b"etag", b'"e"'), (b"last-modified", b"x"))


@given(st.binary(min_size=1, max_size=50), st.integers(0, 60), st.integers(0, 60))
def test_a_range_is_a_slice(body: bytes, first: int, last: int) -> None:
    answer = ranged(body, HEADERS, {b"range": b"bytes=%d-%d" % (first, last)})
    if first > last:
        assert (answer.status, answer.body) == (200, body)
    elif first >= len(body):
        assert answer.status == 416
    else:
        assert (answer.status, answer.body) == (206, body[first : last + 1])


async def test_urls_follow_the_host_or_the_public_url(emulate: Callable[..., Api]) -> None:
    api = emulate()
    data = await api.finished()
    assert data["output"]["video"].startswith("http://fakeseed:8787/ephemeral/")
    for host, base in (("emu.internal:99", "http://emu.internal:99/"), ("bad host<>", "http://")):
        result = (await api.http.get(f"/api/v1/task/{data['task_id']}", headers={"host": host})).json()["data"]
        assert result["output"]["video"].startswith(base)
        assert "<" not in result["output"]["video"]
    public = emulate(public_url="https://fs.example/base/")
    assert (await public.finished())["output"]["video"].startswith("https://fs.example/base/ephemeral/")


# -- uploads ----------------------------------------------------------------------------------------------------------


async def upload(api: Api, name: str | None = "a.png", data: str | None = None) -> httpx.Response:
    body = {"file_name": name, "file_data": base64.b64encode(b"hello").decode() if data is None else data}
    return await api.http.post("/api/ephemeral_resource", json=body)


async def test_an_upload_can_be_downloaded_for_24_hours(api: Api) -> None:
    answer = await upload(api)
    assert answer.json().keys() == {"code", "data", "message"}
    url = answer.json()["data"]["url"]
    reply = await api.http.get(url)
    assert (reply.status_code, reply.content, reply.headers["content-type"]) == (200, b"hello", "image/png")
    await api.advance(86_399)
    assert (await api.http.get(url)).status_code == 200
    await api.advance(1)
    assert (await api.http.get(url)).status_code == 404


async def test_a_data_uris_head_is_taken_off(api: Api) -> None:
    url = (await upload(api, data="data:image/png;base64,aGVsbG8=")).json()["data"]["url"]
    assert (await api.http.get(url)).content == b"hello"


@pytest.mark.parametrize(
    ("name", "data", "behaviour"),
    [
        ("a", None, "upload.name-rule"),
        (".png", None, "upload.name-rule"),
        (None, None, "upload.name-rule"),
        ("x" * 125 + ".png", None, "upload.name-rule"),
        ("a.mov", None, "upload.types"),
        ("a.png", "***", "upload.base64"),
        ("a.png", "", "upload.base64"),
        ("a.png", "data:image/webp;base64,aGVsbG8=", "upload.data-uri-prefix"),
        ("a.mp3", "data:text/plain,aGVsbG8=", "upload.data-uri-prefix"),
        ("a.png", "A" * (14 * 1024 * 1024), "upload.size"),
    ],
    ids=lambda value: str(value)[:40],
)
async def test_a_bad_upload_is_refused_without_a_reason_and_the_journal_has_it(
    api: Api, name: str | None, data: str | None, behaviour: str
) -> None:
    answer = await upload(api, name, data)
    assert (answer.status_code, answer.json()) == (400, {"code": 400, "message": "Invalid request parameters"})
    entries = (await api.control("GET", "journal?kind=request"))["entries"]
    assert entries[-1]["refused_by"] == behaviour


@pytest.mark.parametrize(("plan", "status"), [("free", 403), ("hobbyist", 403), ("creator", 200), ("premium", 200)])
async def test_uploads_need_the_creator_plan(api: Api, plan: str, status: int) -> None:
    answer = await upload(api.other(f"fs-{plan}-up"))
    assert answer.status_code == status
    assert status == 200 or answer.json() == {"code": 403, "message": "Insufficient plan level"}
