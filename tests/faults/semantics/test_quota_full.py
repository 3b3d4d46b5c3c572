from typing import Any

import pytest

from tests.conftest import Api
from tests.support.faults import Emulate, arm

pytestmark = pytest.mark.anyio
GOOD = "https://cdn.example/a.jpg"


async def fill(api: Api) -> None:
    limit = (await api.listing())["quota"]["limit"]
    for start in range(0, limit, 50):
        await api.call("POST", "/api/v1/asset/upload", json=[GOOD] * min(50, limit - start))


@pytest.mark.parametrize(
    "body", [{"url": GOOD}, [GOOD, "nope", GOOD], {"urls": [GOOD]}, {"url": "nope"}, {}, [], [GOOD] * 51, "nonsense"]
)
async def test_the_refusal_is_the_one_that_a_full_quota_gives(emulate: Emulate, body: Any) -> None:
    full, api = emulate(), emulate()
    await fill(full)
    await arm(api, "quota-full")
    expected = await full.call("POST", "/api/v1/asset/upload", json=body)
    actual = await api.call("POST", "/api/v1/asset/upload", json=body)
    assert (actual.status_code, actual.content, actual.headers) == (
        expected.status_code,
        expected.content,
        expected.headers,
    )
    assert (await api.listing())["quota"]["used"] == 0
    assert (await api.upload()).json()["status"] == "Processing"


async def test_a_plan_without_assets_is_told_so(emulate: Emulate) -> None:
    api = emulate(plan="free")
    expected = await api.upload()
    await arm(api, "quota-full")
    assert (await api.upload()).content == expected.content
