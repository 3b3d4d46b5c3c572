"""PiAPI's article about private assets: its five commands, with only host and key changed, in its order.

The commands are run by curl where there is one, and by a reader of the same command lines elsewhere.
"""

import io
import itertools
import json
import shlex
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any

import av
import httpx
import pytest

from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

UPLOAD = """
curl --request POST "https://api.piapi.ai/api/v1/asset/upload" \\
  --header "X-API-Key: $PIAPI_API_KEY" --header "Content-Type: application/json" \\
  --data '{"url": "https://your-cdn.com/person-reference.jpg", "asset_type": "Image", "name": "main-character"}'
"""
LIST = """
curl --request GET "https://api.piapi.ai/api/v1/asset/list?status=active,processing,failed" \\
  --header "X-API-Key: $PIAPI_API_KEY"
"""
TASK = """
curl --request POST "https://api.piapi.ai/api/v1/task" \\
  --header "X-API-Key: $PIAPI_API_KEY" --header "Content-Type: application/json" \\
  --data '{"model": "seedance", "task_type": "seedance-2-less-restriction", "input": {
    "prompt": "Image 1 is the person reference. Image 2 is the scenic background. A 5-second walk.",
    "image_urls": ["asset://ASSET_ID", "https://your-cdn.com/scenic-background.jpg"],
    "aspect_ratio": "16:9", "duration": 5, "resolution": "720p"}}'
"""
POLL = """
curl --request GET "https://api.piapi.ai/api/v1/task/TASK_ID" --header "X-API-Key: $PIAPI_API_KEY"
"""
AUTO_UPLOAD = """
curl --request POST "https://api.piapi.ai/api/v1/task" \\
  --header "X-API-Key: $PIAPI_API_KEY" --header "Content-Type: application/json" \\
  --data '{"model": "seedance", "task_type": "seedance-2-less-restriction", "input": {
    "prompt": "Image 1 is a one-time character reference. A 5-second cinematic video.",
    "image_urls": ["https://your-cdn.com/one-time-character.jpg"],
    "auto_upload_assets": true, "asset_retention_hours": 3,
    "aspect_ratio": "16:9", "duration": 5, "resolution": "720p"}}'
"""
STRICT = TASK.replace("seedance-2-less-restriction", "seedance-2")

Run = Callable[..., tuple[int, Any]]


def by_curl(command: str) -> tuple[int, Any]:
    arguments = [*shlex.split(command), "--silent", "--write-out", "\n%{http_code}"]
    body, _, status = subprocess.run(arguments, capture_output=True, check=True, text=True).stdout.rpartition("\n")
    return int(status), json.loads(body)


def by_reading(command: str) -> tuple[int, Any]:
    arguments = shlex.split(command)
    options = list(itertools.pairwise(arguments[1:]))
    headers = dict(value.split(": ", 1) for name, value in options if name == "--header")
    method = next(value for name, value in options if name == "--request")
    data = next((value for name, value in options if name == "--data"), None)
    url = next(argument for argument in arguments if argument.startswith("http"))
    answer = httpx.request(method, url, headers=headers, content=data)
    return answer.status_code, answer.json()


WAYS = {"curl": by_curl, "reader": by_reading}


@pytest.fixture(params=[reader_name for reader_name in WAYS if reader_name == "reader" or shutil.which(reader_name)])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with in_thread(App(Settings(pace="fast", seed="article"))) as base:

        def runner(command: str, **ids: str) -> tuple[int, Any]:
            for name, value in ids.items():
                command = command.replace(name, value)
            command = (
                command.replace("\\\n", " ")
                .replace("https://api.piapi.ai", base)
                .replace("$PIAPI_API_KEY", f"key-{request.param}")
            )
            return WAYS[request.param](command)

        runner.base = base  # type: ignore[attr-defined]
        runner.key = f"key-{request.param}"  # type: ignore[attr-defined]
        yield runner


def wait(run: Run) -> None:
    """Move the world's clock instead of waiting."""
    headers = {"X-API-Key": run.key}  # type: ignore[attr-defined]
    httpx.post(f"{run.base}/_fakeseed/clock/advance", headers=headers, json={"by": "1m"})  # type: ignore[attr-defined]


def test_the_articles_commands_give_the_documented_answers_in_order(run: Run) -> None:
    status, uploaded = run(UPLOAD)
    assert status == 202
    assert uploaded.keys() == {"asset_id", "status", "upload_at", "expires_at"}
    assert uploaded["status"] == "Processing"
    asset_id = uploaded["asset_id"]

    status, listed = run(LIST)
    assert (status, [item["asset_id"] for item in listed["items"]]) == (200, [asset_id])
    early_status, early = run(TASK, ASSET_ID=asset_id)
    assert (early_status, "not Active" in early["message"]) == (400, True)
    wait(run)
    assert [item["status"] for item in run(LIST)[1]["items"]] == ["Active"]

    status, created = run(TASK, ASSET_ID=asset_id)
    assert (status, created["code"], created["data"]["status"]) == (200, 200, "pending")
    wait(run)
    status, polled = run(POLL, TASK_ID=created["data"]["task_id"])
    assert (status, polled["data"]["status"]) == (200, "completed")
    assert polled["data"]["input"]["image_urls"][0] == f"asset://{asset_id}"
    _plays(polled["data"]["output"]["video"])

    status, created = run(AUTO_UPLOAD)
    assert status == 200
    wait(run)
    polled = run(POLL, TASK_ID=created["data"]["task_id"])[1]["data"]
    assert polled["status"] == "completed"
    assert polled["input"]["image_urls"][0].startswith("asset://asset-")
    _plays(polled["output"]["video"])

    status, refused = run(STRICT, ASSET_ID=asset_id)
    assert (status, refused["code"]) == (422, 422)
    assert "asset://" in refused["message"]


def _plays(url: str) -> None:
    answer = httpx.get(url)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "video/mp4")
    with av.open(io.BytesIO(answer.content), mode="r") as container:
        assert len(list(container.decode(container.streams.video[0]))) == 120
