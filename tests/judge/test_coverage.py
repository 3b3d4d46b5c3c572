"""How much of the contract a client has met, by its journals."""

import msgspec
import pytest

from fakeseed.faults.registry import known_faults
from fakeseed.judge.coverage import all_items, coverage
from fakeseed.model.routes import ROUTES
from tests.conftest import Api
from tests.support.faults import arm


def test_a_client_that_did_nothing_has_met_nothing() -> None:
    nothing = coverage([])
    assert list(nothing.areas) == ["calls", "refusals", "failures", "transitions", "faults"]
    assert nothing.share == 0
    assert nothing.areas["calls"].missing == tuple(ROUTES)
    assert nothing.areas["faults"].items == tuple(known_faults())


def test_every_item_exists_once() -> None:
    for name, items in all_items().items():
        assert items, name
        assert len(set(items)) == len(items), name


@pytest.mark.anyio
async def test_what_a_journal_shows_was_met(api: Api) -> None:
    await arm(api, "unknown-status", on="GET task", always=True)
    task = await api.created(prompt="a corgi fs-internal-error")
    await api.task(task)
    await api.advance("1h")
    await api.control("DELETE", "faults")
    await api.task(task)
    await api.call("GET", "/api/v1/asset/asset-nobody")
    await api.call("GET", "/api/v1/elsewhere")
    asset = (await api.upload(url="https://cdn.example/fs-fail-download-failed.jpg")).json()["asset_id"]
    await api.advance("1h")
    await api.call("GET", f"/api/v1/asset/{asset}")
    result = coverage([(await api.control("GET", "journal"))["entries"]])
    met = {name: set(area.met) for name, area in result.areas.items()}
    assert met["calls"] == {"create task", "get task", "get asset", "upload assets"}
    assert met["refusals"] == {"asset.unknown", "wire.unknown-path"} & set(all_items()["refusals"])
    assert met["failures"] == {"task 10000", "asset DownloadFailed"}
    assert met["transitions"] == {
        "task nothing -> pending (create)",
        "task pending -> processing (start)",
        "task processing -> failed (fail)",
        "asset nothing -> Processing (upload)",
        "asset Processing -> Failed (rejected)",
    }
    assert met["faults"] == {"unknown-status"}
    assert result.areas["calls"].share == 4 / len(ROUTES)
    assert result.share == pytest.approx(sum(area.share for area in result.areas.values()) / 5)
    assert msgspec.json.decode(msgspec.json.encode(result))["areas"]["faults"]["met"] == ["unknown-status"]


@pytest.mark.anyio
async def test_several_worlds_add_up(api: Api) -> None:
    await api.created()
    first = (await api.control("GET", "journal"))["entries"]
    other = api.other("other-key")
    await other.call("GET", "/account/info")
    second = (await other.control("GET", "journal"))["entries"]
    assert coverage([first, second]).areas["calls"].met == ("create task", "get account")


def test_a_refusal_is_no_failure_of_a_task() -> None:
    answer = {"data": {"task_id": "", "status": "failed", "error": {"code": 10000}}}
    entry = {"kind": "request", "method": "POST", "path": "/api/v1/task", "status": 400, "answer": answer}
    assert coverage([[entry]]).areas["failures"].met == ()
    assert coverage([[{**entry, "status": 200}]]).areas["failures"].met == ("task 10000",)
