"""``fakeseed run``: programs that know the vendor's address only, unchanged, against the emulator."""

import http.server
import json
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from fakeseed.runner.faketime import library
from tests.cli.test_cli import ENVIRONMENT
from tests.support.processes import alive, default, run_until

PROGRAMS = Path(__file__).parents[1] / "support" / "programs"
LONG = 90.0
SAVED = re.compile(r"https://img\.theapi\.app/ephemeral/[0-9a-f-]{36}\.mp4 \d{5,} ftyp\n")
BARE = {name: value for name, value in ENVIRONMENT.items() if "proxy" not in name.lower() and name != "PYTHONWARNINGS"}
"""The environment of fakeseed itself. Warnings are errors for it, but not for the programs that it runs."""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "fakeseed", "run", *arguments]


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {**BARE, **environment}
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=LONG, env=env, check=False)


def python(library: str, pause: str = "0.1") -> list[str]:
    return [sys.executable, str(PROGRAMS / "with_python.py"), library, pause]


CLIENTS = {
    "fetch": ["node", str(PROGRAMS / "with_fetch.mjs")],
    "node:https": ["node", str(PROGRAMS / "with_https.cjs")],
    "requests": python("requests"),
    "httpx": python("httpx"),
    "httpx without proxies": python("httpx without proxies"),
    "urllib": python("urllib"),
    "http.client": python("http.client"),
    "curl": ["bash", str(PROGRAMS / "with_curl.sh")],
}


def there(client: str) -> list[str]:
    command = CLIENTS[client]
    for program in {command[0], client} & {"node", "curl"}:
        if shutil.which(program) is None:
            pytest.skip(f"no {program} on this machine")
    return command


@pytest.mark.parametrize("client", CLIENTS)
def test_a_program_uploads_creates_polls_and_downloads(client: str, tmp_path: Path) -> None:
    result = run("--pace", "instant", "--", *there(client), TMPDIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert SAVED.fullmatch(result.stdout)
    begun, *_, ended = result.stderr.splitlines()
    assert begun.startswith("fakeseed: 0.1.0 answers for api.piapi.ai  plan premium · pace instant · seed ")
    assert re.search(
        r" exited with 0 after \d+\.\d s · \d+ requests · 1 task · \d[\d,]+ points charged \(\$0\.\d\d\)$", ended
    )
    assert "not reached" not in ended
    assert [path.name for path in tmp_path.iterdir() if path.name != "video.mp4"] == [], "no file is left"


@pytest.mark.slow
@pytest.mark.parametrize("client", ["fetch", "node:https", "requests", "httpx", "urllib", "http.client", "curl"])
def test_a_program_without_our_authority_refuses_the_certificate(client: str, tmp_path: Path) -> None:
    """TLS is verified: with the system's authorities alone, every client refuses the emulator."""
    command = there(client)
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    unset = [part for name in names for part in ("-u", name)]
    no_certificates = ["SSL_CERT_FILE=/dev/null"] if client == "httpx" else []  # the program asks for it by name
    result = run("--", "env", *unset, *no_certificates, *command, TMPDIR=str(tmp_path))
    assert result.returncode != 0
    assert re.search("certificate|CERT|SSL", result.stderr)


def test_piapi_skills_with_its_own_address(tmp_path: Path) -> None:
    cli = Path(sys.executable).with_name("piapi-cli")
    task_input = json.dumps({"prompt": "a fox", "mode": "text_to_video", "duration": 5, "resolution": "480p"})
    named = [part for name in ("PIAPI_API_BASE", "PIAPI_BASE_URL", "PIAPI_BASE") for part in ("-u", name)]
    command = ["env", *named, str(cli), "run", "seedance", "seedance-2", task_input]
    result = run("--pace", "instant", "--", *command, TMPDIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert '"completed"' in result.stdout
    assert "https://img.theapi.app/ephemeral/" in result.stdout


# -- other hosts ------------------------------------------------------------------------------------------------------

ELSEWHERE = {
    "fetch": ["node", "-e", "fetch('https://elsewhere.example/').catch(() => process.exit(9))"],
    "requests": [sys.executable, "-c", "import requests; requests.get('https://elsewhere.example/')"],
    "http.client": [
        sys.executable,
        "-c",
        "import http.client as h; h.HTTPSConnection('elsewhere.example').request('GET', '/')",
    ],
    "curl": ["curl", "--silent", "https://elsewhere.example/"],
}


@pytest.mark.slow
@pytest.mark.parametrize("client", ELSEWHERE)
def test_a_foreign_host_is_blocked_and_reported_once(client: str) -> None:
    there(client)
    result = run("--", *ELSEWHERE[client])
    assert result.returncode not in (0, 2)
    message = "fakeseed: elsewhere.example:443 was not reached; --allow elsewhere.example lets it through"
    assert result.stderr.splitlines().count(message) == 1
    assert result.stderr.splitlines()[-1].endswith(" · 1 host not reached")


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """A server on this machine with a certificate that the system does not know; its port and its authority."""
    authority = trustme.CA()
    ca = tmp_path / "own.pem"
    authority.cert_pem.write_to_path(ca)

    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"hello")

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Hello) as server:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        yield server.server_port, ca
        server.shutdown()
        thread.join()


def test_an_allowed_host_shows_its_own_certificate(own_server: tuple[int, Path]) -> None:
    port, ca = own_server
    curl = ["curl", "--silent", "--show-error", "--noproxy", "", "--cacert", str(ca), f"https://localhost:{port}/"]
    there("curl")
    result = run("--allow", "localhost", "--", *curl)
    assert (result.returncode, result.stdout) == (0, "hello"), result.stderr


def test_a_programs_own_machine_is_reached_without_the_proxy(own_server: tuple[int, Path]) -> None:
    port, ca = own_server
    there("curl")
    result = run("--", "curl", "--silent", "--cacert", str(ca), f"https://localhost:{port}/")
    assert (result.returncode, result.stdout) == (0, "hello")


# -- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "code", "message"),
    [
        ("exit 7", 7, "sh exited with 7 after"),
        ("kill -9 $$", 137, "sh was ended by SIGKILL after"),
        ("sleep 60", 124, "sh took too long and was ended after"),
        ("sleep 60 & exit 0", 0, "1 process left behind, and ended"),
    ],
)
def test_the_exit_code_is_handed_on(script: str, code: int, message: str) -> None:
    result = run("--seconds", "1", "--", "sh", "-c", script)
    assert (result.returncode, result.stdout) == (code, "")
    assert message in result.stderr.splitlines()[-1]


def test_a_missing_program_exits_127() -> None:
    result = run("--", "/no/such/program", "--help")
    assert result.returncode == 127
    assert "could not be started: there is no such command; give its path, or install it" in result.stderr


def test_output_goes_straight_through() -> None:
    result = run("--", "sh", "-c", "echo out; echo err >&2; cat")
    assert result.stdout == "out\n"
    assert result.stderr.splitlines()[1] == "err"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_all_and_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    program = "echo $HTTPS_PROXY > $TMPDIR/proxy; setsid sleep 61 & exec sleep 62"
    env = {**BARE, "TMPDIR": str(tmp_path)}
    with default([signal.SIGHUP]):
        process = subprocess.Popen(command("--", "sh", "-c", program), stderr=subprocess.PIPE, text=True, env=env)
    assert run_until(lambda: (tmp_path / "proxy").exists() and (tmp_path / "proxy").read_text() != "")
    time.sleep(0.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["proxy"]
    assert run_until(lambda: not alive(str(tmp_path)))


def test_options_set_the_environment_and_the_world(tmp_path: Path) -> None:
    script = "curl -s $FAKESEED_URL/_fakeseed/world -H X-API-Key:$PIAPI_API_KEY; echo; echo $PIAPI_BASE $PIAPI_BASE_URL"
    there("curl")
    options = [
        "--plan",
        "creator",
        "--points",
        "77",
        "--seed",
        "s",
        "--pace",
        "realistic",
        "--rate",
        "60",
        "--key",
        "me",
    ]
    result = run(*options, "sh", "-c", script, PIAPI_API_KEY="a real one", PIAPI_BASE="elsewhere")
    world, bases = result.stdout.splitlines()
    world_state = json.loads(world)
    assert (world_state["plan"], world_state["seed"], world_state["pace"]) == ("creator", "s", "realistic")
    assert (world_state["points"]["available"], world_state["clock"]["rate"]) == (77, 60)
    assert bases == "https://api.piapi.ai/api/v1 https://api.piapi.ai"
    assert "a real one" not in result.stdout + result.stderr


def test_scenario_and_keep_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    program = (
        "curl -s https://api.piapi.ai/account/info -H X-API-Key:own; curl -s https://api.piapi.ai/x -H X-API-Key:other"
    )
    there("curl")
    result = run("--scenario", "billing/accept-then-drop", "--keep-journal", str(path), "--", "sh", "-c", program)
    assert result.returncode == 0
    entries = [json.loads(text) for text in path.read_text().splitlines()]
    assert [entry["path"] for entry in entries if entry["kind"] == "request"] == ["/account/info", "/x"]
    assert len({entry["world"] for entry in entries}) == 2
    assert "2 requests" in result.stderr


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Missing argument 'COMMAND...'"),
        (["--plan", "premuim", "x"], "did you mean 'premium'?"),
        (["--rate", "0", "x"], "0.0 is not in the range"),
        (["--scenario", "no/such", "x"], "no/such"),
        (["--keep-journal", "/no/such/file", "x"], "/no/such/file cannot be written: there is no folder"),
    ],
)
def test_a_wrong_option_value_exits_2(options: list[str], message: str) -> None:
    result = run(*options)
    assert (result.returncode, result.stdout) == (2, "")
    assert message in result.stderr
    assert "Traceback" not in result.stderr


# -- a faster clock ---------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(library() is None, reason="libfaketime is not installed")
@pytest.mark.parametrize(("client", "takes"), [("requests", 600), ("httpx", 120), ("urllib", 120)])
def test_ten_minutes_of_polling_every_ten_seconds_take_ten_seconds(client: str, takes: int, tmp_path: Path) -> None:
    """The program sleeps as written; its clock and the world's run sixty times as fast."""
    source = (PROGRAMS / "with_python.py").read_text()
    program = tmp_path / "slow.py"
    patient = source.replace("timeout=30", "timeout=3600")  # by a clock sixty times as fast, half a second of ours
    program.write_text(patient.replace("a fox", f"a fox fs-takes-{takes}s"))
    begun = time.monotonic()
    result = run("--speed", "60", "--", sys.executable, str(program), client, "10", TMPDIR=str(tmp_path))
    assert result.returncode == 0, result.stderr
    assert SAVED.fullmatch(result.stdout)
    polls, seconds = map(int, re.search(r"(\d+) polls in (\d+) s", result.stderr).groups())  # type: ignore[union-attr]
    assert seconds >= takes, "by its own clock the program has waited the whole time"
    assert 1 < polls <= takes / 10 + 1
    assert time.monotonic() - begun < seconds, "and by ours it has not"


def test_a_missing_libfaketime_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from fakeseed.cli import run as command

    monkeypatch.setattr(command, "library", lambda: None)
    assert command._faketime_warnings(60) == [command.NO_FAKETIME]
    assert command._faketime_warnings(1) == []
