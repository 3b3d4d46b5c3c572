"""What an asset's file may be. Directives where nothing is fetched, real files where sources are."""

import base64
from typing import Any

import pytest

from ..harness import media
from ..harness.assertions import case, contains, same
from ..harness.client import Client, Target
from ..harness.local_server import LocalServer

INGEST = "asset.ingest."


def ended(client: Client, url: str, **fields: str) -> dict[str, str]:
    """Upload a source and see its ingest end; gives status, and code and message of the error."""
    asset_id = client.uploaded(url, **fields)
    client.advance(5)
    asset = client.asset_data(asset_id)
    return {"status": asset["status"], **asset.get("error", {"code": "", "message": ""})}


DIRECTED = [
    case(INGEST + "url", "invalid-parameter-url", "InvalidParameter.URL", "public http(s) URL"),
    case(INGEST + "download-failed", "download-failed", "DownloadFailed", "Error while downloading: https://cdn"),
    case(INGEST + "download-timeout", "download-timeout", "DownloadFailed", "Timeout while downloading url: https://"),
    case(INGEST + "format-undetectable", "format-undetectable", "FormatUndetectable", ""),
    case(INGEST + "format-unsupported", "format-unsupported", "FormatUnsupported", ""),
    case(
        INGEST + "image-format",
        "invalid-parameter-unsupported-image-format",
        "InvalidParameter.UnsupportedImageFormat",
        "",
    ),
    case(INGEST + "type-mismatch", "type-mismatch", "TypeMismatch", ""),
    case(INGEST + "file-size-too-large", "file-size-too-large", "FileSizeTooLarge", ""),
    case(INGEST + "duration-too-short", "duration-too-short", "DurationTooShort", "between 2s and 15s"),
    case(INGEST + "duration-too-long", "duration-too-long", "DurationTooLong", "between 2s and 15s"),
    case(INGEST + "image-sides", "image-width", "InvalidParameter", "Width must be between 300px and 6000px"),
    case(INGEST + "image-sides", "image-height", "InvalidParameter", "Height must be between 300px and 6000px"),
    case(INGEST + "image-ratio", "image-ratio", "InvalidParameter", "Aspect ratio must be between 0.4 and 2.5"),
    case(INGEST + "video-resolution", "video-resolution", "InvalidParameter", "Resolution"),
    case(INGEST + "video-frame-rate", "video-frame-rate", "InvalidParameter", "Frame rate"),
    case(INGEST + "transcoding-failed", "transcoding-failed", "TranscodingFailed", ""),
    case(INGEST + "content-restricted", "content-restricted", "ContentRestricted", ""),
    case(INGEST + "multiple-faces", "multiple-faces", "MultipleFaces", ""),
    case(INGEST + "internal-error", "internal-error", "InternalError", ""),
]


@pytest.mark.behaviour("asset.becomes-failed")
@pytest.mark.parametrize(("word", "code", "text"), DIRECTED)
def test_each_cause_has_its_code_and_text(world: Client, word: str, code: str, text: str) -> None:
    asset = ended(world, f"https://cdn.example/fs-fail-{word}.jpg")
    same((asset["status"], asset["code"]), ("Failed", code), f"end of an ingest with {word}")
    contains(asset["message"], text, f"message of {word}")


SIDES, RATIO, SHORT, LONG, PIXELS = (
    INGEST + name
    for name in ("image-sides", "image-ratio", "duration-too-short", "duration-too-long", "video-resolution")
)
EDGES = [
    case(SIDES, "size-300x400.jpg", "InvalidParameter", name="side-300"),
    case(SIDES, "size-301x400.jpg", "", name="side-301"),
    case(SIDES, "size-5999x5999.jpg", "", name="side-5999"),
    case(SIDES, "size-5999x6000.jpg", "InvalidParameter", name="side-6000"),
    case(RATIO, "size-400x1000.jpg", "InvalidParameter", name="ratio-0.4"),
    case(RATIO, "size-401x1000.jpg", "", name="ratio-0.401"),
    case(RATIO, "size-1000x400.jpg", "InvalidParameter", name="ratio-2.5"),
    case(RATIO, "size-1000x401.jpg", "", name="ratio-2.49"),
    case(SHORT, "length-1.99s.mp4", "DurationTooShort", name="video-1.99s"),
    case(SHORT, "length-2s.mp4", "", name="video-2s"),
    case(SHORT, "length-1.99s.mp3", "DurationTooShort", name="sound-1.99s"),
    case(LONG, "length-15s.mp4", "", name="video-15s"),
    case(LONG, "length-15.01s.mp4", "DurationTooLong", name="video-15.01s"),
    case(LONG, "length-15.01s.wav", "DurationTooLong", name="sound-15.01s"),
    case(PIXELS, "size-640x640.mp4", "", name="480p"),
    case(PIXELS, "size-640x639.mp4", "InvalidParameter", name="below-480p"),
    case(PIXELS, "size-1920x1088.mp4", "", name="1080p"),
    case(PIXELS, "size-1920x1089.mp4", "InvalidParameter", name="above-1080p"),
    case(PIXELS, "size-399x1100.mp4", "InvalidParameter", name="short-side-399"),
]


@pytest.mark.parametrize(("name", "code"), EDGES)
def test_limits_hold_to_the_edge(world: Client, name: str, code: str) -> None:
    asset = ended(world, f"https://cdn.example/fs-{name}")
    same((asset["status"], asset["code"]), ("Failed" if code else "Active", code), f"end of an ingest of {name}")


@pytest.mark.behaviour("asset.suffix-contradicts-type")
@pytest.mark.parametrize(
    ("name", "kind", "code"),
    [
        ("a.mp4", "Image", "TypeMismatch"),
        ("a.jpg", "Video", "TypeMismatch"),
        ("a.png", "Audio", "TypeMismatch"),
        ("a.webm", "Video", "FormatUnsupported"),
        ("a.pdf", "Image", "FormatUnsupported"),
        ("a", "Image", ""),
        ("a.php", "Image", ""),
    ],
)
def test_where_nothing_is_fetched_the_suffix_speaks(world: Client, name: str, kind: str, code: str) -> None:
    asset = ended(world, f"https://cdn.example/{name}", asset_type=kind)
    same((asset["status"], asset["code"]), ("Failed" if code else "Active", code), f"{name} as {kind}")


# -- real files -------------------------------------------------------------------------------------------------------

PICTURE, LARGE = media.png(640, 480), media.bmp(3300, 3300)
FETCHED = [
    case("asset.becomes-active", "good.png", PICTURE, "image/png", "", ""),
    case("asset.becomes-active", "good.wav", media.wav(3), "audio/wav", "", ""),
    case(SIDES, "small.png", media.png(300, 400), "image/png", "InvalidParameter", "Width must be between"),
    case(SIDES, "edge.png", media.png(301, 400), "image/png", "", ""),
    case(RATIO, "strip.png", media.png(400, 1000), "image/png", "InvalidParameter", "Aspect ratio must be"),
    case(SHORT, "short.wav", media.wav(1.9), "audio/wav", "DurationTooShort", "between 2s and 15s"),
    case(LONG, "long.wav", media.wav(15.1), "audio/wav", "DurationTooLong", "between 2s and 15s"),
    case(
        INGEST + "format-undetectable", "noise.png", b"\x01nothing at all" * 40, "image/png", "FormatUndetectable", ""
    ),
    case(INGEST + "format-unsupported", "page.png", b"%PDF-1.7\n" * 40, "application/pdf", "FormatUnsupported", "pdf"),
    case(INGEST + "image-format", "layers.png", media.psd(), "image/png", "", "UnsupportedImageFormat"),
    case(INGEST + "type-mismatch", "liar.png", PICTURE, "video/mp4", "TypeMismatch", ""),
    case(INGEST + "type-mismatch", "sound.png", media.wav(3), "image/png", "TypeMismatch", ""),
    case(INGEST + "transcoding-failed", "torn.png", PICTURE[:60], "image/png", "TranscodingFailed", ""),
    case(INGEST + "file-size-too-large", "large.bmp", LARGE, "image/bmp", "FileSizeTooLarge", ""),
    case(INGEST + "download-failed", "", b"", "", "DownloadFailed", "Error while downloading: http"),
]


@pytest.mark.parametrize(("name", "body", "kind", "code", "text"), FETCHED)
def test_a_fetched_file_is_judged_by_its_content(
    fetching: Target, local_server: LocalServer, name: str, body: bytes, kind: str, code: str, text: str
) -> None:
    if not (fetching.has_control and fetching.is_near):
        pytest.skip("not reachable: this target cannot fetch from this machine")
    url = local_server.serve(name, body, kind) if body else f"{local_server.base_url}/missing.png"
    asset = ended(fetching.client(), url)
    expected = "Failed" if code or text else "Active"
    same(asset["status"], expected, f"end of an ingest of {name or 'a missing file'}: {asset}")
    contains(f"{asset['code']} {asset['message']}", text, "what is said")
    contains(asset["code"], code, "the code")


LIVE = [
    case("asset.becomes-active", "good.png", PICTURE, ""),
    case(SIDES, "small.png", media.png(300, 400), "Width"),
    case(RATIO, "strip.png", media.png(400, 1000), "ratio"),
    case(SHORT, "short.wav", media.wav(1.5), "Duration"),
]


@pytest.mark.parametrize(("name", "body", "text"), LIVE)
def test_an_uploaded_file_is_judged_too(fetching: Target, name: str, body: bytes, text: str) -> None:
    """The file is lodged with the service itself first, so that a live target can be asked as well."""
    client = fetching.client()
    request = {"file_name": name, "file_data": base64.b64encode(body).decode()}
    lodged = client.call("POST", "/api/ephemeral_resource", json=request)
    if lodged.status_code != 200:
        pytest.skip(f"not reachable: uploads answer {lodged.status_code} here")
    asset_id = client.uploaded(lodged.json()["data"]["url"])
    status = client.settled(asset_id)
    same(status, "Failed" if text else "Active", f"end of an ingest of {name}")
    contains(str(client.asset_data(asset_id).get("error", "")).lower(), text.lower(), "the error")


HUNDRED_MB = 100 * 1024 * 1024
RAW = [
    case("task.reference-picture", "image_urls", "raw-300.png", media.png(300, 300), "image/png", ""),
    case(
        "task.reference-picture", "image_urls", "raw-299.png", media.png(299, 400), "image/png", "Width must be between"
    ),
    case("task.reference-picture", "image_urls", "raw-0.4.png", media.png(400, 1000), "image/png", ""),
    case("task.reference-picture", "image_urls", "raw-strip.png", media.png(400, 1001), "image/png", "Aspect ratio"),
    case("task.reference-video-size", "video_urls", "raw.mp4", bytes(HUNDRED_MB), "video/mp4", "File size must be"),
    case("task.reference-video-size", "video_urls", "raw-99.mp4", bytes(HUNDRED_MB - 1), "video/mp4", "could not be"),
]


@pytest.mark.parametrize(("field", "name", "body", "kind", "text"), RAW)
def test_a_raw_reference_has_limits_of_its_own(
    fetching: Target, local_server: LocalServer, field: str, name: str, body: bytes, kind: str, text: str
) -> None:
    if not (fetching.has_control and fetching.is_near):
        pytest.skip("not reachable: this target cannot fetch from this machine")
    fields: dict[str, Any] = {field: [local_server.serve(name, body, kind)]}
    task = fetching.client().finished(**fields)
    same(task["status"], "failed" if text else "completed", f"end of a task with {name}: {task['error']}")
    contains(task["error"]["raw_message"], text, "raw_message")


@pytest.mark.behaviour("task.reference-audio-seconds")
@pytest.mark.parametrize(("seconds", "status"), [(15, 200), (15.1, 400), (1, 200)])
def test_a_raw_sound_is_measured_before_the_task(
    fetching: Target, local_server: LocalServer, seconds: float, status: int
) -> None:
    if not (fetching.has_control and fetching.is_near):
        pytest.skip("not reachable: this target cannot fetch from this machine")
    pictures = [local_server.serve("good.png", PICTURE, "image/png")]
    sound = local_server.serve(f"raw-{seconds}.wav", media.wav(seconds), "audio/wav")
    answer = fetching.client().create(image_urls=pictures, audio_urls=[sound])
    same(answer.status_code, status, f"status with a sound of {seconds} s")
