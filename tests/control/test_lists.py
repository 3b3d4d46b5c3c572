"""Worlds, tasks and assets in pages; videos and pictures for a viewer; redelivery; who may name a world."""

from collections.abc import Callable

import httpx
import pytest

from fakeseed.judge.verdicts import verdicts_so_far
from fakeseed.media.ingest.pictures import jpeg_thumbnail
from fakeseed.model.media import MediaFacts
from fakeseed.server.app import App, Options
from fakeseed.world.keys import Grant, Keys
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from fakeseed.world.world import World
from tests.conftest import Api

Emulate = Callable[..., Api]
pytestmark = pytest.mark.anyio


async def test_worlds_are_listed_without_a_key_the_latest_first(emulate: Emulate) -> None:
    api = emulate("one")
    await api.upload()
    await api.other("fs-hobbyist-two").created()
    answer = (await api.http.get("/_fakeseed/worlds", headers={"X-API-Key": ""})).json()
    assert [world["name"] for world in answer["worlds"]] == [name_of("fs-hobbyist-two"), name_of("one")]
    assert [world["plan"] for world in answer["worlds"]] == ["hobbyist", "premium"]
    assert answer["worlds"][1]["quotas"]["assets"] == {"used": 1, "limit": 500}
    assert answer["worlds"][0]["quotas"]["running"]["used"] == 1
    assert answer["total"] == 2
    page = (await api.http.get("/_fakeseed/worlds?limit=1")).json()
    assert (len(page["worlds"]), page["next"]) == (1, 1)


async def test_a_world_is_named_in_place_of_a_key(emulate: Emulate) -> None:
    api = emulate("one")
    await api.upload()
    for name in (name_of("one"), name_of("one")[:12]):
        answer = await api.http.get("/_fakeseed/overview", headers={"X-API-Key": "", "X-Fakeseed-World": name})
        assert answer.json()["assets"] == 1
    for wrong in (name_of("two"), name_of("one")[:11], "x" * 500):
        answer = await api.http.get("/_fakeseed/overview", headers={"X-Fakeseed-World": wrong})
        assert answer.status_code == 404
        assert "GET worlds" in answer.json()["hint"]


@pytest.mark.parametrize("path", ["worlds", "overview", "tasks", "journal/rows", "copy?form=curl&since=1"])
async def test_where_keys_are_listed_a_name_opens_no_world(path: str) -> None:
    keys = Keys({"mine": Grant()})
    named = {"X-Fakeseed-World": name_of("mine")}
    for options, headers, status in (
        (Options(), named, 401),
        (Options(control_token="t"), named, 401),
        (Options(control_token="t"), {**named, "X-Fakeseed-Token": "t"}, 200),
    ):
        app = App(Settings(), keys, options)
        await app.engine.run(app.engine.enter("mine"), lambda _: None)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://fakeseed") as client:
            await client.get("/account/info", headers={"X-API-Key": "mine"})
            assert (await client.get(f"/_fakeseed/{path}", headers=headers)).status_code == status
        await app.close()


async def test_another_origin_may_look_at_nothing(emulate: Emulate) -> None:
    api = emulate()
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}, {"host": "evil.example"}):
        for path in ("worlds", "overview", "events", "catalogue/faults"):
            assert (await api.http.get(f"/_fakeseed/{path}", headers=headers)).status_code == 403


async def test_tasks_come_in_pages_and_filtered(emulate: Emulate) -> None:
    api = emulate(concurrency=10)
    done = await api.finished(prompt="a lighthouse")
    failed = (await api.finished(prompt="fs-internal-error"))["task_id"]
    running = [await api.created(prompt=f"boat {number}") for number in range(3)]

    async def ids(query: str) -> list[str]:
        return [task["task_id"] for task in (await api.control("GET", f"tasks{query}"))["tasks"]]

    assert await ids("") == [*reversed(running), failed, done["task_id"]]
    assert await ids("?status=completed") == [done["task_id"]]
    assert await ids("?status=failed") == [failed]
    assert await ids("?q=BOAT") == running[::-1]
    assert await ids(f"?id={failed}") == [failed]
    assert await ids("?id=nothing") == []
    assert await ids("?type=seedance-2-fast") == []
    page = await api.control("GET", "tasks?offset=1&limit=2")
    assert ([task["task_id"] for task in page["tasks"]], page["next"], page["total"]) == (running[1::-1], 3, 5)
    card = (await api.control("GET", f"tasks?id={running[0]}"))["tasks"][0]
    assert card["next"]["kind"] == "task.start"
    wrong = await api.http.get("/_fakeseed/tasks?status=complete")
    assert "did you mean 'completed'" in wrong.json()["error"]


async def test_assets_come_in_pages_and_filtered(emulate: Emulate) -> None:
    api = emulate()
    active = await api.active_asset(name="hero")
    fresh = (await api.upload(name="scene")).json()["asset_id"]

    async def ids(query: str) -> list[str]:
        return [asset["asset_id"] for asset in (await api.control("GET", f"assets{query}"))["assets"]]

    assert await ids("") == [fresh, active]
    assert await ids("?status=Active") == [active]
    assert await ids("?q=scene") == [fresh]
    assert await ids("?kind=ephemeral") == []
    assert await ids("?limit=1&offset=1") == [active]
    assert (await api.control("GET", "assets"))["total"] == 2
    cards = {card["asset_id"]: card for card in (await api.control("GET", "assets"))["assets"]}
    assert cards[fresh]["next"]["kind"] == "asset.ingest"
    assert cards[active]["next"]["kind"] == "asset.expire"


async def test_assets_of_tasks_are_their_own_kind(emulate: Emulate) -> None:
    api = emulate()
    await api.created(
        "seedance-2-less-restriction",
        image_urls=["https://cdn.example/a.jpg"],
        auto_upload_assets=True,
        prompt="Image 1",
    )
    await api.advance("1s")  # it is made when its task starts
    (card,) = (await api.control("GET", "assets?kind=ephemeral"))["assets"]
    assert card["ephemeral"] is True
    assert card["task_id"]


async def test_a_viewer_leaves_no_trace_and_moves_no_clock(emulate: Emulate) -> None:
    api = emulate()
    done = await api.finished()
    await api.control("POST", "clock/auto", {"step": "10s"})
    await api.control("POST", "faults", {"fault": "status", "on": "any", "always": True, "status": 503})
    before = await api.control("GET", "overview")
    for path in ("tasks", "assets", "journal/rows", "overview", "worlds", f"tasks/{done['task_id']}/video", "judge"):
        answer = await api.http.get(f"/_fakeseed/{path}")
        assert answer.status_code in (200, 501)
    assert await api.control("GET", "overview") == before
    assert (await api.control("GET", "faults"))["faults"][0]["met"] == 0


async def test_a_video_is_the_one_that_the_client_gets(emulate: Emulate) -> None:
    api = emulate()
    done = await api.finished(duration=5, resolution="480p")
    seen = await api.http.get(f"/_fakeseed/tasks/{done['task_id']}/video")
    assert seen.headers["content-type"] == "video/mp4"
    assert seen.content == (await api.http.get(done["output"]["video"])).content
    running = await api.created()
    assert (await api.http.get(f"/_fakeseed/tasks/{running}/video")).status_code == 404


async def test_a_picture_is_the_thumbnail_of_the_source(emulate: Emulate) -> None:
    from PIL import Image

    api = emulate()
    asset_id = await api.active_asset()
    assert (await api.http.get(f"/_fakeseed/assets/{asset_id}/picture")).status_code == 404
    thumbnail = jpeg_thumbnail(Image.new("RGB", (40, 30), "red"))

    def give(world: World) -> None:
        asset = world.assets.get(asset_id)
        assert asset is not None
        asset.facts = MediaFacts(kind="Image", format="png", size_bytes=1, thumbnail=thumbnail)
        world.assets.update(asset)

    await api.app.engine.run(name_of(api.key), give)
    answer = await api.http.get(f"/_fakeseed/assets/{asset_id}/picture")
    assert (answer.headers["content-type"], answer.content) == ("image/jpeg", thumbnail)
    assert (await api.control("GET", "assets"))["assets"][0]["picture"] is True


# -- redelivery -------------------------------------------------------------------------------------------------------


async def test_a_webhook_is_sent_again_and_told_as_such(emulate: Emulate) -> None:
    received: list[bytes] = []

    def take(request: httpx.Request) -> httpx.Response:
        received.append(request.content)
        return httpx.Response(500 if len(received) > 1 else 200)

    api = emulate(webhooks=take)
    hook = {"webhook_config": {"endpoint": "https://hooks.example/x", "secret": "s3cret"}}
    task_id = (await api.create(config=hook)).json()["data"]["task_id"]
    assert "when it has ended" in (await api.http.post(f"/_fakeseed/tasks/{task_id}/redeliver")).json()["error"]
    await api.advance("5m")
    assert len(received) == 1
    await api.control("POST", f"tasks/{task_id}/redeliver")
    await api.advance("5m")
    assert received == [received[0]] * 2, "the same message once more, and no retry though it was refused"
    first, again = (await api.control("GET", "journal?kind=delivery"))["entries"]
    assert "redelivery" not in first
    assert (again["redelivery"], again["attempt"], again["status"]) == (True, 2, 500)
    assert first["body"]["data"]["task_id"] == task_id
    assert ["x-webhook-secret", "[redacted]"] in first["headers"]
    assert "s3cret" not in str(first)


async def test_a_task_without_a_webhook_has_nothing_to_send(emulate: Emulate) -> None:
    api = emulate()
    done = await api.finished()
    answer = await api.http.post(f"/_fakeseed/tasks/{done['task_id']}/redeliver")
    assert answer.status_code == 400
    assert "has no webhook" in answer.json()["error"]


# -- the journal in short ---------------------------------------------------------------------------------------------


async def test_rows_are_newest_first_and_lead_to_older_ones(emulate: Emulate) -> None:
    api = emulate()
    for _ in range(5):
        await api.http.get("/account/info")
    page = await api.control("GET", "journal/rows?limit=2")
    assert ([row["seq"] for row in page["rows"]], page["next"], page["last"]) == ([5, 4], 4, 5)
    page = await api.control("GET", f"journal/rows?limit=3&before={page['next']}")
    assert ([row["seq"] for row in page["rows"]], page["next"]) == ([3, 2, 1], None)
    assert "body" not in page["rows"][0]


async def test_rows_are_filtered_and_name_their_record(emulate: Emulate) -> None:
    api = emulate()
    task_id = await api.created()
    await api.task(task_id)
    await api.http.get("/nowhere")
    rows = (await api.control("GET", "journal/rows?kind=request"))["rows"]
    assert [(row["method"], row["status"], row.get("task")) for row in rows] == [
        ("GET", 404, None),
        ("GET", 200, task_id),
        ("POST", 200, task_id),
    ]
    refused = (await api.control("GET", "journal/rows?status=4xx"))["rows"]
    assert [row["refused_by"] for row in refused] == ["wire.unknown-path"]


# -- what can be chosen -----------------------------------------------------------------------------------------------


async def test_the_catalogue_has_every_fault_with_its_options(emulate: Emulate) -> None:
    from fakeseed.faults.registry import known_faults

    answer = await emulate().control("GET", "catalogue/faults")
    faults = {fault["name"]: fault for fault in answer["faults"]}
    assert set(faults) == set(known_faults())
    options = {option["name"]: option for option in faults["status"]["options"]}
    assert options["status"]["types"] == ["integer"]
    assert {"nth", "times", "on"} <= {option["name"] for option in answer["conditions"]}


async def test_the_catalogue_has_every_scenario(emulate: Emulate) -> None:
    from fakeseed.scenario.find import known_scenarios

    answer = await emulate().control("GET", "catalogue/scenarios")
    assert [scenario["name"] for scenario in answer["scenarios"]] == list(known_scenarios())
    assert all(scenario["title"] and scenario["about"] for scenario in answer["scenarios"])


# -- verdicts ---------------------------------------------------------------------------------------------------------


async def test_verdicts_come_from_the_judge_that_was_handed_in(emulate: Emulate) -> None:
    api = emulate()
    assert (await api.control("GET", "judge"))["unavailable"] == "this server has no judge"
    asset_id = (await api.upload()).json()["asset_id"]
    await api.create("seedance-2-less-restriction", prompt="Image 1", image_urls=[f"asset://{asset_id}"])
    judged = App(Settings(), store=api.app.engine.store, judge=verdicts_so_far)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=judged), base_url="http://fakeseed") as client:
        answer = (await client.get("/_fakeseed/judge", headers={"X-API-Key": api.key})).json()
    broken = {verdict["rule"]: verdict for verdict in answer["broken"]}
    assert broken["assets/wait-for-active"]["cases"][0]["lines"] == [2, 3]
    assert broken["assets/wait-for-active"]["statement"]
    assert "auth/key-in-header-only" in [verdict["rule"] for verdict in answer["held"]]


async def test_a_journal_that_lost_its_begin_is_not_judged(emulate: Emulate) -> None:
    api = emulate(journal_bytes=5000)
    for _ in range(20):
        await api.http.get("/account/info")
    judged = App(Settings(journal_bytes=5000), store=api.app.engine.store, judge=verdicts_so_far)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=judged), base_url="http://fakeseed") as client:
        answer = (await client.get("/_fakeseed/judge", headers={"X-API-Key": api.key})).json()
    assert "has lost its first" in answer["unavailable"]
