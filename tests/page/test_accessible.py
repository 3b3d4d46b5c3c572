"""For everybody: no serious finding of axe-core, everything by keyboard, a phone, light and dark."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import axe_playwright_python
import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import Emulator, Serve, Viewer

pytestmark = pytest.mark.slow

View = Callable[..., Viewer]
AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
TABS = ("tasks", "assets", "faults", "scenarios", "webhooks", "judge", "journal")


@pytest.fixture
def busy(serve: Serve) -> Emulator:
    """A world in which something of everything has happened."""
    emulator = serve(webhooks=lambda _: httpx.Response(500))
    asset_id = emulator.upload()
    emulator.create("Image 1 walks", image_urls=[f"asset://{asset_id}"])
    emulator.control.activate_asset(asset_id)
    hook = {"webhook_config": {"endpoint": "https://hooks.example/x"}}
    emulator.created("a boat", config=hook)
    emulator.control.advance("1m")
    emulator.created("a kite")
    emulator.upload(name="fs-fail-download-failed")
    emulator.control.arm("status", on="GET account", status=503)
    emulator.client.get("/account/info")
    return emulator


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical, with where."""
    page.evaluate(AXE)
    found: Any = page.evaluate("() => axe.run()")
    assert found["passes"], "the checks were made"
    worst = [one for one in found["violations"] if one["impact"] in ("serious", "critical")]
    return [f"{one['id']}: {node['html'][:160]} {node['any'][:1]}" for one in worst for node in one["nodes"]]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe_finds_nothing_serious(width: int, scheme: str, busy: Emulator, view: View) -> None:
    viewer = view(width, scheme, bypass_csp=True)
    refused = busy.control.journal_rows(refused="task.asset-not-active")["rows"][0]["seq"]
    for tab in (*TABS, f"tasks?entry={refused}"):
        viewer.page.goto(f"{busy.url}/#/{busy.world}/{tab}")
        viewer.page.get_by_text("live", exact=True).wait_for()
        viewer.page.wait_for_timeout(500)
        assert serious(viewer.page) == [], tab


@pytest.mark.parametrize("tab", TABS)
def test_a_phone_needs_no_sideways_scrolling(tab: str, busy: Emulator, view: View) -> None:
    page = view(390).open(busy, tab)
    page.wait_for_timeout(300)
    assert page.evaluate("() => document.scrollingElement.scrollWidth") <= 390


def test_a_phone_shows_the_journal_as_a_tab_and_opens_an_entry(busy: Emulator, view: View) -> None:
    page = view(390).open(busy)
    page.get_by_role("tab", name="Journal").click()
    journal = page.get_by_role("region", name="Journal")
    journal.get_by_role("button").filter(has_text="/account/info").click()
    expect(page.get_by_role("article", name=re.compile("Entry"))).to_contain_text("on purpose")
    page.get_by_role("button", name="← Back").click()
    expect(journal).to_be_visible()


def test_the_journal_is_walked_by_keys(busy: Emulator, view: View) -> None:
    page = view().open(busy)
    rows = page.get_by_label("Journal", exact=True).locator("button.row")
    rows.first.focus()
    page.keyboard.press("ArrowDown")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("article", name=re.compile("Entry"))).to_be_visible()


def test_every_control_has_a_name(busy: Emulator, view: View) -> None:
    page = view().open(busy)
    nameless = "(all) => all.filter((one) => !(one.getAttribute('aria-label') || one.textContent.trim())).length"
    assert page.locator("button").evaluate_all(nameless) == 0


# -- much of everything -----------------------------------------------------------------------------------------------


def test_a_long_journal_is_scrolled_with_few_elements(serve: Serve, view: View) -> None:
    emulator = serve(journal_bytes=64 * 1024 * 1024)
    for _ in range(1500):
        emulator.client.get("/account/info")
    page = view().open(emulator)
    rows = page.get_by_label("Journal", exact=True).locator("button.row")
    expect(rows.first).to_contain_text("1500")
    box = page.locator(".rows")
    box.evaluate("(box) => { box.scrollTop = box.scrollHeight }")
    expect(rows.last).to_contain_text("/account/info")
    expect(page.locator("button.row .seq").last).to_have_text("1")
    assert page.evaluate("() => document.querySelectorAll('.rows li').length") < 80
