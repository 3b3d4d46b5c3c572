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
from tests.runner.test_process import run_until

PROGRAMS = Path(__file__).parents[1] / "support" / "programs"
LONG = 90.0
SAVED = re.compile(r"https://img\.theapi\.app/ephemeral/[0-9a-f-]{36}\.mp4 \d{5,} ftyp\n")
BARE = {name: value for name, value in ENVIRONMENT.items() if "proxy" not in name.lower() and name != "PYTHONWARNINGS"}
"""The environment of fakeseed itself. Warnings are errors for it, but not for the programs that it runs."""


def words(*more: str) -> list[str]:
    return [sys.executable, "-W", "error", "-m", "fakeseed", "run", *more]


def run(*more: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    env = {**BARE, **environment}
    return subprocess.run(words(*more), capture_output=True, text=True, timeout=LONG, env=env, check=False)


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
    found = run("--pace", "instant", "--", *there(client), TMPDIR=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert SAVED.fullmatch(found.stdout)
    begun, *_, ended = found.stderr.splitlines()
    assert begun.startswith("fakeseed: 0.1.0 answers for api.piapi.ai  plan premium · pace instant · seed ")
    assert re.search(
        r" exited with 0 after \d+\.\d s · \d+ requests · 1 task · \d[\d,]+ points charged \(\$0\.\d\d\)$", ended
    )
    assert "not reached" not in ended
    assert [path.name for path in tmp_path.iterdir() if path.name != "video.mp4"] == [], "no file is left"


@pytest.mark.parametrize("client", ["fetch", "node:https", "requests", "httpx", "urllib", "http.client", "curl"])
def test_a_program_that_knows_not_our_authority_trusts_nobody(client: str, tmp_path: Path) -> None:
    """TLS is verified: with the system's authorities alone, every client refuses the emulator."""
    command = there(client)
    names = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
    unset = [part for name in names for part in ("-u", name)]
    kept = ["SSL_CERT_FILE=/dev/null"] if client == "httpx" else []  # the program asks for it by name
    found = run("--", "env", *unset, *kept, *command, TMPDIR=str(tmp_path))
    assert found.returncode != 0
    assert re.search("certificate|CERT|SSL", found.stderr)


def test_piapi_skills_with_its_own_address(tmp_path: Path) -> None:
    cli = Path(sys.executable).with_name("piapi-cli")
    asked = json.dumps({"prompt": "a fox", "mode": "text_to_video", "duration": 5, "resolution": "480p"})
    named = [part for name in ("PIAPI_API_BASE", "PIAPI_BASE_URL", "PIAPI_BASE") for part in ("-u", name)]
    words = ["env", *named, str(cli), "run", "seedance", "seedance-2", asked]
    found = run("--pace", "instant", "--", *words, TMPDIR=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert '"completed"' in found.stdout
    assert "https://img.theapi.app/ephemeral/" in found.stdout


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


@pytest.mark.parametrize("client", ELSEWHERE)
def test_another_host_is_not_reached_and_told_once(client: str) -> None:
    there(client)
    found = run("--", *ELSEWHERE[client])
    assert found.returncode not in (0, 2)
    line = "fakeseed: elsewhere.example:443 was not reached; --allow elsewhere.example lets it through"
    assert found.stderr.splitlines().count(line) == 1
    assert found.stderr.splitlines()[-1].endswith(" · 1 host not reached")


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
    found = run("--allow", "localhost", "--", *curl)
    assert (found.returncode, found.stdout) == (0, "hello"), found.stderr


def test_a_programs_own_machine_is_reached_without_the_proxy(own_server: tuple[int, Path]) -> None:
    port, ca = own_server
    there("curl")
    found = run("--", "curl", "--silent", "--cacert", str(ca), f"https://localhost:{port}/")
    assert (found.returncode, found.stdout) == (0, "hello")


# -- how it ends ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("script", "code", "says"),
    [
        ("exit 7", 7, "sh exited with 7 after"),
        ("kill -9 $$", 137, "sh was ended by SIGKILL after"),
        ("sleep 60", 124, "sh took too long and was ended after"),
        ("sleep 60 & exit 0", 0, "1 process left behind, and ended"),
    ],
)
def test_the_end_is_handed_on(script: str, code: int, says: str) -> None:
    found = run("--seconds", "1", "--", "sh", "-c", script)
    assert (found.returncode, found.stdout) == (code, "")
    assert says in found.stderr.splitlines()[-1]


def test_a_missing_program_is_told() -> None:
    found = run("--", "/no/such/program", "--help")
    assert found.returncode == 127
    assert "could not be started: there is no such command; give its path, or install it" in found.stderr


def test_output_goes_straight_through() -> None:
    found = run("--", "sh", "-c", "echo out; echo err >&2; cat")
    assert found.stdout == "out\n"
    assert found.stderr.splitlines()[1] == "err"


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_all_and_leaves_nothing(tmp_path: Path, number: int, code: int) -> None:
    program = "echo $HTTPS_PROXY > $TMPDIR/proxy; setsid sleep 61 & exec sleep 62"
    env = {**BARE, "TMPDIR": str(tmp_path)}
    process = subprocess.Popen(words("--", "sh", "-c", program), stderr=subprocess.PIPE, text=True, env=env)
    assert run_until(lambda: (tmp_path / "proxy").exists() and (tmp_path / "proxy").read_text() != "")
    time.sleep(0.2)
    process.send_signal(number)
    _, errors = process.communicate(timeout=LONG)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert [path.name for path in tmp_path.iterdir()] == ["proxy"]
    told = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not {"sleep 61", "sleep 62"} & set(told.splitlines())


def test_the_environment_and_the_world_are_as_asked(tmp_path: Path) -> None:
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
    found = run(*options, "sh", "-c", script, PIAPI_API_KEY="a real one", PIAPI_BASE="elsewhere")
    world, bases = found.stdout.splitlines()
    told = json.loads(world)
    assert (told["plan"], told["seed"], told["pace"]) == ("creator", "s", "realistic")
    assert (told["points"]["available"], told["clock"]["rate"]) == (77, 60)
    assert bases == "https://api.piapi.ai/api/v1 https://api.piapi.ai"
    assert "a real one" not in found.stdout + found.stderr


def test_a_scenario_and_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "journal.jsonl"
    program = (
        "curl -s https://api.piapi.ai/account/info -H X-API-Key:own; curl -s https://api.piapi.ai/x -H X-API-Key:other"
    )
    there("curl")
    found = run("--scenario", "billing/accept-then-drop", "--keep-journal", str(path), "--", "sh", "-c", program)
    assert found.returncode == 0
    entries = [json.loads(line) for line in path.read_text().splitlines()]
    assert [entry["path"] for entry in entries if entry["kind"] == "request"] == ["/account/info", "/x"]
    assert len({entry["world"] for entry in entries}) == 2
    assert "2 requests" in found.stderr


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ([], "Missing argument 'COMMAND...'"),
        (["--plan", "premuim", "x"], "did you mean 'premium'?"),
        (["--rate", "0", "x"], "0.0 is not in the range"),
        (["--scenario", "no/such", "x"], "no/such"),
        (["--keep-journal", "/no/such/file", "x"], "the journal /no/such/file cannot be written"),
    ],
)
def test_a_wrong_word_is_told(options: list[str], says: str) -> None:
    found = run(*options)
    assert (found.returncode, found.stdout) == (2, "")
    assert says in found.stderr
    assert "Traceback" not in found.stderr


# -- a faster clock ---------------------------------------------------------------------------------------------------


@pytest.mark.skipif(library() is None, reason="libfaketime is not installed")
@pytest.mark.parametrize(("client", "takes"), [("requests", 600), ("httpx", 120), ("urllib", 120)])
def test_ten_minutes_of_polling_every_ten_seconds_take_ten_seconds(client: str, takes: int, tmp_path: Path) -> None:
    """The program sleeps as written; its clock and the world's run sixty times as fast."""
    source = (PROGRAMS / "with_python.py").read_text()
    program = tmp_path / "slow.py"
    program.write_text(source.replace("a fox", f"a fox fs-takes-{takes}s"))
    begun = time.monotonic()
    found = run("--speed", "60", "--", sys.executable, str(program), client, "10", TMPDIR=str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert SAVED.fullmatch(found.stdout)
    polls, seconds = map(int, re.search(r"(\d+) polls in (\d+) s", found.stderr).groups())  # type: ignore[union-attr]
    assert seconds >= takes, "by its own clock the program has waited the whole time"
    assert 1 < polls <= takes / 10 + 1
    assert time.monotonic() - begun < seconds, "and by ours it has not"


def test_without_libfaketime_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    from fakeseed.cli import run as command

    monkeypatch.setattr(command, "library", lambda: None)
    assert command._doubts(60) == [command.NO_FAKETIME]
    assert command._doubts(1) == []
