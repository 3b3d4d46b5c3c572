"""Files that the service made or stores: their real length and size count, wherever their URLs are used."""

import base64

import pytest

from ..harness.assertions import holds, same
from ..harness.client import STRICT, Client, Target
from ..harness.local_server import LocalServer
from ..harness.media import png, video_seconds, video_size, wav
from ..harness.prices import price


def stored(client: Client, name: str, body: bytes) -> str:
    """Upload a file for a day; gives its URL."""
    order = {"file_name": name, "file_data": base64.b64encode(body).decode()}
    answer = client.call("POST", "/api/ephemeral_resource", json=order)
    same(answer.status_code, 200, f"status of an upload named {name}")
    return str(answer.json()["data"]["url"])


def video_of(client: Client, **fields: str) -> str:
    """Let a task make a video of 4 seconds; gives its URL."""
    return str(client.finished(STRICT, resolution="480p", duration=4, **fields)["output"]["video"])


@pytest.mark.behaviour("media.own-file", "money.unmeasured-video")
@pytest.mark.parametrize("source", ["made", "stored"])
def test_an_own_video_is_billed_at_its_length(world: Client, source: str) -> None:
    url = video_of(world)
    if source == "stored":
        url = stored(world, "clip.mp4", world.download(url).content)
    task = world.created(STRICT, resolution="480p", video_urls=[url])
    same(task["meta"]["usage"]["frozen"], price(STRICT, "480p", 5, 4), f"points for a video that is {source}")
    world.advance("1h")
    logs = world.task(task["task_id"])["logs"]
    holds(any("4.0s (4s)" in entry for entry in logs), "the length in the log", "4.0s (4s)", logs)


@pytest.mark.behaviour("media.own-file", "task.reference-audio-seconds")
@pytest.mark.parametrize(("seconds", "status"), [(15, 200), (16, 400)])
def test_an_own_sound_is_held_to_its_length(world: Client, seconds: int, status: int) -> None:
    url = stored(world, "voice.wav", wav(seconds))
    answer = world.create(STRICT, audio_urls=[url], image_urls=["https://cdn.example/person.jpg"])
    same(answer.status_code, status, f"status of a create with a stored sound of {seconds} s")


@pytest.mark.behaviour("media.own-file")
@pytest.mark.parametrize(("side", "status"), [(299, "Failed"), (400, "Active")])
def test_an_own_picture_becomes_an_asset_by_its_size(world: Client, side: int, status: str) -> None:
    asset_id = world.uploaded(stored(world, "person.png", png(side, side)))
    world.advance(5)
    same(world.asset_data(asset_id)["status"], status, f"end of the ingest of a stored picture of {side} pixels")


@pytest.mark.behaviour("task.watermark-source", "task.remove-watermark")
@pytest.mark.parametrize("source", ["made", "stored"])
def test_a_video_without_its_watermark_is_as_large_and_long_as_before(world: Client, source: str) -> None:
    url = video_of(world, aspect_ratio="9:16")
    if source == "stored":
        url = stored(world, "clip.mp4", world.download(url).content)
    result = world.finished("remove-watermark", video_url=url)
    body = world.download(result["output"]["video"]).content
    same((video_size(body), video_seconds(body)), ((496, 864), 4.0), f"the result for a video that is {source}")


@pytest.mark.behaviour("task.watermark-source")
def test_a_source_that_cannot_be_had_fails_the_task(fetching: Target, local_server: LocalServer) -> None:
    if not (fetching.has_control and fetching.is_near):
        pytest.skip("not reachable: this target cannot fetch from this machine")
    task = fetching.client().finished("remove-watermark", video_url=f"{local_server.base_url}/nothing.mp4")
    same((task["status"], task["error"]["message"]), ("failed", "invalid request"), "the end of the task")
