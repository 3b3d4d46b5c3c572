"""``fakeseed judge`` and ``fakeseed rules``: programs in worlds, what is told of them, and what is left behind."""

import html
import json
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import msgspec
import pytest
from click.testing import CliRunner, Result

from fakeseed.cli import judge as cli
from fakeseed.cli.main import fakeseed
from fakeseed.errors import FakeseedError
from fakeseed.judge.evaluate import judge
from fakeseed.judge.registry import known_rules
from fakeseed.judge.reports.html_report import html_report
from fakeseed.judge.reports.tables import as_json, table
from fakeseed.judge.run import ClientRun
from tests.judge.test_judge import create, poll

CLIENT = str(Path(__file__).parents[1] / "zoo" / "program.py")
LIMIT = 60.0


class ProcessResult(msgspec.Struct, frozen=True):
    """A stand-in for how a program ended."""

    how: Any = "exited"
    code: int | None = 0
    signal: str = ""
    seconds: float = 0.1
    stdout: bytes = b""
    stderr: bytes = b""
    cut: bool = False
    stragglers: int = 0
    faketime: bool = False


def plain_run(
    command: Sequence[str], env: Mapping[str, str], *, seconds: float, output_limit: int, speed: float
) -> ProcessResult:
    """Runs a program, with no care for what it leaves behind. Pauses are short, as on a clock that is sped."""
    completed = subprocess.run(command, env=dict(env), capture_output=True, timeout=seconds, check=False)
    return ProcessResult(
        "exited", completed.returncode, stdout=completed.stdout, stderr=completed.stderr, faketime=True
    )


Judge = Callable[..., Result]


@pytest.fixture
def run_judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    """The command, with a runner of the test's own."""

    def invoke(*arguments: str, run: Any = plain_run) -> Result:
        monkeypatch.setattr(cli, "runner", lambda: run)
        return CliRunner().invoke(fakeseed, ["judge", *arguments])

    return invoke


def ends(ended: ProcessResult) -> Any:
    """A runner whose programs end like this."""
    return lambda *_, **__: ended


def refusal(result: Result) -> str:
    """What our own error says."""
    assert isinstance(result.exception, FakeseedError), result.output
    return f"{result.exception} {result.exception.hint}"


# -- programs ---------------------------------------------------------------------------------------------------------


def test_a_correct_program_passes(run_judge: Judge) -> None:
    names = ("--scenario", "calm", "--scenario", "billing/look-before-you-repeat")
    result = run_judge(*names, "--rate", "20", "--", sys.executable, CLIENT, "correct")
    assert result.exit_code == 0, result.output
    assert "held in 2 scenarios" in result.output
    header, calm = result.output.splitlines()[:2]
    assert header.startswith("scenario")
    assert calm.startswith("calm")
    assert "✓" in calm
    assert "exit 0" in calm


def test_a_broken_program_is_accused_with_its_evidence(run_judge: Judge, tmp_path: Path) -> None:
    junit = tmp_path / "judge.xml"
    arguments = ("--scenario", "billing/accept-then-drop", "--rate", "20", "--junit", str(junit))
    result = run_judge(*arguments, "--", sys.executable, CLIENT, "Resubmits")
    assert result.exit_code == 1
    assert re.search(r"money/no-ambiguous-resubmit \(error\)", result.output)
    assert re.search(r"#\d+ .*POST /api/v1/task -> 200 pending  \[accept-then-drop\]", result.output)
    suite = ElementTree.parse(junit).getroot()[0]
    assert suite.get("failures") == "1"
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed == ["money/no-ambiguous-resubmit"]
    assert int(suite.get("tests", "0")) == len(known_rules())


def test_a_published_client_is_judged_unchanged(run_judge: Judge) -> None:
    """It takes a 502 on a poll for the task's failure; in a world where nothing goes wrong there is nothing to say."""
    task_input = '{"prompt": "a fox", "mode": "text_to_video", "duration": 5, "resolution": "480p"}'
    program = ("--", str(Path(sys.executable).with_name("piapi-cli")), "run", "seedance", "seedance-2", task_input)
    result = run_judge("--scenario", "calm", "--scenario", "clients/polls-once-a-minute", "--json", *program)
    calm, errors = json.loads(result.output)
    assert calm["passed"], calm
    broken = [verdict["rule"] for verdict in errors["verdicts"] if verdict["outcome"] == "broken"]
    assert broken == ["errors/server-error-survived"]


def test_an_allowed_violation_passes(run_judge: Judge) -> None:
    arguments = ("--scenario", "accept-then-drop", "--rate", "20", "--allow", "money")
    result = run_judge(*arguments, "--json", "--", sys.executable, CLIENT, "Resubmits")
    assert result.exit_code == 0, result.output
    (trial,) = json.loads(result.output)
    outcomes = {verdict["rule"]: verdict["outcome"] for verdict in trial["verdicts"]}
    assert outcomes["money/no-ambiguous-resubmit"] == "allowed"
    assert trial["ending"]["code"] == 0


@pytest.mark.parametrize(
    ("ended", "message", "code"),
    [
        (ProcessResult("exited", 3), "exit 3", 0),
        (ProcessResult("killed", None, "SIGSEGV"), "killed by SIGSEGV", 1),
        (ProcessResult("timed out", None), "stopped: it took too long", 0),
        (ProcessResult("not started", None, "ENOENT"), "did not start: ENOENT", 2),
        (ProcessResult("exited", 0, cut=True), "much output", 0),
        (ProcessResult("exited", 0, stragglers=2), "left 2 processes behind", 0),
        (ProcessResult("exited", 0, stdout=b"\x00\x1b[31m\xff<script>"), "exit 0", 0),
    ],
    ids=lambda value: str(value)[:20] if isinstance(value, str) else None,
)
def test_the_report_says_how_it_ended(
    run_judge: Judge, tmp_path: Path, ended: ProcessResult, message: str, code: int
) -> None:
    junit, html_report = tmp_path / "judge.xml", tmp_path / "judge.html"
    result = run_judge("--junit", str(junit), "--html", str(html_report), "--", "any", run=ends(ended))
    assert result.exit_code == code
    assert message in result.output
    assert message in html_report.read_text("utf-8")
    assert "<script>" not in html_report.read_text("utf-8")
    assert ElementTree.parse(junit).getroot().tag == "testsuites"


def test_the_program_gets_the_usual_variables_and_its_rate(run_judge: Judge) -> None:
    received: dict[str, Any] = {}

    def run(command: Sequence[str], env: Mapping[str, str], **limits: Any) -> ProcessResult:
        received.update(command=command, env=env, **limits)
        return ProcessResult()

    assert run_judge("--rate", "30", "--timeout", "9", "--", "a", "--flag", "b", run=run).exit_code == 0
    assert received["command"] == ("a", "--flag", "b")
    assert (received["speed"], received["seconds"]) == (30.0, 9.0)
    assert received["env"]["PIAPI_BASE"] == f"{received['env']['PIAPI_BASE_URL']}/api/v1"
    assert received["env"]["PIAPI_API_KEY"] == "judge-calm"
    assert "PATH" in received["env"]
    address = urlsplit(received["env"]["PIAPI_BASE_URL"])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address.hostname, address.port), timeout=5)


def test_intervals_are_judged_in_the_programs_own_time(run_judge: Judge) -> None:
    """Polls 30 world seconds apart are half a second apart for a program that runs beside a world at rate 60, and 30 s
    for one whose own clock ran as fast as the world's."""

    def polling(faketime: bool) -> Any:
        def run(command: Sequence[str], env: Mapping[str, str], **_: Any) -> ProcessResult:
            from fakeseed.client import Control
            from tests.zoo.correct import CorrectClient

            url, key = env["PIAPI_BASE_URL"], env["PIAPI_API_KEY"]
            with Control(url, key=key) as control:
                control.freeze()
                client = CorrectClient(url, key, lambda _: None)
                task_id = client.order("a corgi fs-takes-5m")
                for _poll in range(6):
                    client.ask(f"/api/v1/task/{task_id}")
                    control.advance(by=30)
                client.close()
            return ProcessResult("exited", 1, faketime=faketime)

        return run

    broken = run_judge("--rate", "60", "--", "any", run=polling(False))
    assert "polling/interval (warning)" in broken.output
    result = run_judge("--rate", "60", "--", "any", run=polling(True))
    assert "polling/interval (warning)" not in result.output
    assert result.exit_code == 0


# -- mistakes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "no command"),
        (("--scenario", "accept-then-drap", "--", "x"), "accept-then-drop"),
        (("--allow", "nothing-like-it", "--", "x"), "fakeseed rules"),
        (("--all", "--scenario", "calm", "--", "x"), "say which"),
        (("--journal", "gone.json"), "cannot read gone.json"),
        (("--journal", "gone.json", "--", "x"), "exclude"),
    ],
)
def test_mistakes_are_told_before_anything_runs(run_judge: Judge, arguments: tuple[str, ...], message: str) -> None:
    def never(*_: Any, **__: Any) -> ProcessResult:
        raise AssertionError("nothing is to be run")

    assert message in refusal(run_judge(*arguments, run=never))


# -- journals and rules -----------------------------------------------------------------------------------------------


def test_a_journal_of_a_file_is_judged(run_judge: Judge, tmp_path: Path) -> None:
    file = tmp_path / "journal.json"
    file.write_bytes(msgspec.json.encode([create(1, 0, status=503, answer={}), create(2, 61)]))
    html_report = tmp_path / "page.html"
    result = run_judge("--journal", str(file), "--html", str(html_report))
    assert result.exit_code == 1
    assert "money/no-ambiguous-resubmit" in result.output
    assert "its end is not known" in html_report.read_text("utf-8")
    file.write_bytes(msgspec.json.encode([create(1, 0), poll(2, 5, "completed")]))
    assert run_judge("--journal", str(file)).exit_code == 0


def test_rules_are_listed_and_shown() -> None:
    listed = CliRunner().invoke(fakeseed, ["rules"])
    assert len(listed.output.splitlines()) == len(known_rules())
    rule = CliRunner().invoke(fakeseed, ["rules", "no-ambiguous-resubmit", "--json"])
    assert json.loads(rule.output)[0] == {"field": "rule", "value": "money/no-ambiguous-resubmit"}
    errors = CliRunner().invoke(fakeseed, ["rules", "polling", "--severity", "error", "--json"])
    assert {entry["severity"] for entry in json.loads(errors.output)} == {"error"}
    assert "no rules" in refusal(CliRunner().invoke(fakeseed, ["rules", "money", "--severity", "advice"]))
    assert "nothing" in refusal(CliRunner().invoke(fakeseed, ["rules", "nothing"]))


# -- the page ---------------------------------------------------------------------------------------------------------

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "chrome-headless-shell")


def test_a_browser_shows_the_page_without_a_complaint(run_judge: Judge, tmp_path: Path) -> None:
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        pytest.skip(f"no browser here: none of {', '.join(BROWSERS)} is on the path")
    html_report = tmp_path / "judge.html"
    arguments = (
        "--scenario",
        "calm",
        "--scenario",
        "billing/accept-then-drop",
        "--rate",
        "20",
        "--html",
        str(html_report),
    )
    run_judge(*arguments, "--", sys.executable, CLIENT, "Resubmits")
    options = ("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--virtual-time-budget=2000")
    page = subprocess.run(
        [browser, *options, f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", html_report.as_uri()],
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=True,
    )
    assert not [message for message in page.stderr.splitlines() if "CONSOLE" in message]
    assert page.stdout.count("<svg") == 2
    assert 'class="ring"' in page.stdout, "evidence is marked in the picture"
    for outside in ("<script", "src=", "url(", "@import", "<iframe"):
        assert outside not in page.stdout, "the page needs nothing but itself"


# -- what is left behind, with the real runner ------------------------------------------------------------------------

NASTY = {
    "crashes": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "hangs": "import signal; signal.pause()",
    "floods": "import sys\nfor _ in range(300): sys.stdout.write('x' * 10_000)",
    "forks": "import subprocess, sys; subprocess.Popen(['sleep', '300'])",
}


@pytest.mark.parametrize(
    ("behaviour", "message"),
    [("crashes", "killed by SIGKILL"), ("hangs", "took too long"), ("floods", "much output"), ("forks", "1 process")],
)
def test_nothing_is_left_of_a_program_that_misbehaves(
    behaviour: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    script = tmp_path / f"nasty-{behaviour}.py"
    script.write_text(NASTY[behaviour])
    result = CliRunner().invoke(fakeseed, ["judge", "--timeout", "3", "--rate", "1", "--", sys.executable, str(script)])
    assert message in result.output
    alive = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert str(script) not in alive
    assert "sleep 300" not in alive
    assert list(scratch.iterdir()) == []


# -- the program's own clock ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("faketime", "message"),
    [
        (True, "by libfaketime so did the program's own clock"),
        (False, "libfaketime was not used, so the program slept"),
    ],
)
def test_the_report_says_whose_clock_ran(faketime: bool, message: str) -> None:
    trial = ClientRun("calm", "nothing goes wrong", None, judge([]), rate=80.0, faketime=faketime)
    assert message in table([trial])
    assert message in html.unescape(html_report([trial], "x"))
    assert json.loads(as_json([trial]))[0]["faketime"] is faketime
    assert "world time" not in table([ClientRun("calm", "nothing goes wrong", None, judge([]))])
