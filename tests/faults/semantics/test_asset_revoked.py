from base64 import b64encode
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests.conftest import Api
from tests.support.faults import Emulate, arm

pytestmark = pytest.mark.anyio


async def seen(api: Api, asset_id: str) -> Any:
    body = (await api.asset(asset_id)).json()
    return body["status"], body.get("error", {}).get("code")


async def test_active_and_a_while_later_failed(api: Api) -> None:
    await arm(api, "asset-revoked", delay="30s")
    first, second = [(await api.upload()).json()["asset_id"] for _ in range(2)]
    await api.advance("3s")
    assert await seen(api, first) == ("Active", None)
    await api.advance("30s")
    assert await seen(api, first) == ("Failed", "ContentRestricted")
    assert await seen(api, second) == ("Active", None)


async def test_at_once_where_there_is_no_delay(emulate: Emulate) -> None:
    api = emulate(pace="instant")
    await arm(api, "asset-revoked", delay=0)
    assert await seen(api, (await api.upload()).json()["asset_id"]) == ("Failed", "ContentRestricted")


async def test_counted_from_active_however_it_became_so(api: Api) -> None:
    await arm(api, "asset-revoked", delay="30s")
    asset_id = (await api.upload("https://cdn.example/fs-stuck-ingest.jpg")).json()["asset_id"]
    await api.advance("1h")
    assert await seen(api, asset_id) == ("Processing", None)
    await api.control("POST", f"assets/{asset_id}/activate")
    await api.advance("29s")
    assert await seen(api, asset_id) == ("Active", None)
    await api.advance("1s")
    assert await seen(api, asset_id) == ("Failed", "ContentRestricted")


async def test_all_of_a_batch_but_not_what_fails_or_goes_by_itself(api: Api) -> None:
    await arm(api, "asset-revoked", delay="30s")
    urls = [
        "https://cdn.example/a.jpg",
        "nope",
        "https://cdn.example/fs-fail-download-failed.jpg",
        "https://cdn.example/b.jpg",
    ]
    results = (await api.call("POST", "/api/v1/asset/upload", json=urls)).json()["results"]
    await api.advance("3s")
    await api.call("DELETE", f"/api/v1/asset/{results[3]['asset_id']}")
    await api.advance("1m")
    assert await seen(api, results[0]["asset_id"]) == ("Failed", "ContentRestricted")
    status, code = await seen(api, results[2]["asset_id"])
    assert (status, code == "ContentRestricted") == ("Failed", False)


async def test_a_fetched_asset_is_revoked_after_its_fetch(emulate: Emulate) -> None:
    picture = BytesIO()
    Image.new("RGB", (600, 600)).save(picture, "PNG")
    api = emulate(ingest="fetch", pace="instant")
    file = {"file_name": "a.png", "file_data": b64encode(picture.getvalue()).decode()}
    url = (await api.call("POST", "/api/ephemeral_resource", json=file)).json()["data"]["url"]
    await arm(api, "asset-revoked", delay=0)
    first, second = [(await api.upload(url)).json()["asset_id"] for _ in range(2)]
    await api.advance("1s")
    assert await seen(api, first) == ("Failed", "ContentRestricted")
    assert await seen(api, second) == ("Active", None)
