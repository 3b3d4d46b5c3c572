"""Files that clients lodge for 24 hours: ``POST /api/ephemeral_resource``."""

import base64

import httpx
import pytest

from ..harness.assertions import case, holds, json_of, refused, same
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
    same((body["code"], body["message"], set(body["data"])), (200, "", {"url"}), "the answer", "upload.answer")
    file = client.download(body["data"]["url"])
    same((file.status_code, file.content), (200, BODY), "the file behind the URL", "output.no-auth")
    same(file.headers["content-type"], "image/png", "its content type", "upload.answer")


@pytest.mark.behaviour("upload.plan-gate")
@pytest.mark.parametrize(("plan", "status"), [("free", 403), ("hobbyist", 403), ("creator", 200), ("enterprise", 200)])
def test_uploads_need_creator(world: Client, plan: str, status: int) -> None:
    world.patch(plan=plan)
    answer = lodge(world)
    same(answer.status_code, status, f"status of an upload on {plan}")
    same("not allowed to upload" in answer.text, status == 403, "the text of the refusal")


@pytest.mark.parametrize(
    ("name", "data", "status", "text"),
    [
        case("upload.name-rule", "", DATA, 400, "file_name", name="no-name"),
        case("upload.name-rule", "picture", DATA, 400, "file_name", name="no-extension"),
        case("upload.name-rule", "a" * 125 + ".png", DATA, 400, "file_name", name="129-characters"),
        case("upload.name-rule", "a" * 124 + ".png", DATA, 200, "", name="128-characters"),
        *(
            case("upload.types", f"a.{suffix}", DATA, 200, "", name=suffix)
            for suffix in ("jpg", "jpeg", "png", "webp", "PNG")
        ),
        *(case("upload.types", f"a.{suffix}", DATA, 200, "", name=suffix) for suffix in ("mp4", "wav", "mp3")),
        *(
            case("upload.types", f"a.{suffix}", DATA, 400, suffix, name=suffix)
            for suffix in ("mov", "webm", "gif", "txt")
        ),
        case("upload.base64", "a.png", "", 400, "base64", name="empty"),
        case("upload.base64", "a.png", "%%%", 400, "base64", name="no-base64"),
        case("upload.base64", "a.png", "AAAAA", 400, "base64", name="torn-base64"),
        case("upload.data-uri-prefix", "a.png", f"data:image/png;base64,{DATA}", 200, "", name="data-uri"),
    ],
)
def test_what_is_taken(client: Client, name: str, data: str, status: int, text: str) -> None:
    answer = lodge(client, name, data)
    if status != 200:
        refused(answer, status, text, f"an upload named {name[-20:]!r}")
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
