"""Looking at assets: list, filters, pages, get."""

import pytest

from ..harness.assertions import holds, json_of, refused, same
from ..harness.client import PICTURE, Client

FIELDS = {"asset_id", "name", "asset_type", "url", "status", "upload_at", "last_used_at", "expires_at"}
GONE = "asset-20260607154123-zzzzz"


@pytest.fixture
def three(world: Client) -> dict[str, str]:
    """One asset of each status, by status."""
    return {"processing": world.uploaded(), "active": world.active(), "failed": world.failed()}


@pytest.mark.behaviour("asset.list-fields", "asset.quota-fields")
def test_a_list_is_a_bare_object(client: Client) -> None:
    client.uploaded()
    body = json_of(client.listing(), "a list", "asset.list-fields")
    same(set(body), {"items", "quota", "total", "page", "size"}, "fields of a list", "asset.list-fields")
    same(set(body["quota"]), {"used", "limit"}, "fields of quota", "asset.quota-fields")
    same((body["page"], body["size"]), (1, 20), "page and size unless asked", "asset.list-fields")


@pytest.mark.behaviour("asset.quota-fields", "asset.failed-is-free")
def test_used_counts_processing_and_active(world: Client, three: dict[str, str]) -> None:
    same(world.listed()["quota"], {"used": 2, "limit": 500}, "quota with one asset of each status")
    same(world.listed("?status=failed")["quota"]["used"], 2, "quota of a filtered list")


@pytest.mark.behaviour("asset.list-filter")
@pytest.mark.parametrize(
    ("query", "statuses"),
    [
        ("", "processing active failed"),
        ("?status=", "processing active failed"),
        ("?status=active,processing,failed", "processing active failed"),
        ("?status=active", "active"),
        ("?status=processing", "processing"),
        ("?status=failed", "failed"),
        ("?status=failed,active", "active failed"),
        ("?status=Active", ""),
        ("?status=nonsense", ""),
        ("?status=active,nonsense", "active"),
    ],
)
def test_a_list_shows_the_statuses_asked_for(world: Client, three: dict[str, str], query: str, statuses: str) -> None:
    body = world.listed(query)
    expected = {three[status] for status in statuses.split()}
    same({item["asset_id"] for item in body["items"]}, expected, f"assets listed by {query!r}")
    same(body["total"], len(expected), "total")


@pytest.mark.behaviour("asset.list-order", "asset.list-paging")
def test_pages_go_from_the_newest_to_the_oldest(world: Client) -> None:
    newest_first = [item["asset_id"] for item in world.batch([PICTURE] * 45).json()["results"]][::-1]
    first = world.listed()
    same([item["asset_id"] for item in first["items"]], newest_first[:20], "the first page", "asset.list-order")
    second = world.listed("?page=2&size=20")
    same([item["asset_id"] for item in second["items"]], newest_first[20:40], "the second page", "asset.list-paging")
    same([item["asset_id"] for item in world.listed("?page=3")["items"]], newest_first[40:], "the last page")
    same(world.listed("?page=4")["items"], [], "a page after the last", "asset.list-paging")
    same(len(world.listed("?size=7")["items"]), 7, "items of a page of 7", "asset.list-paging")


@pytest.mark.behaviour("asset.list-paging")
def test_a_page_holds_100_at_most(world: Client) -> None:
    for _ in range(3):
        world.batch([PICTURE] * 35)
    body = world.listed("?size=101")
    same((body["size"], len(body["items"]), body["total"]), (100, 100, 105), "size, items and total")


@pytest.mark.behaviour("asset.get", "asset.fields", "asset.error-object")
def test_list_and_get_show_the_same_fields(world: Client, three: dict[str, str]) -> None:
    listed = {item["asset_id"]: item for item in world.listed()["items"]}
    for status, asset_id in three.items():
        asset = json_of(world.asset(asset_id), "a get", "asset.get")
        expected = FIELDS | ({"error"} if status == "failed" else set())
        same(set(asset), expected, f"fields of an asset that is {status}", "asset.fields", "asset.error-object")
        same(asset["status"].lower(), status, "status", "asset.get")
        same(listed[asset_id], asset, "list against get", "asset.fields")


@pytest.mark.behaviour("asset.fields")
def test_an_asset_shows_what_was_uploaded(client: Client) -> None:
    asset_id = client.uploaded(PICTURE, name="hero")
    asset = client.asset_data(asset_id)
    values = (asset["asset_id"], asset["name"], asset["asset_type"], asset["url"])
    same(values, (asset_id, "hero", "Image", PICTURE), "what the asset shows")


@pytest.mark.behaviour("asset.error-object")
def test_a_failed_asset_says_why(world: Client) -> None:
    asset_id = world.failed("ContentRestricted")
    error = world.asset_data(asset_id)["error"]
    same(set(error), {"code", "message"}, "fields of error")
    same(error["code"], "ContentRestricted", "code of the error")
    holds(error["message"], "message of the error", "a text", error["message"])


@pytest.mark.behaviour("asset.unknown")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_an_id_that_never_was_is_not_found(client: Client, method: str) -> None:
    refused(client.call(method, f"/api/v1/asset/{GONE}"), 404, "asset not found", f"{method} of an unknown id")


@pytest.mark.behaviour("asset.unknown")
@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_another_keys_asset_is_not_found(world: Client, method: str) -> None:
    mine = world.active()
    stranger = world.of_other_key()
    refused(stranger.call(method, f"/api/v1/asset/{mine}"), 404, "asset not found", f"{method} of another key's asset")
    same(stranger.listed()["items"], [], "what the other key's list shows")
    same(world.asset_data(mine)["status"], "Active", "the asset afterwards")


@pytest.mark.behaviour("asset.unknown")
def test_a_deleted_or_purged_asset_is_not_found(world: Client) -> None:
    deleted, purged = world.active(), world.active()
    world.delete(deleted)
    world.advance("15d")
    for asset_id in (deleted, purged):
        refused(world.asset(asset_id), 404, "asset not found", "get of an asset that is gone")
