import pytest

from tests.conftest import Api
from tests.support.faults import arm

pytestmark = pytest.mark.anyio
LR = "seedance-2-less-restriction"


async def test_the_assets_are_gone_and_the_task_ends(api: Api) -> None:
    used, unused = await api.active_asset(), await api.active_asset()
    await arm(api, "asset-deleted-while-used")
    uri = f"asset://{used}"
    task_id = await api.created(LR, prompt="@image1 and @image2", image_urls=[uri, uri], mode="omni_reference")
    assert (await api.asset(used)).status_code == 404
    assert (await api.asset(unused)).status_code == 200
    await api.advance("1m")
    assert (await api.task(task_id))["status"] == "completed"
    refused = await api.create(LR, image_urls=[uri])
    assert refused.status_code >= 400
    assert (await api.create(LR, image_urls=[f"asset://{unused}"])).status_code == 200
    assert (await api.asset(unused)).status_code == 200


async def test_a_refused_task_deletes_nothing(api: Api) -> None:
    used = await api.active_asset()
    await arm(api, "asset-deleted-while-used", always=True)
    assert (await api.create(LR, image_urls=[f"asset://{used}"], duration=999, resolution="9p")).status_code >= 400
    assert (await api.asset(used)).status_code == 200
