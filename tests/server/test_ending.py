"""How a server begins and ends as a process: signals, the ready file, what was pending."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from time import monotonic

import httpx
import pytest

from tests.support.processes import PARENTS, default, ignoring
from tests.support.servers import started

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs POSIX signals")
LIMIT_SECONDS = 20
"""A process that has not ended by then hangs; how quick it is, is measured and not tested."""


@pytest.fixture
def ready(tmp_path: Path) -> Path:
    """A ready file that an earlier server left behind."""
    path = tmp_path / "ready"
    path.write_text("http://127.0.0.1:1\n")
    return path


def ended(process: subprocess.Popen[str]) -> int:
    return process.wait(LIMIT_SECONDS)


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_signal_ends_a_server_and_takes_its_files_away(ready: Path, number: signal.Signals) -> None:
    with default([signal.SIGHUP]), started("--ready-file", str(ready)) as server:
        assert ready.read_text() == f"{server.url}\n"
        server.process.send_signal(number)
        assert ended(server.process) == 0
    assert not ready.exists()


def test_ready_file_of_an_earlier_server_goes_before_anything_can_fail(ready: Path) -> None:
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--ready-file", str(ready)]
    run = subprocess.run([*command, "--host", "256.0.0.1"], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 2
    assert not ready.exists()


@pytest.mark.parametrize("parent", PARENTS)
def test_interrupt_ends_a_server_whose_parent_ignores_or_blocks_it(parent: str) -> None:
    with PARENTS[parent]([signal.SIGINT, signal.SIGTERM]), started() as server:
        server.process.send_signal(signal.SIGINT)
        assert ended(server.process) == 0


def test_hang_up_that_nohup_ignores_ends_nothing() -> None:
    with ignoring([signal.SIGHUP]), started() as server:
        server.process.send_signal(signal.SIGHUP)
        assert httpx.get(f"{server.url}/_fakeseed/health", trust_env=False).status_code == 200


def test_what_is_pending_does_not_hold_the_end_and_is_counted() -> None:
    command = [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--pace", "instant", "--concurrency", "100"]
    hole = subprocess.Popen([sys.executable, "-c", HOLE], stdout=subprocess.PIPE, text=True)
    with hole, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert hole.stdout is not None
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            endpoint = f"http://127.0.0.1:{hole.stdout.readline().strip()}/"
            match = re.search(r"http://\S+", process.stdout.readline())
            assert match
            body = {
                "model": "seedance",
                "task_type": "seedance-2",
                "input": {"prompt": "a corgi"},
                "config": {"webhook_config": {"endpoint": endpoint}},
            }
            with httpx.Client(base_url=match[0], headers={"X-API-Key": "k"}, trust_env=False) as client:
                for _ in range(40):
                    assert client.post("/api/v1/task", json=body).status_code == 200
            process.send_signal(signal.SIGTERM)
            since = monotonic()
            assert ended(process) == 0
            assert monotonic() - since < LIMIT_SECONDS
            assert re.search(r"webhooks and fetches that were under way and are lost: \d+", process.stderr.read())
        finally:
            process.kill()
            hole.kill()


HOLE = """
import socket, time
listener = socket.create_server(("127.0.0.1", 0), backlog=100)
print(listener.getsockname()[1], flush=True)
kept = []
while True:
    kept.append(listener.accept())
"""


def test_a_thread_that_never_ends_does_not_hold_the_process(tmp_path: Path) -> None:
    script = tmp_path / "stuck.py"
    script.write_text(STUCK)
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, text=True, env=dict(os.environ)
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        assert ended(process) == 0


STUCK = """
import asyncio, threading
from fakeseed.server.app import App
from fakeseed.server.run import bind, serve
from fakeseed.world.settings import Settings

app = App(Settings(seed="s"))

async def stuck(scope, receive, send):
    if scope["type"] == "lifespan":
        asyncio.get_running_loop().run_in_executor(None, threading.Event().wait)
    await app(scope, receive, send)

serve(stuck, bind("127.0.0.1", 0), access_log=False, ready=lambda: print("ready", flush=True))
"""
