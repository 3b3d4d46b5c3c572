"""Signals that end a command: its programs end, its files go, and the exit code is a shell's."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.processes import LIMIT_SECONDS, PARENTS, alive, default, ignoring, run_until

pytestmark = pytest.mark.skipif(not hasattr(signal, "SIGHUP"), reason="needs POSIX signals")
ENDINGS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
PROGRAM = ("sh", "-c", "(setsid sleep 600 &); touch $MARK/begun; sleep 600")
"""A program that says when it has begun, and leaves something behind."""
COMMANDS = {"run": ["run", "--", *PROGRAM], "judge": ["judge", "--intercept", "--", *PROGRAM]}


@contextmanager
def running(command: list[str], folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A command with a terminal's place taken by a pipe that never ends; it is gone at the end."""
    env = {**os.environ, "TMPDIR": str(folder / "tmp"), "MARK": str(folder)}
    (folder / "tmp").mkdir()
    words = [sys.executable, "-m", "fakeseed", *command]
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=env
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def ended_by(number: signal.Signals, command: list[str], folder: Path) -> int:
    """Send a signal once the program has begun; gives the exit code when all is gone."""
    with running(command, folder) as process:
        assert run_until(lambda: (folder / "begun").exists())
        process.send_signal(number)
        code = process.wait(LIMIT_SECONDS)
        assert process.stderr is not None
        assert "Traceback" not in process.stderr.read()
    assert run_until(lambda: alive(str(folder)) == []), alive(str(folder))
    assert list((folder / "tmp").iterdir()) == [], "no file is left"
    return code


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDINGS)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_signal_ends_a_command_with_all_that_it_runs(command: str, number: signal.Signals, tmp_path: Path) -> None:
    with default([signal.SIGHUP]):
        assert ended_by(number, COMMANDS[command], tmp_path) == 128 + number


@pytest.mark.parametrize(
    ("command", "parent"),
    [
        ("run", "ignoring"),
        ("judge", "blocking"),
        pytest.param("run", "blocking", marks=pytest.mark.slow),
        pytest.param("judge", "ignoring", marks=pytest.mark.slow),
    ],
)
def test_signals_that_a_parent_ignores_or_blocks_end_it_too(command: str, parent: str, tmp_path: Path) -> None:
    with PARENTS[parent]([signal.SIGINT, signal.SIGTERM]):
        assert ended_by(signal.SIGINT, COMMANDS[command], tmp_path) == 128 + signal.SIGINT


def test_hang_up_that_nohup_ignores_ends_no_program(tmp_path: Path) -> None:
    with ignoring([signal.SIGHUP]), running(COMMANDS["run"], tmp_path) as process:
        assert run_until(lambda: (tmp_path / "begun").exists())
        process.send_signal(signal.SIGHUP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(0.5)
        process.terminate()
        assert process.wait(LIMIT_SECONDS) == 128 + signal.SIGTERM


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_contracts_that_are_cut_short_say_so_and_leave_nothing(number: signal.Signals, tmp_path: Path) -> None:
    with running(["verify"], tmp_path) as process:
        assert run_until(lambda: any((tmp_path / "tmp").iterdir()))
        process.send_signal(number)
        assert process.wait(LIMIT_SECONDS) == 2
        assert process.stderr is not None
        assert "interrupted" in process.stderr.read()
    assert run_until(lambda: alive(str(tmp_path)) == [])
    assert list((tmp_path / "tmp").iterdir()) == []
