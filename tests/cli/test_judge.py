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
from fakeseed.judge.client_run import ClientRun
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import judge
from fakeseed.judge.registry import known_rules
from fakeseed.judge.reports.exports import as_json
from fakeseed.judge.reports.html_report import html_report
from fakeseed.judge.reports.summary import summary_of
from fakeseed.judge.reports.terminal import report
from fakeseed.model.times import parse_instant
from fakeseed.runner.environment import virtual_time_environment
from fakeseed.testing.harness import START
from tests.judge.test_judge import create, poll
from tests.zoo.small_programs import (
    GIVES_UP_AFTER_100_MINUTES,
    IGNORES_RETRY_AFTER,
    LIMIT_OF_NODES_OWN,
    NEVER_GIVES_UP,
    PLAIN,
)

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


def plain_run(
    command: Sequence[str],
    env: Mapping[str, str],
    *,
    seconds: float,
    virtual_time: Mapping[str, object] | None = None,
    **_: object,
) -> ProcessResult:
    """Runs a program, with no care for what it leaves behind."""
    assert virtual_time is not None, "a program in Python joins its world"
    env = virtual_time_environment(env, virtual_time)
    completed = subprocess.run(command, env=env, capture_output=True, timeout=seconds, check=False)
    return ProcessResult("exited", completed.returncode, stdout=completed.stdout, stderr=completed.stderr)


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
    result = run_judge(*names, "--", sys.executable, CLIENT, "correct")
    assert result.exit_code == 0, result.output
    assert "held in 2 scenarios" in result.output
    calm, billing = result.output.splitlines()[:2]
    assert re.match(r"✓ calm +\d+ held; exit 0", calm)
    assert billing.startswith("✓ billing/look-before-you-repeat")


def test_a_broken_program_is_accused_with_its_evidence(run_judge: Judge, tmp_path: Path) -> None:
    junit = tmp_path / "judge.xml"
    arguments = ("--scenario", "billing/accept-then-drop", "--junit", str(junit))
    result = run_judge(*arguments, "--", sys.executable, CLIENT, "Resubmits")
    assert result.exit_code == 1
    assert re.search(r"money/no-ambiguous-resubmit \(error\)", result.output)
    assert re.search(r"#\d+ .*POST /api/v1/task -> 200 pending  \[accept-then-drop\]", result.output)
    suite = ElementTree.parse(junit).getroot()[0]
    assert suite.get("failures") == "1"
    failed = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert failed == ["money/no-ambiguous-resubmit"]
    assert int(suite.get("tests", "0")) == len(known_rules()) + 1, "a case for each rule, and one for the end"


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
    arguments = ("--scenario", "accept-then-drop", "--allow", "money")
    result = run_judge(*arguments, "--json", "--", sys.executable, CLIENT, "Resubmits")
    assert result.exit_code == 0, result.output
    (trial,) = json.loads(result.output)
    outcomes = {verdict["rule"]: verdict["outcome"] for verdict in trial["verdicts"]}
    assert outcomes["money/no-ambiguous-resubmit"] == "allowed"
    assert trial["ending"]["code"] == 0


@pytest.mark.parametrize(
    ("ended", "message", "code"),
    [
        (ProcessResult("exited", 3), "exit 3", 2),
        (ProcessResult("killed", None, "SIGSEGV"), "killed by SIGSEGV", 2),
        (ProcessResult("timed out", None), "stopped: it took too long", 2),
        (ProcessResult("not started", None, "ENOENT"), "did not start: ENOENT", 2),
        (ProcessResult("exited", 0, cut=True), "much output", 2),
        (ProcessResult("exited", 0, stragglers=2), "left 2 processes behind", 2),
        (ProcessResult("exited", 0, stdout=b"\x00\x1b[31m\xff<script>"), "exit 0", 2),
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


def test_the_program_gets_the_usual_variables_and_what_joins_it_to_its_world(run_judge: Judge) -> None:
    received: dict[str, Any] = {}

    def run(command: Sequence[str], env: Mapping[str, str], **limits: Any) -> ProcessResult:
        received.update(command=command, env=env, **limits)
        return ProcessResult()

    assert run_judge("--rate", "30", "--timeout", "9", "--", "a", "--flag", "b", run=run).exit_code == 2
    assert received["command"] == ("a", "--flag", "b")
    assert (received["speed"], received["seconds"]) == (1.0, 9.0)
    assert received["virtual_time"]["key"] == "judge-calm"
    assert received["virtual_time"]["now_us"] == parse_instant(START) // 1000
    assert received["env"]["PIAPI_BASE"] == f"{received['env']['PIAPI_BASE_URL']}/api/v1"
    assert received["env"]["PIAPI_API_KEY"] == "judge-calm"
    assert "PATH" in received["env"]
    address = urlsplit(received["env"]["PIAPI_BASE_URL"])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((address.hostname, address.port), timeout=5)


# -- could not be judged ----------------------------------------------------------------------------------------------

SILENT = {
    "ends at once": ("true",),
    "fails at once": ("false",),
    "wants another variable": (sys.executable, "-c", "import sys; sys.exit('MY_PIAPI_URL is not set')"),
    "is not there": (sys.executable, "nosuch.py"),
    "only listens": (sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"),
}


@pytest.mark.parametrize("name", SILENT)
def test_a_client_that_sends_no_request_could_not_be_judged(name: str, tmp_path: Path) -> None:
    junit, page = tmp_path / "judge.xml", tmp_path / "judge.html"
    files = ("--junit", str(junit), "--html", str(page))
    result = CliRunner().invoke(fakeseed, ["judge", "--timeout", "4", *files, "--", *SILENT[name]])
    assert result.exit_code == 2, result.output
    text = " ".join(result.output.split())
    assert "could not be judged: it sent no request to the emulator" in text
    assert "it was given its address and key as " in text
    assert "PIAPI_BASE_URL" in text
    assert "✓ calm" not in text
    assert "could not be judged in 1 scenario" in text
    assert "could not be judged" in page.read_text("utf-8")
    suite = ElementTree.parse(junit).getroot()[0]
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")
    if name == "wants another variable":
        assert "MY_PIAPI_URL is not set" in text, "the end of its output is shown"


def test_a_client_that_could_not_be_judged_has_not_passed_in_json(run_judge: Judge) -> None:
    result = run_judge("--json", "--", "any", run=ends(ProcessResult("exited", 0)))
    (run,) = json.loads(result.output)
    assert (run["passed"], run["result"], result.exit_code) == (None, "not judged", 2)


ONE_GET = """
import os, sys, urllib.request
request = urllib.request.Request(os.environ["PIAPI_BASE_URL"] + "/account/info", headers={"X-API-Key": sys.argv[1]})
urllib.request.urlopen(request).read()
"""


def test_requests_under_another_key_are_named_and_taken_in_with_intercept() -> None:
    program = ("--", sys.executable, "-c", ONE_GET, "a-key-of-the-client-that-is-secret")
    result = CliRunner().invoke(fakeseed, ["judge", *program])
    assert result.exit_code == 2
    assert "under another key ('a-ke...': 1 requests)" in " ".join(result.output.split())
    built_in = ONE_GET.replace('os.environ["PIAPI_BASE_URL"]', '"https://api.piapi.ai"')
    taken = CliRunner().invoke(
        fakeseed, ["judge", "--intercept", "--", sys.executable, "-c", built_in, "their-own-key"]
    )
    assert taken.exit_code == 0, taken.output
    assert "✓ calm" in taken.output


def test_dying_where_nothing_goes_wrong_is_told_first_of_all() -> None:
    program = ONE_GET + "\nsys.exit('no luck today')"
    names = ("--scenario", "billing/points-come-back", "--scenario", "calm")
    result = CliRunner().invoke(fakeseed, ["judge", *names, "--", sys.executable, "-c", program, "judge-calm"])
    assert result.exit_code != 0
    text = " ".join(result.output.split())
    assert "exit code 1 in a world where nothing goes wrong" in text
    assert "no luck today" in text
    assert text.index("calm: nothing goes wrong") < text.index("billing/points-come-back: ")


def test_a_client_that_waits_for_ever_for_an_answer_hangs(tmp_path: Path) -> None:
    script = tmp_path / "waits.py"
    script.write_text(
        "import json, os, urllib.request\n"
        "headers = {'X-API-Key': os.environ['PIAPI_API_KEY'], 'Content-Type': 'application/json'}\n"
        "body = json.dumps({'model': 'seedance', 'task_type': 'seedance-2', 'input': {'prompt': 'dusk'}}).encode()\n"
        "url = os.environ['PIAPI_BASE_URL'] + '/api/v1/task'\n"
        "print(urllib.request.urlopen(urllib.request.Request(url, body, headers)).read())\n"
    )
    arguments = ["judge", "--scenario", "billing/accept-then-hang", "--", sys.executable, str(script)]
    result = CliRunner().invoke(fakeseed, arguments)
    assert result.exit_code == 1
    assert "it hangs: it neither ends nor sends a request" in " ".join(result.output.split())


# -- whether the trouble struck ---------------------------------------------------------------------------------------


def test_trouble_that_never_struck_earns_no_tick_and_can_be_required(run_judge: Judge) -> None:
    program = ("--scenario", "webhook/never", "--", sys.executable, CLIENT, "correct")
    result = run_judge(*program)
    assert result.exit_code == 0, result.output
    assert result.output.startswith("- webhook/never")
    assert "wasted, as their trouble never struck: webhook/never" in result.output
    required = run_judge("--require-struck", *program)
    assert required.exit_code == 1
    assert "the trouble of the scenario never struck" in required.output


def test_areas_that_are_required_have_to_be_put_to_the_test(run_judge: Judge) -> None:
    program = ("--", sys.executable, CLIENT, "correct")
    assert run_judge("--require", "polling,auth", *program).exit_code == 0
    result = run_judge("--require", "polling,webhooks", *program)
    assert result.exit_code == 1
    assert "required and never put to the test: webhooks" in result.output
    with_typo = run_judge("--require", "webhoks", *program)
    assert "webhooks" in refusal(with_typo)


@pytest.mark.parametrize("width", [80, 100, 120])
def test_the_report_keeps_within_the_terminal(width: int) -> None:
    entries = [create(1, 0, status=503, answer={}), create(2, 61), *(poll(seq, 61 + seq / 10) for seq in range(3, 9))]
    runs = [
        ClientRun("billing/error-that-did-it", "An error that did it", Ending("exited", 1), judge(entries)),
        ClientRun(
            "calm", "nothing goes wrong", Ending("exited", 1, "x" * 500), judge([]), variables=("A_URL", "A_KEY")
        ),
    ]
    lines = report(runs, summary_of(runs), width).splitlines()
    assert max(map(len, lines)) <= width
    assert all(line.strip() or not line for line in lines)


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
    [
        ("crashes", "killed by SIGKILL"),
        ("hangs", "stopped: it took too long"),
        ("floods", "much output"),
        ("forks", "1 process"),
    ],
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
    ("clock", "message"),
    [
        ("virtual", "virtual time: the program's waiting moved its world's clock"),
        ("faketime", "libfaketime: the program's clock and its world's ran 8 times as fast"),
        ("real", "real time: the program did not load what makes its waiting move the world"),
    ],
)
def test_the_report_says_whose_clock_ran(clock: Any, message: str) -> None:
    trial = ClientRun("calm", "nothing goes wrong", Ending("exited", 0), judge([]), rate=8.0, clock=clock)
    assert message in report([trial], summary_of([trial]))
    assert message in html.unescape(html_report([trial], "x"))
    assert json.loads(as_json([trial]))[0]["clock"] == clock
    journal = ClientRun("a file", "a journal", None, judge([]))
    assert "time:" not in report([journal], summary_of([journal]))


# -- time that passes because the client waits ------------------------------------------------------------------------

NODE = shutil.which("node")


def judged(tmp_path: Path, source: str, *arguments: str) -> dict[str, Any]:
    """What the judge says of a program in one scenario, as JSON."""
    program = tmp_path / "client.py"
    program.write_text(source)
    result = CliRunner().invoke(fakeseed, ["judge", *arguments, "--json", "--", sys.executable, str(program)])
    (trial,) = json.loads(result.stdout)
    return dict(trial)


def test_a_client_with_httpx_default_timeout_ends_with_0_in_a_calm_world(tmp_path: Path) -> None:
    trial = judged(tmp_path, PLAIN)
    assert (trial["ending"]["code"], trial["passed"], trial["clock"]) == (0, True, "virtual")


def test_a_client_that_ignores_retry_after_is_caught(tmp_path: Path) -> None:
    trial = judged(tmp_path, IGNORES_RETRY_AFTER, "--scenario", "network/retry-after-not-heeded")
    broken = [verdict["rule"] for verdict in trial["verdicts"] if verdict["outcome"] == "broken"]
    assert "errors/retry-after-honoured" in broken


def test_a_client_that_waits_for_ever_is_stopped_at_once(tmp_path: Path) -> None:
    trial = judged(tmp_path, NEVER_GIVES_UP, "--scenario", "billing/accept-then-hang", "--timeout", "100")
    assert trial["ending"]["how"] == "timed out"
    assert trial["ending"]["seconds"] < LIMIT / 2


@pytest.mark.skipif(NODE is None, reason="node is not installed")
def test_a_node_client_that_ends_its_waiting_by_a_limit_of_nodes_own_does_not_hang(tmp_path: Path) -> None:
    program = tmp_path / "client.cjs"
    program.write_text(LIMIT_OF_NODES_OWN)
    arguments = ["judge", "--scenario", "billing/accept-then-hang", "--json", "--", str(NODE), str(program)]
    (trial,) = json.loads(CliRunner().invoke(fakeseed, arguments).stdout)
    assert (trial["ending"]["how"], trial["ending"]["code"]) == ("exited", 1)
    assert "no answer within a second" in trial["ending"]["text"]


def test_a_client_whose_patience_ends_below_the_rules_is_let_run_to_its_end(tmp_path: Path) -> None:
    trial = judged(tmp_path, GIVES_UP_AFTER_100_MINUTES, "--scenario", "lifecycle/stuck-for-ever")
    assert trial["ending"]["code"] == 1
    broken = [verdict["rule"] for verdict in trial["verdicts"] if verdict["outcome"] == "broken"]
    assert "polling/bounded" not in broken
    assert "gave up after 100 minutes" in trial["ending"]["text"]


def test_worlds_run_side_by_side_and_are_told_in_their_order(tmp_path: Path) -> None:
    program = tmp_path / "client.py"
    program.write_text(PLAIN)
    names = ["webhook/early", "billing/points-come-back", "calm", "network/clock-skew"]
    arguments = [part for name in names for part in ("--scenario", name)]
    result = CliRunner().invoke(
        fakeseed, ["judge", "--jobs", "4", *arguments, "--json", "--", sys.executable, str(program)]
    )
    assert [trial["scenario"] for trial in json.loads(result.stdout)] == [
        "calm",
        *(name for name in names if name != "calm"),
    ]
