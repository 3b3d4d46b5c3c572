"""Files that clients lodge for 24 hours: ``POST /api/ephemeral_resource``."""

import base64

import httpx
import pytest

from ..harness.assertions import case, holds, json_of, same
from ..harness.client import START, Client
from ..harness.instants import HOUR, later
from ..harness.media import png

BODY = png(320, 320)
DATA = base64.b64encode(BODY).decode()
LIMIT = 10 * 1024 * 1024


def lodge(client: Client, name: str = "a.png", data: str = DATA) -> httpx.Response:
    """Lodge a file."""
    return client.call("POST", "/api/ephemeral_resource", json={"file_name": name, "file_data": data})


@pytest.mark.behaviour("upload.answer", "output.no-auth")
def test_an_upload_answers_with_a_url_that_anybody_may_read(client: Client) -> None:
    answer = lodge(client)
    same(answer.status_code, 200, "status of an upload", "upload.answer")
    body = json_of(answer, "an upload", "upload.answer")
    same((body["code"], body["message"], set(body["data"])), (200, "success", {"url"}), "the answer", "upload.answer")
    file = client.download(body["data"]["url"])
    same((file.status_code, file.content), (200, BODY), "the file behind the URL", "output.no-auth")
    same(file.headers["content-type"], "image/png", "its content type", "upload.answer")


@pytest.mark.behaviour("upload.plan-gate")
@pytest.mark.parametrize(("plan", "status"), [("free", 403), ("hobbyist", 403), ("creator", 200), ("enterprise", 200)])
def test_uploads_need_creator(world: Client, plan: str, status: int) -> None:
    world.patch(plan=plan)
    answer = lodge(world)
    same(answer.status_code, status, f"status of an upload on {plan}")
    if status == 403:
        same(answer.json(), {"code": 403, "message": "Insufficient plan level"}, "the refusal")


@pytest.mark.parametrize(
    ("name", "data", "status"),
    [
        case("upload.name-rule", "", DATA, 400, name="no-name"),
        case("upload.name-rule", "picture", DATA, 400, name="no-extension"),
        case("upload.name-rule", "a" * 125 + ".png", DATA, 400, name="129-characters"),
        case("upload.name-rule", "a" * 124 + ".png", DATA, 200, name="128-characters"),
        *(
            case("upload.types", f"a.{suffix}", DATA, 200, name=suffix)
            for suffix in ("jpg", "jpeg", "png", "webp", "PNG")
        ),
        *(case("upload.types", f"a.{suffix}", DATA, 200, name=suffix) for suffix in ("mp4", "wav", "mp3")),
        *(case("upload.types", f"a.{suffix}", DATA, 400, name=suffix) for suffix in ("mov", "webm", "gif", "txt")),
        case("upload.base64", "a.png", "", 400, name="empty"),
        case("upload.base64", "a.png", "%%%", 400, name="no-base64"),
        case("upload.base64", "a.png", "AAAAA", 400, name="torn-base64"),
        case("upload.data-uri-prefix", "a.png", f"data:image/png;base64,{DATA}", 200, name="data-uri"),
        case("upload.data-uri-prefix", "a.JPG", f"data:image/jpeg;base64,{DATA}", 200, name="data-uri-of-a-jpeg"),
        case("upload.data-uri-prefix", "a.mp3", f"data:audio/mpeg;base64,{DATA}", 200, name="data-uri-of-a-sound"),
        case("upload.data-uri-prefix", "a.png", f"data:image/jpeg;base64,{DATA}", 400, name="data-uri-of-another-type"),
        case("upload.data-uri-prefix", "a.mp4", f"data:;base64,{DATA}", 400, name="data-uri-without-a-type"),
    ],
)
def test_what_is_taken(client: Client, name: str, data: str, status: int) -> None:
    answer = lodge(client, name, data)
    if status != 200:
        same(answer.json(), {"code": status, "message": "Invalid request parameters"}, "the refusal")
        return
    same(answer.status_code, 200, f"status of an upload named {name[-20:]!r}")
    same(client.download(answer.json()["data"]["url"]).content, BODY, "the file behind the URL")


@pytest.mark.behaviour("upload.size")
@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 400)])
def test_a_file_has_10_mb_at_most(client: Client, size: int, status: int) -> None:
    answer = lodge(client, data=base64.b64encode(bytes(size)).decode())
    same(answer.status_code, status, f"status of an upload of {size} bytes")


@pytest.mark.behaviour("upload.life")
def test_a_file_lives_24_hours_to_the_instant(world: Client) -> None:
    url = lodge(world).json()["data"]["url"]
    world.advance_to(later(START, 24 * HOUR - 1))
    same(world.download(url).status_code, 200, "status 1 ns before the end")
    world.advance_to(later(START, 24 * HOUR))
    same(world.download(url).status_code, 404, "status at the end")


@pytest.mark.behaviour("upload.answer")
def test_each_upload_has_a_url_of_its_own(client: Client) -> None:
    first, second = (lodge(client).json()["data"]["url"] for _ in range(2))
    holds(first != second, "URLs of two uploads", "two URLs", first)
