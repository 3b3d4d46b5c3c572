"""A real client that nobody here wrote, unmodified, against a served emulator: piapi-skills 1.2.0."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

CLIENT = Path(sys.executable).with_name("piapi-cli")
KEY = "piapi-skills"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with in_thread(App(Settings(pace="instant", concurrency=100))) as url:
        yield url


def piapi(base: str, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PIAPI_API_KEY": KEY, "PIAPI_API_BASE": base}
    return subprocess.run([CLIENT, *args], capture_output=True, text=True, env=environment, timeout=60, check=False)


def asked(prompt: str) -> str:
    return json.dumps({"prompt": prompt, "mode": "text_to_video", "duration": 5, "resolution": "480p"})


def task_ids(base: str) -> list[str]:
    histories = httpx.get(f"{base}/api/open/tasks/histories", headers={"X-API-Key": KEY}).json()["data"]["data"]
    return [entry["task_id"] for entry in histories]


def test_it_creates_polls_and_gets_the_result(base: str) -> None:
    run = piapi(base, "run", "seedance", "seedance-2", asked("a fox"))
    assert run.returncode == 0, run.stderr
    assert '"completed"' in run.stdout
    assert f"{base}/ephemeral/" in run.stdout


def test_it_ends_with_an_error_when_the_task_fails(base: str) -> None:
    run = piapi(base, "run", "seedance", "seedance-2", asked("fs-refuse-copyright"))
    assert run.returncode == 1
    assert "community guidelines" in run.stdout + run.stderr or "failed" in run.stdout + run.stderr


def test_it_ends_with_an_error_for_a_task_that_is_not_there(base: str) -> None:
    assert piapi(base, "result", "nope").returncode == 1


def test_it_cancels_a_pending_task(base: str) -> None:
    with httpx.Client(base_url=base, headers={"X-API-Key": KEY}) as control:
        control.patch("/_fakeseed/world", json={"pace": "realistic"})
        run = piapi(base, "submit", "seedance", "seedance-2", asked("a fox"))
        assert run.returncode == 0, run.stderr
        (active,) = control.get("/account/active_tasks").json()["data"]["seedance"]["active_tasks"]
        assert active["task_id"] in run.stdout
        run = piapi(base, "cancel", active["task_id"])
        assert run.returncode == 0, run.stderr
        assert control.get(f"/api/v1/task/{active['task_id']}").json()["data"]["status"] == "failed"
        assert task_ids(base)[0] == active["task_id"]
        control.patch("/_fakeseed/world", json={"pace": "instant"})
