"""Uploads of one asset: what is taken, what is answered, what is refused."""

import re

import pytest

from ..harness.assertions import case, holds, json_of, refused, same
from ..harness.client import LESS, PICTURE, Client
from ..harness.instants import DAY, WHOLE, nanoseconds

ID = re.compile(r"asset-(\d{14})-[a-z0-9]{5}")
KIND_OF_SUFFIX = {
    **dict.fromkeys(("jpeg", "jpg", "png", "webp", "bmp", "tiff", "gif", "heic", "heif"), "Image"),
    **dict.fromkeys(("mp4", "mov"), "Video"),
    **dict.fromkeys(("mp3", "wav"), "Audio"),
}


@pytest.mark.behaviour("asset.upload", "asset.flat-body", "asset.upload-status")
def test_upload_is_accepted_and_processing(client: Client) -> None:
    answer = client.upload(asset_type="Image", name="main-character")
    same(answer.status_code, 202, "status of a good upload", "asset.upload-status")
    body = json_of(answer, "a good upload", "asset.flat-body")
    same(set(body), {"asset_id", "status", "upload_at", "expires_at"}, "fields of the answer", "asset.flat-body")
    same(body["status"], "Processing", "status of a fresh asset", "asset.upload")


@pytest.mark.behaviour("asset.id-format", "asset.id-clock", "asset.time-format", "asset.expires-at")
def test_ids_and_times_have_the_documented_forms(client: Client) -> None:
    body = client.upload().json()
    match = ID.fullmatch(body["asset_id"])
    holds(match, "form of an asset id", ID.pattern, body["asset_id"], "asset.id-format")
    for name in ("upload_at", "expires_at"):
        holds(WHOLE.fullmatch(body[name]), f"form of {name}", WHOLE.pattern, body[name], "asset.time-format")
    digits = re.sub(r"\D", "", body["upload_at"])
    same(match and match[1], digits, "digits of the id against upload_at", "asset.id-clock")
    life = nanoseconds(body["expires_at"]) - nanoseconds(body["upload_at"])
    holds(life in (3 * DAY, 7 * DAY, 15 * DAY), "life at upload", "3, 7 or 15 days", f"{life / DAY} days")


@pytest.mark.behaviour("asset.time-format")
def test_times_are_cut_off_not_rounded(world: Client) -> None:
    world.advance(0.999)
    body = world.upload().json()
    same(body["upload_at"], "2026-06-07T15:41:23Z", "upload_at at 23.999 s")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        case("asset.url-rule", {"url": ""}, "url is required", name="empty"),
        case("asset.url-rule", {"url": None}, "url is required", name="null"),
        case("asset.url-rule", {"url": "ftp://cdn.example/a.jpg"}, "InvalidParameter.URL", name="ftp"),
        case("asset.url-rule", {"url": "cdn.example/a.jpg"}, "InvalidParameter.URL", name="no-scheme"),
        case("asset.url-rule", {"url": "https:///a.jpg"}, "InvalidParameter.URL", name="no-host"),
        case("asset.url-rule", {"url": "data:image/png;base64,AAAA"}, "InvalidParameter.URL", name="data"),
        case("asset.type-rule", {"asset_type": "image"}, "asset_type", name="lower-case"),
        case("asset.type-rule", {"asset_type": "VIDEO"}, "asset_type", name="upper-case"),
        case("asset.type-rule", {"asset_type": "Picture"}, "asset_type", name="unknown-type"),
        case("asset.type-inferred", {"url": "https://cdn.example/person"}, "asset_type", name="no-suffix"),
        case("asset.type-inferred", {"url": "https://cdn.example/person.txt"}, "asset_type", name="foreign-suffix"),
        case("asset.type-inferred", {"url": "https://cdn.example/a?x=b.jpg"}, "asset_type", name="suffix-in-query"),
    ],
)
def test_a_bad_upload_is_refused(client: Client, fields: dict[str, object], text: str) -> None:
    body = {"url": PICTURE, **fields}
    refused(client.call("POST", "/api/v1/asset/upload", json=body), 400, text, f"upload of {fields}")
    if client.target.has_control:
        same(client.listed()["total"], 0, "assets after a refused upload")


@pytest.mark.behaviour("asset.type-inferred")
def test_the_suffix_names_the_type_in_any_case(world: Client) -> None:
    for suffix, kind in KIND_OF_SUFFIX.items():
        for spelled in (suffix, suffix.upper()):
            asset_id = world.uploaded(f"https://cdn.example/file.{spelled}?v=1#top")
            same(world.asset_data(asset_id)["asset_type"], kind, f"type of a .{spelled}")


@pytest.mark.behaviour("asset.type-rule")
@pytest.mark.parametrize("kind", ["Image", "Video", "Audio"])
def test_the_named_type_holds(world: Client, kind: str) -> None:
    asset_id = world.uploaded("https://cdn.example/file", asset_type=kind)
    same(world.asset_data(asset_id)["asset_type"], kind, "type as named")
    asset_id = world.uploaded(asset_type="")
    same(world.asset_data(asset_id)["asset_type"], "Image", "type with an empty asset_type")


@pytest.mark.behaviour("asset.name-default")
@pytest.mark.parametrize(
    ("url", "named", "name"),
    [
        ("https://cdn.example/a/b/example1.png", None, "example1.png"),
        ("https://cdn.example/a/example1.png?size=2", None, "example1.png"),
        (PICTURE, "main-character", "main-character"),
    ],
)
def test_the_name_is_the_given_one_or_the_last_segment(client: Client, url: str, named: str | None, name: str) -> None:
    asset_id = client.uploaded(url, **({"name": named} if named else {}))
    same(client.asset_data(asset_id)["name"], name, "name of the asset")


@pytest.mark.behaviour("asset.same-url-twice")
def test_the_same_url_twice_makes_two_assets(client: Client) -> None:
    first, second = client.uploaded(), client.uploaded()
    holds(first != second, "ids of two uploads of one URL", "two ids", first)
    same({client.asset_data(asset_id)["asset_id"] for asset_id in (first, second)}, {first, second}, "both assets")


@pytest.mark.behaviour("asset.quota-full", "asset.failed-is-free")
def test_the_managed_limit_counts_processing_and_active_only(world: Client) -> None:
    world.patch(plan="hobbyist")
    ids = [entry["asset_id"] for entry in world.batch([PICTURE] * 50).json()["results"]]
    world.activate(ids[0])
    text = "asset quota exceeded: 50 of 50 assets used"
    refused(world.upload(), 429, text, "the 51st upload on hobbyist", "asset.quota-full")
    world.control("POST", f"assets/{ids[1]}/fail")
    same(world.upload().status_code, 202, "status with one asset Failed", "asset.failed-is-free")
    same(world.upload().status_code, 429, "status at the limit again", "asset.quota-full")
    world.delete(ids[0])
    same(world.upload().status_code, 202, "status with one asset deleted", "asset.quota-full")


@pytest.mark.behaviour("asset.plan-gate")
@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "upload"), ("GET", "list"), ("GET", "{asset}"), ("DELETE", "{asset}"), ("POST", "upload#batch")],
)
def test_a_plan_without_assets_is_refused(world: Client, method: str, path: str) -> None:
    asset_id = world.uploaded()
    world.patch(plan="free")
    body: object = {"upload": {"url": PICTURE}, "upload#batch": [PICTURE]}.get(path)
    answer = world.call(method, f"/api/v1/asset/{path.format(asset=asset_id)}".removesuffix("#batch"), json=body)
    refused(answer, 403, "not allowed to use assets", f"{method} {path} on the plan free")
    same(world.world()["assets"], 1, "assets after the refusal")
    world.patch(plan="hobbyist")
    same(world.upload().status_code, 202, "status on hobbyist")


@pytest.mark.behaviour("asset.free-of-charge")
def test_uploads_cost_nothing_and_references_nothing_more(world: Client) -> None:
    balances = world.points()
    asset_id = world.active()
    same(world.points(), balances, "points after an upload")
    with_asset = world.created(LESS, image_urls=[f"asset://{asset_id}"])["meta"]["usage"]
    with_url = world.created(LESS, image_urls=[PICTURE])["meta"]["usage"]
    same(with_asset, with_url, "price of an asset against that of a raw URL")
