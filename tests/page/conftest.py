"""A browser, a server with a judge, and a client of it. The browser belongs to one module: its event loop would be in
the way of other modules' async tests.
"""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from fakeseed.client import Control
from fakeseed.judge.verdicts import verdicts_so_far
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App, Options
from fakeseed.server.run import in_thread
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from tests.conftest import START

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
WAIT_MS = 30_000
"""Long enough for any machine; a page that shows something does so at once."""
KEY = "fs-hobbyist-page"


def browser_path() -> str | None:
    """The first browser that is on the path."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = browser_path()
    if path is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is on the path")
    expect.set_options(timeout=WAIT_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Emulator:
    """A server, and a client of one of its worlds."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = Control(url, key=KEY, token="t0ken")
        self.client = httpx.Client(base_url=url, headers={"X-API-Key": KEY}, timeout=30)
        self.world = name_of(KEY)

    def post(self, path: str, body: object) -> Any:
        """A client's request."""
        return self.client.post(path, json=body)

    def upload(self, **fields: Any) -> str:
        """An asset of the client's."""
        body = {"url": "https://cdn.example/person.jpg", "name": "hero", **fields}
        return str(self.post("/api/v1/asset/upload", body).json()["asset_id"])

    def create(self, prompt: str = "a corgi", config: object = None, **fields: Any) -> httpx.Response:
        """A create of the client's."""
        task = {"prompt": prompt, "duration": 5, "resolution": "480p", **fields}
        body = {"model": "seedance", "task_type": "seedance-2-less-restriction", "input": task}
        answer: httpx.Response = self.post("/api/v1/task", body if config is None else {**body, "config": config})
        return answer

    def created(self, prompt: str = "a corgi", **more: Any) -> str:
        """A task that is accepted."""
        return str(self.create(prompt, **more).json()["data"]["task_id"])

    def close(self) -> None:
        """Let go of connections."""
        self.control.close()
        self.client.close()


Serve = Callable[..., Emulator]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Make servers; a world stands at START."""
    opened: list[Any] = []

    def make(*, token: str | None = None, webhooks: Any = None, **settings: Any) -> Emulator:
        transport = None if webhooks is None else (lambda: httpx.MockTransport(webhooks))
        settings.setdefault("freeze_at", parse_instant(START))
        app = App(
            Settings(seed="page", **settings),
            options=Options(control_token=token),
            webhook_transport=transport,
            judge=verdicts_so_far,
        )
        running = in_thread(app)
        emulator = Emulator(running.__enter__())
        opened.append((running, emulator))
        return emulator

    yield make
    for running, emulator in opened:
        emulator.close()
        running.__exit__(None, None, None)


class Viewer:
    """A tab of the browser, and what it complained of."""

    def __init__(self, context: BrowserContext) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self._hear(message.type, message.text))
        self.page.on("pageerror", lambda problem: self.complaints.append(str(problem)))

    def _hear(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)

    def open(self, emulator: Emulator, tab: str = "tasks", more: str = "") -> Page:
        """Show a tab of the emulator's world."""
        self.page.goto(f"{emulator.url}/#/{emulator.world}/{tab}{more}")
        self.page.get_by_text("live", exact=True).wait_for()
        return self.page


@pytest.fixture
def view(browser: Browser) -> Iterator[Callable[..., Viewer]]:
    """Make tabs; a complaint in the console of any is a failure."""
    viewers: list[Viewer] = []

    def make(width: int = 1440, scheme: Any = "light", **more: Any) -> Viewer:
        height = 900 if width > 600 else 844
        context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, **more)
        viewers.append(Viewer(context))
        return viewers[-1]

    yield make
    for viewer in viewers:
        viewer.context.close()
    assert [complaint for viewer in viewers for complaint in viewer.complaints] == []
