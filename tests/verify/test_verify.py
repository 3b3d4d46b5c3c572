"""`fakeseed verify`: exit codes, tables, evidence and drift."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fakeseed.errors import UsageError
from fakeseed.server.run import in_thread
from fakeseed.verify.evidence import ObservedCall, drift, named, read, shape


def verify(*options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fakeseed", "verify", *options]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)


@pytest.mark.slow
def test_the_emulator_holds_and_what_was_seen_is_written_down(tmp_path: Path) -> None:
    report, evidence, junit = tmp_path / "report.json", tmp_path / "seen.json", tmp_path / "junit.xml"
    options = ["-k", "test_stories", "--json", str(report), "--evidence", str(evidence), "--junit", str(junit)]
    first = verify(*options)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "documented\t" in first.stdout
    contents = json.loads(report.read_text())
    assert contents["counts"]["broken"] == 0
    assert contents["counts"]["held"] > 10
    assert "testsuite" in junit.read_text()
    again = verify("-k", "test_stories", "--since", str(evidence))
    assert again.returncode == 0
    assert " -> 200 " not in again.stdout, "nothing has drifted"


async def yes(scope: Any, _: Any, send: Any) -> None:
    """A server that agrees with everything."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": b"{}"})


@pytest.mark.slow
def test_a_server_that_only_says_yes_is_told_what_broke() -> None:
    with in_thread(yes) as url:
        run = verify("--target", url, "--key", "k", "-k", "test_account or test_assets_look")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "account.info\t" in run.stdout
    assert "may spend up to 0 points" in run.stderr


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "nonsense"])
def test_what_cannot_be_judged_is_one_clear_line(url: str) -> None:
    run = verify("--target", url)
    assert run.returncode == 2
    assert f"fakeseed: no answer from {url}" in run.stderr
    assert "Traceback" not in run.stdout + run.stderr


def test_ids_and_times_become_numbered_names() -> None:
    text = "asset-20260607154123-6nxk8 asset-20260607154124-aaaa1 asset-20260607154123-6nxk8 2026-06-07T15:41:23Z"
    assert named(text) == "<asset 1> <asset 2> <asset 1> <time 1>"


def test_a_shape_keeps_kinds_and_no_values() -> None:
    assert shape({"b": [1, 2, "x"], "a": None, "t": "2026-06-07T15:41:23Z"}) == {
        "a": "null",
        "b": ["text", "whole number"],
        "t": "<time>",
    }


def test_drift_says_what_is_new_and_what_is_gone() -> None:
    old, new = ObservedCall("GET /x", 200, "{}"), ObservedCall("GET /x", 404, "{}")
    assert drift({"check": {old}, "other": {old}}, {"check": {new}}) == [
        ("check", "-", "GET /x -> 200 {}"),
        ("check", "+", "GET /x -> 404 {}"),
    ]


def test_a_file_that_is_no_evidence_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text("[]")
    with pytest.raises(UsageError, match="is no evidence file"):
        read(path)
