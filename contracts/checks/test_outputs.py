"""The videos that tasks make: where they are, how long, and what they are like."""

import re
from typing import Any

import pytest

from ..harness.assertions import case, contains, holds, same
from ..harness.client import LESS, STRICT, Client
from ..harness.instants import HOUR, later
from ..harness.media import frames_per_second, has_sound, video_seconds, video_size

URL = re.compile(r"http://[^/]+/ephemeral/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.mp4")


def video_of(client: Client, task_type: str = STRICT, **fields: Any) -> str:
    """Create a task and see it completed; gives its video's URL."""
    task = client.finished(task_type, **{"duration": 4, **fields})
    return str(task["output"]["video"])


@pytest.mark.behaviour("output.url", "output.host", "output.no-auth", "output.only-at-the-end")
def test_a_video_is_behind_a_url_that_needs_no_key(world: Client) -> None:
    url = video_of(world)
    holds(URL.fullmatch(url), "form of the URL", URL.pattern, url, "output.url")
    holds(url.startswith(f"{world.target.base_url}/"), "its host", world.target.base_url, url, "output.host")
    file = world.download(url)
    same((file.status_code, file.headers["content-type"]), (200, "video/mp4"), "the download", "output.no-auth")
    same(file.content[4:8], b"ftyp", "the beginning of the file", "output.no-auth")


@pytest.mark.behaviour("output.only-at-the-end")
def test_nothing_answers_at_the_url_before_the_end(world: Client) -> None:
    """The same requests in the same world lead to the same URL: known from the first run, asked for in the second."""
    url = video_of(world)
    world.control("POST", "reset")
    world.control("POST", "clock/freeze", {"at": "2026-06-07T15:41:23Z"})
    task_id = world.created(duration=4)["task_id"]
    for status in ("pending", "processing", "completed"):
        same(world.task(task_id)["status"], status, "status on the way")
        same(world.download(url).status_code, 200 if status == "completed" else 404, f"the URL while {status}")
        world.advance_to("next")
    same(world.task(task_id)["output"]["video"], url, "the URL of the second run")


@pytest.mark.behaviour("output.life")
def test_a_video_lives_24_hours_from_the_end(world: Client) -> None:
    task_id = world.created(duration=4)["task_id"]
    ended = next(event["at"] for event in world.advance("1m") if event["trigger"] == "complete")
    url = world.task(task_id)["output"]["video"]
    world.advance_to(later(ended, 24 * HOUR - 1))
    same(world.download(url).status_code, 200, "status 1 ns before the end")
    world.advance_to(later(ended, 24 * HOUR))
    same(world.download(url).status_code, 404, "status at the end")
    same(world.task(task_id)["output"]["video"], url, "the URL that the task still shows")


@pytest.mark.behaviour("output.range")
def test_a_part_of_a_file_can_be_had(world: Client) -> None:
    url = video_of(world)
    whole = world.download(url)
    body, tag, changed = whole.content, whole.headers["etag"], whole.headers["last-modified"]
    head = world.download(url, "HEAD")
    same((head.status_code, head.content, head.headers["content-length"]), (200, b"", str(len(body))), "a HEAD")
    for requested, first, last in (("0-9", 0, 9), ("10-", 10, len(body) - 1), ("-5", len(body) - 5, len(body) - 1)):
        part = world.download(url, Range=f"bytes={requested}")
        response = (part.status_code, part.content, part.headers.get("content-range"))
        same(response, (206, body[first : last + 1], f"bytes {first}-{last}/{len(body)}"), f"bytes {requested}")
    outside = world.download(url, Range=f"bytes={len(body)}-")
    same((outside.status_code, outside.headers.get("content-range")), (416, f"bytes */{len(body)}"), "a range outside")
    same(world.download(url, If_None_Match=tag).status_code, 304, "a request that names the ETag")
    same(world.download(url, If_None_Match='"other"').status_code, 200, "a request that names another ETag")
    same(changed.endswith("GMT"), True, "Last-Modified")


SIZES = [
    case("task.ratio-default task.output-size", STRICT, {}, (864, 496)),
    case("task.output-size", STRICT, {"aspect_ratio": "16:9", "resolution": "720p"}, (1280, 720)),
    case("task.output-size", STRICT, {"aspect_ratio": "9:16", "resolution": "1080p"}, (1080, 1920)),
    case("task.output-size", STRICT, {"aspect_ratio": "9:16"}, (496, 864)),
    case("task.output-size", STRICT, {"aspect_ratio": "1:1"}, (640, 640)),
    case("task.output-size", STRICT, {"aspect_ratio": "21:9"}, (992, 432)),
    case("task.resolution-default", "seedance-2-mini", {}, (1280, 720)),
    case(
        "task.ratio-follows-frame",
        STRICT,
        {"image_urls": ["https://cdn.example/fs-size-1080x1920.jpg"], "aspect_ratio": "16:9"},
        (496, 864),
    ),
    case(
        "task.ratio-follows-frame",
        STRICT,
        {"image_urls": ["https://cdn.example/fs-size-1080x1920.jpg"], "aspect_ratio": "16:9", "mode": "omni_reference"},
        (864, 496),
        name="omni-keeps-the-asked-ratio",
    ),
    case(
        "task.reference-ratio-wins",
        "seedance-2.5",
        {
            "image_urls": ["https://cdn.example/fs-size-1000x1000.jpg"],
            "aspect_ratio": "16:9",
            "mode": "omni_reference",
            "resolution": "480p",
        },
        (640, 640),
    ),
]


@pytest.mark.parametrize(("task_type", "fields", "size"), SIZES)
def test_a_video_has_the_size_of_its_ratio(
    world: Client, task_type: str, fields: dict[str, Any], size: tuple[int, int]
) -> None:
    same(video_size(world.download(video_of(world, task_type, **fields)).content), size, "width and height")


@pytest.mark.behaviour("task.duration-default", "task.audio-default", "output.format")
def test_a_video_lasts_5_s_and_sounds(world: Client) -> None:
    file = world.download(world.finished()["output"]["video"]).content
    same(round(video_seconds(file)), 5, "seconds of the video", "task.duration-default")
    same(has_sound(file), True, "a sound track", "task.audio-default")
    for codec in (b"avc1", b"mp4a"):
        contains(file, codec, "what the file is coded with", "output.format")
    same(frames_per_second(file), 24, "frames per second", "output.format")
    silent = world.download(video_of(world, audio=False)).content
    same((round(video_seconds(silent)), has_sound(silent)), (4, False), "seconds and sound of another")


@pytest.mark.behaviour("task.ratio-follows-frame")
def test_an_asset_s_size_decides_too(world: Client) -> None:
    asset_id = world.active("https://cdn.example/fs-size-1080x1920.jpg")
    url = video_of(world, LESS, image_urls=[f"asset://{asset_id}"])
    same(video_size(world.download(url).content), (496, 864), "width and height")
