import pytest

from tests.conftest import Api
from tests.support.faults import Emulate, arm

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("pace", ["fast", "instant"])
async def test_a_task_that_never_ends(emulate: Emulate, pace: str) -> None:
    api = emulate(pace=pace)
    await arm(api, "stuck")
    stuck, well = await api.created(), await api.created()
    await api.advance("1d")
    assert (await api.task(stuck))["status"] == "processing"
    assert (await api.task(well))["status"] == "completed"
    assert (await api.points())["frozen"] > 0
    await api.control("POST", f"tasks/{stuck}/complete")
    assert (await api.task(stuck))["status"] == "completed"


@pytest.mark.parametrize("pace", ["fast", "instant"])
async def test_an_asset_that_stays_processing_and_a_batch_of_them(emulate: Emulate, pace: str) -> None:
    api = emulate(pace=pace)
    await arm(api, "stuck", on="POST asset", times=2)
    single = (await api.upload()).json()["asset_id"]
    batch = await api.call("POST", "/api/v1/asset/upload", json=["https://cdn.example/a.jpg", "nope"])
    both = [single, batch.json()["results"][0]["asset_id"]]
    well = (await api.upload()).json()["asset_id"]
    await api.advance("1d")
    assert [(await api.asset(name)).json()["status"] for name in (*both, well)] == [
        "Processing",
        "Processing",
        "Active",
    ]
    await api.control("POST", f"assets/{single}/activate")
    assert (await api.asset(single)).json()["status"] == "Active"


async def test_a_task_whose_references_are_converted_first(api: Api) -> None:
    await arm(api, "stuck")
    raw = ["https://cdn.example/a.jpg"]
    task_id = await api.created("seedance-2-less-restriction", image_urls=raw, auto_upload_assets=True)
    await api.advance("1d")
    assert (await api.task(task_id))["status"] == "processing"
