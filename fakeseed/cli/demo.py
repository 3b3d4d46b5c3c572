"""``fakeseed demo``: the whole way from nothing to a saved video, on this machine alone."""

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from zlib import crc32

import click
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from fakeseed.cli.options import OUTPUT
from fakeseed.cli.serve import judge
from fakeseed.errors import FakeseedError
from fakeseed.model.sample_names import first_name
from fakeseed.server.app import App, Options
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

if TYPE_CHECKING:
    import httpx
    from rich.console import Console
    from rich.status import Status

T = TypeVar("T")
KEY = "fs-premium-demo"
PROMPT = (
    "Image 1 is the person reference. Image 2 is the scenic background. "
    "{name} from Image 1 walks through the place in Image 2 at dusk."
)
POLL_SECONDS = 0.1
RATE = 8.0
"""World seconds a real second: what takes six seconds there is shown in less than one."""
PATIENCE_SECONDS = 60


@click.command()
@click.option("--output", default="fakeseed-demo.mp4", show_default=True, type=OUTPUT, help="Where to save.")
@click.option("--seed", default="demo", show_default=True, help="The same seed gives the same video.")
@click.option("--port", default=0, type=click.IntRange(0, 65535), help="Port of the emulator; default: a free one.")
@click.option("--open", "opened", is_flag=True, help="Show it in the browser, and go on until Ctrl-C.")
def command(output: Path, seed: str, port: int, opened: bool) -> None:
    """Start an emulator in fetch mode with sample pictures made on the spot, and walk the article's whole flow.

    Uploads a private asset, waits until it is Active, creates a task with it and a raw URL, polls to completed and
    saves the video. Nothing leaves this machine.
    """
    import httpx
    from rich.console import Console

    console = Console(highlight=False)
    app = App(Settings(ingest="fetch", seed=seed, rate=RATE), options=Options(allow_private_sources=True), judge=judge)
    with in_thread(_sample_media()) as media, in_thread(app, port=port) as base:
        console.print(f"[bold]fakeseed[/] is up at [cyan]{base}[/] · sample media at [cyan]{media}[/]\n")
        with httpx.Client(base_url=base, headers={"X-API-Key": KEY}, timeout=30, trust_env=False) as api:
            video = Walk(api, console).article(media, first_name(crc32(seed.encode())))
            output.write_bytes(video)
            size = f"{len(video):,} bytes"
            console.print(f"\n[bold green]Saved[/] [bold]{output.resolve()}[/] ({size}): open it in any player.")
            if opened:
                _show(console, base)
    console.print("Next: [cyan]fakeseed serve[/], and point your client at http://127.0.0.1:8787")


def _show(console: "Console", base: str) -> None:
    """The page with the demo's world, in the browser, until Ctrl-C."""
    import webbrowser

    console.print(f"All that happened: [cyan]{base}/[/] · Ctrl-C ends it", soft_wrap=True)
    webbrowser.open(f"{base}/")
    with contextlib.suppress(KeyboardInterrupt):
        threading.Event().wait()


class Walk:
    """The article's steps, each shown as it happens."""

    def __init__(self, api: "httpx.Client", console: "Console") -> None:
        self._api = api
        self._console = console
        self._step = 0

    def article(self, media: str, name: str) -> bytes:
        """Walk all five steps; gives the video."""
        asset_id = self._upload(f"{media}/person.jpg", name)
        self._wait_for_asset(asset_id)
        task_id = self._create(asset_id, f"{media}/scene.jpg", name)
        url = self._wait_for_task(task_id)
        return self._download(url)

    def _upload(self, url: str, name: str) -> str:
        with self._step_shown("upload a private asset", "POST /api/v1/asset/upload") as report:
            answer = self._json_of(
                self._api.post("/api/v1/asset/upload", json={"url": url, "asset_type": "Image", "name": name})
            )
            report(f"{answer['asset_id']} · {answer['status']} · expires {answer['expires_at']}")
        return str(answer["asset_id"])

    def _wait_for_asset(self, asset_id: str) -> None:
        with self._step_shown("wait until it is Active", "GET /api/v1/asset/list") as report:
            query = {"status": "active,processing,failed"}

            def look() -> str | None:
                items = self._json_of(self._api.get("/api/v1/asset/list", params=query))["items"]
                (asset,) = [item for item in items if item["asset_id"] == asset_id]
                if asset["status"] == "Failed":
                    raise FakeseedError(f"the asset failed: {asset['error']['message']}")
                return "Active" if asset["status"] == "Active" else None

            report(f"{asset_id} · {_poll(look)}")

    def _create(self, asset_id: str, scene: str, name: str) -> str:
        task_input = {
            "prompt": PROMPT.format(name=name),
            "image_urls": [f"asset://{asset_id}", scene],
            "aspect_ratio": "16:9",
            "duration": 5,
            "resolution": "720p",
        }
        body = {"model": "seedance", "task_type": "seedance-2-less-restriction", "input": task_input}
        with self._step_shown("create a task with asset:// and a raw URL", "POST /api/v1/task") as report:
            data = self._json_of(self._api.post("/api/v1/task", json=body))["data"]
            report(f"{data['task_id']} · {data['status']} · {data['meta']['usage']['frozen']:,} points frozen")
        return str(data["task_id"])

    def _wait_for_task(self, task_id: str) -> str:
        with self._step_shown("poll until it is completed", "GET /api/v1/task/{task_id}") as report:

            def look() -> dict[str, Any] | None:
                data: dict[str, Any] = self._json_of(self._api.get(f"/api/v1/task/{task_id}"))["data"]
                if data["status"] == "failed":
                    raise FakeseedError(f"the task failed: {data['error']['message']}")
                return data if data["status"] == "completed" else None

            data = _poll(look)
            report(f"completed · {data['meta']['usage']['consume']:,} points consumed")
        return str(data["output"]["video"])

    def _download(self, url: str) -> bytes:
        with self._step_shown("download the video", "GET output.video") as report:
            answer = self._api.get(url)
            answer.raise_for_status()
            report(f"{answer.headers['content-type']} · {len(answer.content):,} bytes")
        return answer.content

    def _json_of(self, answer: "httpx.Response") -> Any:
        if answer.status_code >= 400:
            raise FakeseedError(f"{answer.request.method} {answer.request.url.path} answered {answer.text[:300]}")
        return answer.json()

    @contextlib.contextmanager
    def _step_shown(self, title: str, request: str) -> Iterator[Callable[[str], None]]:
        """Show a step while it runs, and what came of it."""
        self._step += 1
        heading = f"[bold]{self._step}.[/] {title} [dim]{request}[/]"
        running: Status | contextlib.nullcontext[None] = contextlib.nullcontext()
        if sys.stdout.isatty():
            running = self._console.status(heading)
        with running:
            results: list[str] = []
            yield results.append
        self._console.print(f"[green]✓[/] {heading}")
        self._console.print(f"    {results[0]}", style="cyan")


def _poll(look: Callable[[], T | None]) -> T:
    """Look again and again until there is something. Raises FakeseedError when that takes too long."""
    pause = threading.Event()
    for _ in range(int(PATIENCE_SECONDS / POLL_SECONDS)):
        value = look()
        if value is not None:
            return value
        pause.wait(POLL_SECONDS)
    raise FakeseedError(
        f"nothing came of it within {PATIENCE_SECONDS} s", "run the demo again, and report it if it stays"
    )


def _sample_media() -> Router:
    """A server of two pictures: a person and a scene."""
    from fakeseed.cli.sample_pictures import person, scene

    pictures = {"person.jpg": person(), "scene.jpg": scene()}

    async def serve(request: Request) -> Response:
        body = pictures.get(request.path_params["name"])
        return Response(body, media_type="image/jpeg") if body else Response(status_code=404)

    return Router([Route("/{name}", serve)])
