"""The page in a browser: each part from a click to the state of the world."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Serve, Viewer

pytestmark = pytest.mark.slow

View = Callable[..., Viewer]


def row(page: Page, text: str) -> Any:
    """A row of the journal."""
    return page.get_by_label("Journal", exact=True).get_by_role("button").filter(has_text=text)


def millis(instant: str) -> str:
    """An instant as the page has it: to the millisecond."""
    whole, _, fraction = instant.rstrip("Z").partition(".")
    return f"{whole}.{fraction[:3]:0<3}Z"


# -- worlds -----------------------------------------------------------------------------------------------------------


def test_the_home_page_waits_for_a_first_request_and_opens_its_world(serve: Serve, view: View) -> None:
    emulator, viewer = serve(), view()
    viewer.page.goto(emulator.url)
    expect(viewer.page.get_by_text("Waiting for a first request")).to_be_visible()
    emulator.upload()
    expect(viewer.page.get_by_role("button", name=re.compile(emulator.world[:12]))).to_be_visible()
    expect(row(viewer.page, "/asset/upload")).to_be_visible()
    assert emulator.world in viewer.page.url


def test_a_program_at_the_same_address_gets_the_vendors_answer(serve: Serve) -> None:
    emulator = serve()
    for accept in ("*/*", "application/json"):
        answer = httpx.get(emulator.url, headers={"accept": accept})
        assert (answer.status_code, answer.text) == (404, "404 page not found")
    assert emulator.client.get("/", headers={"accept": "text/html"}).status_code == 404, "a client with a key"
    page = httpx.get(emulator.url, headers={"accept": "text/html,*/*"})
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]


def test_worlds_stand_on_the_left_and_open_with_a_click(serve: Serve, view: View) -> None:
    emulator, viewer = serve(), view()
    emulator.upload()
    httpx.get(f"{emulator.url}/account/info", headers={"X-API-Key": "fs-creator-other"})
    page = viewer.open(emulator)
    worlds = page.get_by_label("Worlds", exact=True).get_by_role("button")
    expect(worlds).to_have_count(2)
    worlds.filter(has_text="creator").click()
    expect(row(page, "/account/info")).to_be_visible()
    assert emulator.world not in page.url


def test_a_token_is_asked_for_once(serve: Serve, view: View) -> None:
    emulator = serve(token="t0ken")
    emulator.upload()
    viewer = view()
    page = viewer.page
    page.goto(emulator.url)
    page.get_by_label("Control token").fill("wrong")
    page.get_by_role("button", name="Open").click()
    expect(page.get_by_role("alert")).to_contain_text("missing or wrong")
    page.get_by_label("Control token").fill("t0ken")
    page.get_by_role("button", name="Open").click()
    expect(row(page, "/asset/upload")).to_be_visible()
    page.reload()
    expect(row(page, "/asset/upload")).to_be_visible()
    viewer.complaints = [one for one in viewer.complaints if "401" not in one]


# -- journal and explanations -----------------------------------------------------------------------------------------


def test_a_request_shows_as_it_happens_and_opens_to_both_bodies(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    page = view().open(emulator)
    emulator.create("a red kite")
    row(page, "POST").filter(has_text="/task").first.click()
    entry = page.get_by_role("article", name=re.compile("Entry"))
    expect(entry.get_by_label("request body")).to_contain_text('"prompt": "a red kite"')
    expect(entry.get_by_label("answer body")).to_contain_text('"status": "pending"')


def test_the_journal_is_filtered_by_kind_status_path_and_task(serve: Serve, view: View) -> None:
    emulator = serve()
    task_id = emulator.created()
    emulator.client.get("/nowhere")
    emulator.client.get(f"/api/v1/task/{task_id}")
    page = view().open(emulator)
    rows = page.get_by_label("Journal", exact=True).locator("button.row")
    expect(rows).to_have_count(4)
    page.get_by_role("button", name="Events").click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Requests").click()
    page.get_by_label(re.compile("^Status,")).fill("4xx")
    page.get_by_label(re.compile("^Status,")).press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("wire.unknown-path")
    emulator.client.get("/nowhere/else")
    expect(rows).to_have_count(2)
    page.get_by_label(re.compile("^Status,")).fill("")
    page.get_by_label("Task", exact=True).fill(task_id)
    page.get_by_label("Task", exact=True).press("Enter")
    expect(rows).to_have_count(2)


def test_a_refusal_is_explained_and_the_clock_goes_to_where_it_would_pass(serve: Serve, view: View) -> None:
    emulator = serve()
    asset_id = emulator.upload()
    assert emulator.create("Image 1 walks", image_urls=[f"asset://{asset_id}"]).status_code == 400
    page = view().open(emulator)
    row(page, "task.asset-not-active").click()
    entry = page.get_by_role("article", name=re.compile("Entry"))
    expect(entry.locator(".because")).to_contain_text("Processing")
    expect(entry.locator(".behaviour")).to_contain_text("source:")
    entry.get_by_role("button", name="Advance to that moment").click()
    expect(page.get_by_label("Journal", exact=True)).to_contain_text("Processing → Active")
    assert emulator.create("Image 1 walks", image_urls=[f"asset://{asset_id}"]).status_code == 200


# -- clock and time axis ----------------------------------------------------------------------------------------------


def test_the_clock_runs_freezes_steps_and_advances(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.created()
    page = view().open(emulator)
    clock = page.get_by_label("Clock", exact=True)
    expect(clock.locator("time")).to_have_text("15:41:23")
    clock.get_by_role("button", name="Step to the next event").click()
    expect(page.get_by_label("Journal", exact=True)).to_contain_text("pending → processing")
    clock.get_by_label("Advance by a span").fill("1h")
    clock.get_by_role("button", name="Advance", exact=True).click()
    expect(clock.locator("time")).to_contain_text("16:41")
    clock.get_by_label("Rate").select_option("60")
    expect(clock).to_contain_text("runs")
    assert emulator.control.clock()["rate"] == 60
    clock.get_by_role("button", name="Freeze").click()
    expect(clock).to_contain_text("stands still")
    assert emulator.control.clock()["mode"] == "frozen"
    clock.get_by_role("button", name="Let each poll move the clock").click()
    expect(clock).to_contain_text("moves with each poll")
    assert emulator.control.clock()["mode"] == "auto"


def test_a_wrong_span_is_told_beside_its_button(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    viewer = view()
    page = viewer.open(emulator)
    page.get_by_label("Advance by a span").fill("soon")
    page.get_by_role("button", name="Advance", exact=True).click()
    expect(page.get_by_label("Clock", exact=True).get_by_role("alert")).to_contain_text("not a span of time")
    viewer.complaints = [one for one in viewer.complaints if "400" not in one]


def test_the_time_axis_names_records_and_a_click_goes_there(serve: Serve, view: View) -> None:
    emulator = serve()
    asset_id = emulator.upload()
    page = view().open(emulator)
    axis = page.get_by_label("Time axis")
    expect(axis.get_by_label("What will happen")).to_contain_text("ingest ends")
    expect(axis.get_by_label("What will happen")).to_contain_text(asset_id[-10:])
    axis.get_by_role("button", name="ingest ends").click()
    expect(axis.get_by_label("What happened")).to_contain_text("Processing → Active")
    expect(axis.get_by_label("What will happen")).to_contain_text("asset expires")


def test_the_present_is_moved_by_keys_and_by_dragging(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    emulator.created()
    page = view().open(emulator)
    handle = page.get_by_role("slider", name="Move the clock")
    expect(page.get_by_label("What will happen").get_by_role("listitem")).to_have_count(3)
    handle.press("ArrowRight")
    expect(handle).to_have_attribute("aria-valuenow", "1")
    handle.press("Enter")
    expect(page.get_by_label("Journal", exact=True)).to_contain_text("pending → processing")
    following = emulator.control.timeline()["events"][0]
    expect(page.get_by_label("What will happen").get_by_role("listitem").first).to_contain_text(following["ref"][-10:])
    expect(page.get_by_label("What happened")).to_contain_text("pending → processing")
    box = page.locator(".handle").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 1, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 1 + 116, box["y"] + 20, steps=4)
    expect(page.locator(".grip")).to_contain_text("in ")
    page.mouse.up()
    expect(page.get_by_label("What happened")).to_contain_text(following["ref"][-10:])
    expect(page.get_by_label("Clock", exact=True).locator("time")).to_have_attribute(
        "datetime", millis(following["at"])
    )


# -- records ----------------------------------------------------------------------------------------------------------


def test_a_finished_task_plays_its_video(serve: Serve, view: View) -> None:
    emulator = serve()
    task_id = emulator.created("a lighthouse in a storm")
    emulator.control.advance("5m")
    page = view().open(emulator)
    card = page.get_by_role("article", name=f"Task {task_id}")
    expect(card).to_contain_text("completed")
    page.wait_for_function(
        "() => { const v = document.querySelector('video'); return v && v.currentTime > 0 && !v.paused }"
    )
    assert page.evaluate("() => document.querySelector('video').videoWidth") == 864
    expect(page.get_by_label("Points and quotas")).to_contain_text("left")


def test_leaving_a_view_while_its_videos_load_is_no_error(serve: Serve, view: View) -> None:
    """The fixture fails for a complaint in the console: a video that is let go of while it begins to load is one."""
    emulator = serve(concurrency=9)
    for prompt in ("a boat", "a kite", "a corgi", "a lighthouse"):
        emulator.created(prompt)
    emulator.control.advance("5m")
    page = view().open(emulator)
    for pause in range(0, 100, 5):
        page.get_by_role("tab", name="Assets").click()
        page.get_by_role("tab", name="Tasks").click()
        page.wait_for_timeout(pause)
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0")


def test_a_task_is_completed_held_and_failed_by_its_buttons(serve: Serve, view: View) -> None:
    emulator = serve(concurrency=5)
    done, failed, kept = (emulator.created(prompt) for prompt in ("one", "two", "three"))
    page = view().open(emulator)

    def card(task_id: str) -> Any:
        return page.get_by_role("article", name=f"Task {task_id}")

    card(done).get_by_role("button", name="complete").click()
    expect(card(done)).to_contain_text("completed")
    card(failed).get_by_role("button", name="fail").click()
    expect(card(failed)).to_contain_text("failed")
    card(kept).get_by_role("button", name="hold").click()
    expect(card(kept).get_by_role("button", name="release")).to_be_visible()
    states = {task["task_id"]: task["status"] for task in emulator.control.tasks()["tasks"]}
    assert states == {done: "completed", failed: "failed", kept: "pending"}
    page.get_by_label("Status", exact=True).get_by_role("button", name="failed").click()
    expect(page.get_by_role("article")).to_have_count(1)
    card(failed).get_by_role("button", name=failed[-10:]).click()
    expect(card(failed).get_by_label("input")).to_contain_text('"prompt": "two"')


def test_assets_show_their_state_and_the_time_that_they_have_left(serve: Serve, view: View) -> None:
    emulator = serve()
    asset_id = emulator.upload(name="the hero")
    page = view().open(emulator, "assets")
    card = page.get_by_role("article", name="Asset the hero")
    expect(card).to_contain_text("ready in")
    card.get_by_role("button", name="activate").click()
    expect(card).to_contain_text("3d left")
    assert emulator.control.assets(id=asset_id)["assets"][0]["status"] == "Active"
    expect(page.get_by_label("Points and quotas")).to_contain_text("1 of 50")


# -- faults, scenarios, webhooks --------------------------------------------------------------------------------------


def test_a_fault_is_armed_with_a_form_strikes_and_is_disarmed(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    page = view().open(emulator, "faults")
    page.get_by_label("Find a fault").fill("status")
    page.get_by_role("button", name=re.compile("^status ")).click()
    form = page.get_by_role("form", name="Arm status")
    form.get_by_label(re.compile("^status")).fill("503")
    form.get_by_label(re.compile("^on")).select_option("GET account")
    form.get_by_label(re.compile("^times")).fill("2")
    form.get_by_role("button", name="Arm status").click()
    armed = page.locator(".armed li")
    expect(armed).to_contain_text("struck 0 of 0")
    assert emulator.control.faults()["faults"][0]["times"] == 2
    assert emulator.client.get("/account/info").status_code == 503
    expect(armed).to_contain_text("struck 1 of 1")
    expect(row(page, "status (fault-1)")).to_be_visible()
    armed.get_by_role("button", name="Disarm status").click()
    expect(page.get_by_text("Nothing goes wrong on purpose")).to_be_visible()
    assert emulator.control.faults()["faults"] == []


def test_a_scenario_makes_the_world_anew(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    page = view().open(emulator, "scenarios")
    page.get_by_label("Find a scenario").fill("accept-then-drop")
    page.get_by_role("button", name="Load billing/accept-then-drop").click()
    expect(page.get_by_text("This world is now as billing/accept-then-drop wants it")).to_be_visible()
    assert emulator.control.faults()["faults"][0]["fault"] == "accept-then-drop"
    assert emulator.control.overview()["assets"] == 0
    expect(row(page, "/asset/upload")).to_have_count(0)


def test_a_webhook_shows_its_message_and_is_sent_again(serve: Serve, view: View) -> None:
    received: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        received.append(request)
        return httpx.Response(200)

    emulator = serve(webhooks=take)
    hook = {"webhook_config": {"endpoint": "https://hooks.example/x", "secret": "s3cret"}}
    task_id = emulator.created("a boat", config=hook)
    emulator.control.advance("5m")
    page = view().open(emulator, "webhooks")
    page.get_by_role("button", name=f"Redeliver the webhook of {task_id}").click()
    expect(page.get_by_role("region", name="Webhooks")).to_contain_text("sent again")
    assert len(received) == 2
    row(page, "sent again").click()
    entry = page.get_by_role("article", name=re.compile("Entry"))
    expect(entry.get_by_label("webhook body")).to_contain_text(task_id)
    expect(entry).to_contain_text("[redacted]")


# -- copy as, judge ---------------------------------------------------------------------------------------------------


def test_copy_as_puts_what_runs_on_the_clipboard(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    viewer = view(permissions=["clipboard-read", "clipboard-write"])
    page = viewer.open(emulator)
    read = "() => navigator.clipboard.readText()"
    row(page, "/asset/upload").click()
    for name, form in (("curl", "curl"), ("pytest test", "pytest"), ("scenario file", "scenario")):
        page.get_by_label(re.compile("^Entry")).get_by_role("button", name=re.compile("Copy as|Copied")).click()
        page.locator(".menu").get_by_role("button", name=name).first.click()
        expect(page.get_by_role("button", name=f"Copied {form}")).to_be_visible()
        assert page.evaluate(read) == emulator.control.copy(form, seq=2)["text"]
    page.get_by_role("button", name="Copy all as").click()
    page.locator(".menu").get_by_role("button", name="httpx (Python)").click()
    expect(page.get_by_role("button", name="Copied httpx")).to_be_visible()
    assert page.evaluate(read) == emulator.control.copy("httpx", since=1)["text"]


def test_the_judge_stands_beside_the_line_that_broke_a_rule(serve: Serve, view: View) -> None:
    emulator = serve()
    asset_id = emulator.upload()
    emulator.create("Image 1 walks", image_urls=[f"asset://{asset_id}"])
    page = view().open(emulator, "judge")
    broken = page.locator(".verdict").filter(has_text="assets/wait-for-active")
    expect(broken).to_contain_text("still Processing")
    expect(row(page, "task.asset-not-active").locator(".broke")).to_be_visible()
    broken.get_by_role("button").filter(has_text="POST /api/v1/task").click()
    expect(page.get_by_role("article", name=re.compile("Entry"))).to_contain_text("The judge: assets/wait-for-active")


def test_a_reset_empties_the_world_only_when_one_is_sure(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.upload()
    page = view().open(emulator)
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Keep").click()
    assert emulator.control.overview()["assets"] == 1
    page.get_by_role("button", name="Reset").click()
    page.get_by_role("button", name="Yes, empty it").click()
    expect(page.get_by_text("Nothing has happened yet")).to_be_visible()
    assert emulator.control.overview()["assets"] == 0


# -- what comes from clients is text ----------------------------------------------------------------------------------

MARKUP = '"><img src=x onerror="window.struck=1"><script>window.struck=1</script><b id=planted>x</b> Image 1 ${1}'


def test_nothing_of_a_prompt_a_name_or_a_url_becomes_an_element(serve: Serve, view: View) -> None:
    plain = MARKUP.replace(" ", "/")  # a URL has no spaces
    hook = {"webhook_config": {"endpoint": f"https://hooks.example/{plain}", "secret": MARKUP}}
    emulator = serve(webhooks=lambda _: httpx.Response(200, text=MARKUP))
    asset_id = emulator.upload(name=MARKUP, url=f"https://cdn.example/{plain}.jpg")
    emulator.control.activate_asset(asset_id)
    emulator.created(MARKUP, image_urls=[f"asset://{asset_id}"], config=hook)
    emulator.client.get(f"/nowhere/{MARKUP}", params={"q": MARKUP})
    emulator.control.arm("status", on="GET account", status=503)
    emulator.control.advance("5m")
    entries = emulator.control.overview()["journal"]["last"]
    page = view().open(emulator)
    places = [*(f"{tab}" for tab in ("tasks", "assets", "faults", "scenarios", "webhooks", "judge"))]
    places += [f"tasks?entry={seq}" for seq in range(1, entries + 1)]
    places += [f"assets/{asset_id}", f"tasks/{emulator.control.tasks()['tasks'][0]['task_id']}"]
    for place in places:
        page.goto(f"{emulator.url}/#/{emulator.world}/{place}")
        page.wait_for_timeout(150)
        found = "() => [document.querySelectorAll('#planted, img[src=x], #app script').length, window.struck]"
        assert page.evaluate(found) == [0, None], place
    expect(page.get_by_text("<script>window.struck=1</script>").first).to_be_visible()


# -- a viewer is no client --------------------------------------------------------------------------------------------


def test_an_open_page_adds_nothing_to_the_journal(serve: Serve, view: View) -> None:
    emulator = serve()
    emulator.created()
    emulator.control.advance("5m")
    before = emulator.control.overview()
    page = view().open(emulator)
    for tab in ("Assets", "Faults", "Scenarios", "Webhooks", "Judge", "Tasks"):
        page.get_by_role("tab", name=re.compile(f"^{tab}")).click()
        page.wait_for_timeout(100)
    page.wait_for_function("() => document.querySelector('video')?.currentTime > 0")
    assert json.dumps(emulator.control.overview()) == json.dumps(before)
