"""``GET copy``: what is copied runs, and gets the answers that were seen."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from fakeseed.client import Control
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings
from tests.conftest import START

LIMIT = 60.0
NASTY = """it's "so" $HOME `id` \\n ${x} %s <script>alert(1)</script> Image 1"""
COMMANDS = {
    "curl": (["sh"], "copied.sh"),
    "httpx": ([sys.executable], "copied.py"),
    "fetch": (["node"], "copied.mjs"),
}
PROGRAMS = [
    "httpx",
    pytest.param("curl", marks=pytest.mark.skipif(not shutil.which("curl"), reason="no curl here")),
    pytest.param("fetch", marks=pytest.mark.skipif(not shutil.which("node"), reason="no Node here")),
]


@pytest.fixture
def url() -> Iterator[str]:
    with in_thread(App(Settings(freeze_at=parse_instant(START), seed="copied"))) as url:
        yield url


@pytest.fixture
def story(url: str) -> Iterator[Control]:
    """A client's way: an upload, a create that comes too early, one that is right, polls, a video, a 404."""
    with (
        Control(url, key="story") as control,
        httpx.Client(base_url=url, headers={"X-API-Key": "story"}, timeout=30) as client,
    ):
        uploaded = client.post("/api/v1/asset/upload", json={"url": "https://cdn.example/a.jpg", "name": NASTY})
        asset_id = uploaded.json()["asset_id"]
        body = {
            "model": "seedance",
            "task_type": "seedance-2-less-restriction",
            "input": {"prompt": NASTY, "image_urls": [f"asset://{asset_id}"], "duration": 5, "resolution": "480p"},
        }
        assert client.post("/api/v1/task", json=body).status_code == 400
        control.advance("10s")
        task_id = client.post("/api/v1/task", json=body).json()["data"]["task_id"]
        control.advance("2m")
        video = client.get(f"/api/v1/task/{task_id}").json()["data"]["output"]["video"]
        assert client.get(video).status_code == 200
        assert client.get("/api/v1/asset/list?page=1&size=5").status_code == 200
        assert client.get("/nowhere", params={"q": NASTY}).status_code == 404
        yield control


def run(form: str, text: str, folder: Path, url: str, key: str) -> "subprocess.CompletedProcess[str]":
    command, name = COMMANDS[form]
    (folder / name).write_text(text)
    environment = {**os.environ, "FAKESEED_URL": url, "FAKESEED_KEY": key}
    return subprocess.run(
        [*command, str(folder / name)], env=environment, capture_output=True, text=True, timeout=LIMIT, check=False
    )


def seen(url: str, key: str) -> list[tuple[str, str, int]]:
    """Methods, paths without ids, and statuses that a world has seen."""
    with Control(url, key=key) as control:
        requests = list(control.entries(kind="request"))
    starts = ("/api/v1/task/", "/api/v1/asset/asset-", "/ephemeral/")

    def short(path: str) -> str:
        return next((start for start in starts if path.startswith(start)), path)

    return [(one["method"], short(one["path"]), one["status"]) for one in requests]


def sent(url: str, key: str) -> list[Any]:
    """The bodies of a world's POSTs."""
    with Control(url, key=key) as control:
        return [one["body"] for one in control.entries(method="POST")]


@pytest.mark.parametrize("form", PROGRAMS)
def test_all_requests_run_again_in_another_world(form: str, story: Control, url: str, tmp_path: Path) -> None:
    copied = story.copy(form, since=1)["text"]
    ended = run(form, copied, tmp_path, url, "again")
    assert ended.returncode == 0, f"{copied}\n{ended.stdout}{ended.stderr}"
    assert seen(url, "again") == seen(url, "story")
    assert sent(url, "story")[0] == sent(url, "again")[0], "what was sent is sent again, letter by letter"
    assert sent(url, "again")[2]["input"]["prompt"] == NASTY


@pytest.mark.parametrize("form", PROGRAMS)
def test_one_request_runs_again_in_its_own_world(form: str, story: Control, url: str, tmp_path: Path) -> None:
    last = story.journal_rows(kind="request", path="/api/v1/task/*")["rows"][0]
    ended = run(form, story.copy(form, seq=last["seq"])["text"], tmp_path, url, "story")
    assert ended.returncode == 0, ended.stderr
    assert '"completed"' in ended.stdout
    assert seen(url, "story")[-1] == ("GET", "/api/v1/task/", 200)


def test_a_script_says_when_an_answer_is_another(story: Control, url: str, tmp_path: Path) -> None:
    copied = story.copy("httpx", since=1)["text"].replace("== 202", "== 299")
    assert run("httpx", copied, tmp_path, url, "other").returncode != 0


def test_a_pytest_test_runs(story: Control, pytester: pytest.Pytester) -> None:
    pytester.makepyfile(test_copied=story.copy("pytest", since=1)["text"])
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def test_a_pytest_test_of_one_request_brings_what_it_needs(story: Control, pytester: pytest.Pytester) -> None:
    refused = story.journal_rows(refused="task.asset-not-active")["rows"][0]["seq"]
    copied = story.copy("pytest", seq=refused)["text"]
    assert "/api/v1/asset/upload" in copied, "the asset that the request names is uploaded first"
    pytester.makepyfile(test_copied=copied)
    pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


def play(text: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    file = folder / "copied.yaml"
    file.write_text(text)
    command = [sys.executable, "-m", "fakeseed", "scenario", "run", str(file)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, check=False)


def test_a_scenario_file_runs(story: Control, tmp_path: Path) -> None:
    ended = play(story.copy("scenario", since=1)["text"], tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_a_scenario_of_one_request_brings_what_it_needs(story: Control, tmp_path: Path) -> None:
    polled = story.journal_rows(kind="request", path="/api/v1/task/*")["rows"][0]["seq"]
    text = story.copy("scenario", seq=polled)["text"]
    assert text.count("method:") == 3, "upload, create, poll"
    ended = play(text, tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("form", ["pytest", "scenario"])
def test_a_fault_strikes_again(form: str, url: str, tmp_path: Path, pytester: pytest.Pytester) -> None:
    with Control(url, key="struck") as control, httpx.Client(base_url=url, headers={"X-API-Key": "struck"}) as client:
        control.arm("status", on="GET account", status=503)
        control.arm("close", on="GET account", nth=2)
        assert client.get("/account/info").status_code == 503
        with pytest.raises(httpx.RemoteProtocolError):
            client.get("/account/info")
        assert client.get("/account/info").status_code == 200
        text = control.copy(form, since=1)["text"]
    if form == "scenario":
        ended = play(text, tmp_path)
        assert ended.returncode == 0, text + ended.stdout + ended.stderr
    else:
        pytester.makepyfile(test_copied=text)
        pytester.runpytest_subprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ({"form": "culr", "since": "1"}, 400, "did you mean 'curl'"),
        ({"form": "curl"}, 400, "seq or since"),
        ({"form": "curl", "seq": "1", "since": "1"}, 400, "seq or since"),
        ({"form": "curl", "seq": "999"}, 404, "no request"),
    ],
)
def test_a_wrong_order_is_refused(url: str, query: dict[str, str], status: int, word: str) -> None:
    answer: Any = httpx.get(f"{url}/_fakeseed/copy", params=query, headers={"X-API-Key": "k"})
    assert answer.status_code == status
    assert word in answer.json()["error"]
