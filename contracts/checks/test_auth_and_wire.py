"""The door and the wire: keys, bodies, queries, paths."""

from typing import Any

import pytest

from ..harness.assertions import case, contains, holds, json_of, refused, same
from ..harness.client import Client

ASSET, TASK = "/api/v1/asset/upload", "/api/v1/task"
DOORS = (
    ("GET", "/api/v1/asset/list"),
    ("POST", ASSET),
    ("GET", "/api/v1/asset/asset-20260607154123-aaaa1"),
    ("DELETE", "/api/v1/asset/asset-20260607154123-aaaa1"),
    ("POST", TASK),
    ("GET", "/api/v1/task/07ed43de-465d-43b1-b62c-44249b14d818"),
    ("DELETE", "/api/v1/task/07ed43de-465d-43b1-b62c-44249b14d818"),
    ("GET", "/account/info"),
)


@pytest.mark.behaviour("auth.header")
@pytest.mark.parametrize("name", ["X-API-Key", "x-api-key", "X-Api-KEY"])
def test_key_is_read_from_the_header_in_any_case(client: Client, name: str) -> None:
    answer = client.target.send("GET", "/api/v1/asset/list", {name: client.key})
    same(answer.status_code, 200, f"status with the key in {name}", "auth.header")


@pytest.mark.behaviour("auth.key-missing")
@pytest.mark.parametrize(("method", "path"), DOORS)
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": ""}], ids=["none", "empty"])
def test_no_key_is_refused(client: Client, method: str, path: str, headers: dict[str, str]) -> None:
    answer = client.target.send(method, path, headers)
    refused(answer, 401, "failed to verify api key", f"{method} {path} without a key")


@pytest.mark.behaviour("auth.key-invalid")
@pytest.mark.parametrize(("method", "path"), DOORS)
def test_a_key_that_is_not_let_in_is_refused(client: Client, method: str, path: str) -> None:
    answer = client.target.send(method, path, {"X-API-Key": "fs-invalid-contract"})
    refused(answer, 401, "failed to verify api key", f"{method} {path} with an invalid key")


@pytest.mark.behaviour("auth.before-body")
@pytest.mark.parametrize(("method", "path"), [("POST", ASSET), ("POST", TASK), ("GET", "/api/v1/asset/list?page=0")])
@pytest.mark.parametrize("headers", [{}, {"X-API-Key": "fs-invalid-contract"}], ids=["none", "invalid"])
def test_the_key_is_looked_at_first(client: Client, method: str, path: str, headers: dict[str, str]) -> None:
    body: dict[str, Any] = {"content": b"nonsense"} if method == "POST" else {}
    refused(
        client.target.send(method, path, headers, **body), 401, "failed to verify api key", f"a bad {method} {path}"
    )
    same(client.call(method, path, **body).status_code, 400, f"status of a bad {method} {path} with a good key")


@pytest.mark.behaviour("wire.content-type")
@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", None])
def test_a_body_is_read_as_json_whatever_its_type(client: Client, kind: str | None) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = client.call("POST", ASSET, headers, content=b'{"url": "https://cdn.example/person.jpg"}')
    same(answer.status_code, 202, f"status of an upload as {kind}")


@pytest.mark.behaviour("wire.invalid-body")
@pytest.mark.parametrize("path", [ASSET, TASK, "/api/ephemeral_resource"])
@pytest.mark.parametrize(
    "body", [b"", b"{", b"nonsense", b'"text"', b"7", b"\xff\xfe", b'{"url": 1, "model": 1, "file_name": 1}']
)
def test_a_body_that_cannot_be_read_is_refused(client: Client, path: str, body: bytes) -> None:
    answer = client.call("POST", path, {"content-type": "application/json"}, content=body)
    text = "Invalid request parameters" if path == "/api/ephemeral_resource" else "invalid request body"
    refused(answer, 400, text, f"POST {path} of {body!r}")


@pytest.mark.behaviour("wire.invalid-body")
@pytest.mark.parametrize(
    "fields", [{"duration": 5.0}, {"duration": "5"}, {"image_urls": "https://a.example/b.jpg"}, {"audio": "yes"}]
)
def test_a_field_of_a_wrong_type_is_refused(client: Client, fields: dict[str, Any]) -> None:
    answer = client.create(**fields)
    refused(answer, 400, "invalid request body", f"create with {fields}")
    contains(json_of(answer, "a refused create")["message"], next(iter(fields)), "the place that the text names")


@pytest.mark.behaviour("wire.body-limit")
@pytest.mark.needs_control
def test_a_body_above_64_mib_is_refused(client: Client) -> None:
    answer = client.call("POST", ASSET, content=b" " * (64 * 1024 * 1024 + 1))
    refused(answer, 413, "too large", "a body of 64 MiB and one byte")


@pytest.mark.behaviour("wire.unknown-fields")
def test_unknown_fields_are_ignored(client: Client) -> None:
    answer = client.upload(colour="red", tags=["a"], asset_id="mine")
    same(answer.status_code, 202, "status of an upload with unknown fields")


@pytest.mark.behaviour("wire.null-is-absent")
def test_null_is_absent(world: Client) -> None:
    asset_id = world.uploaded(asset_type=None, name=None)
    same(world.asset_data(asset_id)["name"], "person.jpg", "name of an upload with name null")
    fields: dict[str, Any] = dict.fromkeys(("mode", "duration", "aspect_ratio", "resolution", "image_urls", "audio"))
    same(world.create(**fields).status_code, 200, "status of a create with null fields")


@pytest.mark.behaviour("wire.invalid-query")
@pytest.mark.parametrize(
    ("path", "name"),
    [("/api/v1/asset/list", "page"), ("/api/v1/asset/list", "size"), ("/api/open/tasks/histories", "page_size")],
)
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "two", "1e3"])
def test_a_number_that_is_none_is_refused(client: Client, path: str, name: str, value: str) -> None:
    answer = client.call("GET", f"{path}?{name}={value}")
    refused(answer, 400, f"invalid query: {name} must be a whole number from 1", f"{name}={value}")


@pytest.mark.behaviour("wire.duplicate-query")
def test_of_a_query_key_sent_twice_the_first_counts(client: Client) -> None:
    shown_body = client.listed("?size=3&size=5&page=2&page=zero")
    same((shown_body["size"], shown_body["page"]), (3, 2), "size and page")


@pytest.mark.behaviour("wire.error-body")
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/v1/asset/asset-20260607154123-zzzzz", None),
        ("POST", ASSET, {"url": "nothing"}),
        ("GET", "/api/v1/task/07ed43de-465d-43b1-b62c-44249b14d818", None),
        ("GET", "/api/v1/asset/list?page=0", None),
    ],
)
def test_a_refusal_names_code_message_and_no_data(client: Client, method: str, path: str, body: object) -> None:
    answer = client.call(method, path, json=body)
    shown_body = json_of(answer, f"a refused {method} {path}")
    same(set(shown_body), {"code", "message", "data"}, "fields of a refusal")
    same((shown_body["code"], shown_body["data"]), (answer.status_code, None), "code and data")
    holds(shown_body["message"], "its message", "a text", shown_body["message"])


@pytest.mark.parametrize(
    ("method", "path"),
    [
        case("wire.unknown-path", "GET", "/api/v1/assets", name="path"),
        case("wire.unknown-path", "GET", "/api/v1/task/a/b", name="deeper"),
        case("wire.unknown-path", "GET", "/", name="root"),
        case("wire.unknown-method", "PUT", "/api/v1/task", name="put"),
        case("wire.unknown-method", "GET", "/api/v1/task", name="get"),
        case("wire.unknown-method", "PATCH", "/api/v1/asset/list", name="patch"),
        case("wire.unknown-method", "POST", "/account/info", name="post"),
    ],
)
@pytest.mark.parametrize("keyed", [True, False], ids=["key", "no-key"])
def test_what_does_not_exist_is_plain_text(client: Client, method: str, path: str, keyed: bool) -> None:
    answer = client.target.send(method, path, {"X-API-Key": client.key} if keyed else {})
    same(answer.status_code, 404, f"status of {method} {path}")
    same(answer.text, "404 page not found", f"text of {method} {path}")
    kind = answer.headers.get("content-type", "")
    holds(kind.startswith("text/plain"), f"content type of {method} {path}", "text/plain", kind)


@pytest.mark.behaviour("wire.cors")
@pytest.mark.parametrize(("method", "path"), DOORS)
def test_page_of_another_origin_may_ask(client: Client, method: str, path: str) -> None:
    headers = {"origin": "https://page.example"}
    question = {"access-control-request-method": method, "access-control-request-headers": "x-api-key, content-type"}
    answer = client.target.send("OPTIONS", path, headers | question)
    holds(answer.is_success, "status of a preflight", "2xx", answer.status_code)
    allowed = answer.headers.get("access-control-allow-origin")
    holds(allowed in ("*", "https://page.example"), "allowed origin", "* or the page's", allowed)
    named = answer.headers.get("access-control-allow-headers", "").lower()
    holds("x-api-key" in named or named == "*", "allowed headers", "x-api-key among them", named)
    real = client.target.send(method, path, headers)
    same(real.headers.get("access-control-allow-origin"), allowed, f"allowed origin of {method} {path}")


@pytest.mark.behaviour("wire.url-follows-host", "output.host")
def test_urls_lead_where_the_client_came_from(world: Client) -> None:
    task_id = world.finished(duration=4)["task_id"]
    for host in ("fakeseed:8787", "127.0.0.1:99", "box"):
        answer = world.call("GET", f"/api/v1/task/{task_id}", {"host": host})
        video = answer.json()["data"]["output"]["video"]
        holds(video.startswith(f"http://{host}/"), "the URL of a video", f"http://{host}/...", video)
