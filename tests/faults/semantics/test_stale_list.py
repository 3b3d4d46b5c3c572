import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio


async def filled(api: Api, old: int, fresh: int) -> list[str]:
    """Ids, newest first: so many from two minutes ago, so many from now."""
    asset_ids = [(await api.upload()).json()["asset_id"] for _ in range(old)]
    await api.advance("2m")
    asset_ids += [(await api.upload()).json()["asset_id"] for _ in range(fresh)]
    return asset_ids[::-1]


async def test_what_is_fresh_is_missing_until_the_list_is_asked_again(api: Api) -> None:
    ids = await filled(api, 2, 3)
    honest = await api.listing()
    await arm(api, "stale-list")
    stale = await api.listing()
    assert [item["asset_id"] for item in stale["items"]] == ids[3:]
    assert (stale["total"], stale["quota"]["used"]) == (2, 2)
    assert stale["items"] == honest["items"][3:]
    assert [item["asset_id"] for item in (await api.listing())["items"]] == ids
    assert (await api.asset(ids[0])).status_code == 200


async def test_pages_fit_together(api: Api) -> None:
    ids = await filled(api, 5, 3)
    await arm(api, "stale-list", always=True)
    pages = [await api.listing(f"?page={page}&size=2") for page in (1, 2, 3, 4)]
    assert [item["asset_id"] for page in pages for item in page["items"]] == ids[3:]
    assert {(page["total"], page["size"]) for page in pages} == {(5, 2)}
    assert (await api.listing("?status=active&size=2"))["total"] == 5
    assert (await api.listing("?status=processing"))["items"] == []
    assert (await api.listing("?status=nonsense"))["total"] == 0


async def test_to_the_nanosecond(api: Api) -> None:
    await api.upload()
    await arm(api, "stale-list", behind="10s", always=True)
    await api.advance("9.999s")
    assert (await api.listing())["total"] == 0
    await api.advance("1ms")
    assert (await api.listing())["total"] == 1


async def test_a_refusal_stays_as_it_is(api: Api) -> None:
    await arm(api, "stale-list", always=True)
    assert (await api.call("GET", "/api/v1/asset/list?page=0")).status_code == 400
