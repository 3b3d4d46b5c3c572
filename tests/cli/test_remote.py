"""The commands that speak to a running emulator: what they do to a world, what they say, and what a typo gets."""

import json
import os
import pty
import select
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result

from fakeseed.cli.main import fakeseed
from fakeseed.client import Control
from fakeseed.errors import FakeseedError
from fakeseed.model.times import parse_instant
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.rng import name_of
from fakeseed.world.settings import Settings
from tests.conftest import START

KEY = "fs-hobbyist-cli"
LIMIT = 60.0


class World:
    """A server, one world of it, and commands about that world."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.control = Control(url, key=KEY)
        self.client = httpx.Client(base_url=url, headers={"X-API-Key": KEY}, timeout=30)

    def run(self, *arguments: str) -> Result:
        """A command, whatever comes of it."""
        return CliRunner().invoke(fakeseed, arguments, env={"FAKESEED_URL": self.url, "FAKESEED_KEY": KEY})

    def say(self, *arguments: str) -> str:
        """What a command says that succeeds."""
        result = self.run(*arguments)
        assert result.exit_code == 0, f"{result.output}{result.exception}"
        return result.output

    def json(self, *arguments: str) -> Any:
        """What a command says to scripts."""
        return json.loads(self.say(*arguments, "--json"))

    def create(self, **config: Any) -> str:
        """A task of the client's."""
        body = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi"}, "config": config}
        return str(self.client.post("/api/v1/task", json=body).json()["data"]["task_id"])


@pytest.fixture
def world() -> Iterator[World]:
    app = App(
        Settings(freeze_at=parse_instant(START), seed="cli"),
        webhook_transport=lambda: httpx.MockTransport(lambda _: httpx.Response(200)),
    )
    with in_thread(app) as url:
        world = World(url)
        yield world
        world.control.close()
        world.client.close()


def test_the_clock_is_shown_and_moved(world: World) -> None:
    task_id = world.create()
    assert f"stands still; next: task.start of {task_id}" in world.say("clock", "show")
    assert "pending → processing" in world.say("clock", "next")
    assert "2026-06-10T15:41:23" in world.say("clock", "advance", "3d").splitlines()[-1]
    assert world.json("clock", "advance", "2026-06-11T00:00:00Z")["clock"]["now"] == "2026-06-11T00:00:00Z"
    assert "runs at ×60" in world.say("clock", "resume", "--rate", "60")
    assert "stands still" in world.say("clock", "freeze")
    assert "moves 10 s with each poll" in world.say("clock", "auto", "10s")
    assert world.control.clock()["mode"] == "auto"


def test_a_fault_is_armed_listed_and_disarmed(world: World) -> None:
    armed = world.json(
        "fault", "arm", "status", "--on", "GET account", "--status=429", "--nth", "[1, 2]", "--retry-after", "3"
    )
    assert {**armed["faults"][0], "id": ""} == {
        "id": "",
        "fault": "status",
        "on": "GET account",
        "status": 429,
        "nth": [1, 2],
        "retry_after": 3,
        "met": 0,
        "fired": 0,
    }
    assert world.client.get("/account/info").status_code == 429
    assert "struck 1 of 1" in world.say("fault", "list")
    assert "fault-1" in world.say("fault", "disarm")
    assert "nothing is armed" in world.say("fault", "list")


def test_a_world_is_shown_listed_and_changed(world: World) -> None:
    world.create()
    said = world.say("world", "show")
    assert f"world {name_of(KEY)}  plan hobbyist" in said
    assert "running 1 of 2" in said
    assert name_of(KEY) in world.say("world", "list")
    assert "plan creator" in world.say("world", "set", "plan=creator", "points=7")
    assert world.control.world()["points"]["available"] == 7
    assert "as on first use" in world.say("reset")
    assert world.control.overview()["tasks"] == 0


def test_a_world_is_named_by_its_tag(world: World) -> None:
    world.create()
    assert world.json("world", "show", "--world", name_of(KEY)[:12])["tasks"] == 1


def test_the_journal_is_shown_and_filtered(world: World) -> None:
    task_id = world.create()
    world.client.get("/nowhere")
    lines = world.say("journal").splitlines()
    assert [line.split()[0] for line in lines] == ["#1", "#2", "#3"]
    assert f"task {task_id}: new → pending" in lines[0]
    assert "wire.unknown-path" in world.say("journal", "--status", "4xx")
    assert world.json("journal", "--kind", "event")["entries"][0]["task"] == task_id


def test_a_refusal_is_explained_and_the_clock_goes_there(world: World) -> None:
    asset_id = world.client.post("/api/v1/asset/upload", json={"url": "https://cdn.example/a.jpg"}).json()["asset_id"]
    body = {
        "model": "seedance",
        "task_type": "seedance-2-less-restriction",
        "input": {"prompt": "Image 1", "image_urls": [f"asset://{asset_id}"]},
    }
    assert world.client.post("/api/v1/task", json=body).status_code == 400
    said = world.say("explain", "3")
    assert "it would pass from" in said
    assert "task.asset-not-active" in said
    world.say("explain", "3", "--advance")
    assert world.client.post("/api/v1/task", json=body).status_code == 200


def test_waiting_ends_when_it_is_so_and_says_what_there_is_when_not(world: World) -> None:
    task_id = world.create()
    assert "task is completed" in world.say("wait", "task", task_id, "--within", "10m")
    assert "POST /api/v1/task" in world.say("wait", "request", "--method", "POST")
    result = world.run("wait", "task", task_id, "--status", "failed")
    assert isinstance(result.exception, FakeseedError)
    assert "is completed and will never be failed" in str(result.exception)


def test_things_are_triggered(world: World) -> None:
    hooked = world.create(webhook_config={"endpoint": "https://hooks.example/x"})
    assert "completed" in world.say("trigger", "task", hooked)
    assert "sent again" in world.say("trigger", "webhook", hooked)
    assert "sent again: 200" in world.say("wait", "webhook", "--count", "2")
    asset_id = world.client.post("/api/v1/asset/upload", json={"url": "https://cdn.example/a.jpg"}).json()["asset_id"]
    assert "Failed" in world.say("trigger", "asset", asset_id, "--fail", "DownloadFailed")


@pytest.mark.parametrize(
    ("arguments", "near"),
    [
        (["clok"], "clock"),
        (["clock", "frezze"], "freeze"),
        (["fault", "amr"], "arm"),
        (["wait", "taks"], "task"),
        (["trigger", "webhok"], "webhook"),
        (["world", "lst"], "list"),
    ],
    ids=" ".join,
)
def test_a_typo_gets_the_nearest_right_word(world: World, arguments: list[str], near: str) -> None:
    result = world.run(*arguments)
    assert result.exit_code == 2
    assert f"did you mean {near!r}" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["fault", "arm", "statsu"], "did you mean 'status'"),
        (["fault", "arm", "status", "429"], "belongs to no option"),
        (["clock", "advance", "soon"], "not a span of time"),
        (["world", "set", "plan"], "a change is NAME=VALUE"),
        (["explain", "99"], "has no entry 99"),
        (["world", "show", "--world", "0123456789ab"], "there is no world"),
    ],
    ids=" ".join,
)
def test_a_wrong_order_is_told_as_one(world: World, arguments: list[str], said: str) -> None:
    result = world.run(*arguments)
    assert isinstance(result.exception, FakeseedError), result.output
    assert said in str(result.exception)


def test_nobody_there_is_told(world: World) -> None:
    result = CliRunner().invoke(fakeseed, ["clock", "show", "--url", "http://127.0.0.1:9"])
    assert "no answer from http://127.0.0.1:9" in str(result.exception)


# -- watch ------------------------------------------------------------------------------------------------------------


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "fakeseed", *arguments]


def test_watch_in_a_pipe_writes_a_line_for_each_entry(world: World) -> None:
    environment = {**os.environ, "FAKESEED_URL": world.url, "FAKESEED_KEY": KEY, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command("watch"), stdout=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stdout is not None
        while not select.select([process.stdout], [], [], 0.2)[0]:
            world.client.get("/account/info")
        assert "GET /account/info  200" in process.stdout.readline()
        process.terminate()


def test_watch_on_a_terminal_shows_the_world_and_keys_move_it(world: World) -> None:
    task_id = world.create(webhook_config={"endpoint": "https://hooks.example/x"})
    ours, theirs = pty.openpty()
    environment = {**os.environ, "FAKESEED_URL": world.url, "FAKESEED_KEY": KEY, "TERM": "xterm", "COLUMNS": "160"}
    with subprocess.Popen(command("watch"), stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process:
        os.close(theirs)
        screen = b""

        def until(text: str) -> None:
            nonlocal screen
            while text.encode() not in screen:
                assert select.select([ours], [], [], LIMIT)[0], screen[-2000:]
                screen += os.read(ours, 65536)

        until("plan hobbyist")
        until("task.start")
        os.write(ours, b"n")
        until("processing")
        os.write(ours, b"a")
        until("webhook of task")
        os.write(ours, b"r")
        until("sent again")
        os.write(ours, b"f")
        until("runs at")
        os.write(ours, b"q")
        assert process.wait(LIMIT) == 0
    os.close(ours)
    assert world.control.tasks(id=task_id)["tasks"][0]["status"] == "completed"
    assert world.control.clock()["mode"] == "real"
