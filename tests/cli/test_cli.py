"""The command line, as a person or a script meets it: processes, their output, and how they end."""

import http.client
import json
import os
import re
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import fakeseed
from fakeseed.cli import main
from fakeseed.model.behaviours import IMPLEMENTED
from fakeseed.model.directives import DIRECTIVES
from fakeseed.server.run import GRACE_SECONDS
from fakeseed.world.keys import Grant
from fakeseed.world.settings import PLENTY

LONG = 30.0
"""Seconds after which something that should have come counts as missing; far more than it ever takes."""
END_SECONDS = 6.0
"""What a server may take to end, whatever its clients do: two seconds are promised, the rest is for a busy machine."""
START_TIME = "2026-06-07T15:41:23Z"
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("FAKESEED_")},
    "PYTHONPATH": str(Path(fakeseed.__file__).parent.parent),
    "PYTHONWARNINGS": "error",
}


def run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """One command, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "fakeseed", *arguments],
        capture_output=True,
        text=True,
        timeout=LONG,
        env={**ENVIRONMENT, **environment},
        check=False,
    )


class Served:
    """A server in its own process."""

    def __init__(self, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "fakeseed", "serve", "--port", "0", "--quiet", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=ENVIRONMENT,
        )
        self.line = self._first_line()
        match = re.match(r"fakeseed \S+ on (http://(\S+):(\d+)) ", self.line)
        assert match, f"no URL in {self.line!r}; {self._problem()}"
        self.url, self.address = match[1], (match[2].strip("[]"), int(match[3]))

    def _first_line(self) -> str:
        assert self.process.stdout is not None
        ready, _, _ = select.select([self.process.stdout], [], [], LONG)
        assert ready, "the server said nothing"
        return self.process.stdout.readline()

    def _problem(self) -> str:
        self.process.kill()
        return self.process.communicate()[1]

    def ask(
        self, method: str, path: str, body: bytes = b"", key: str = "k", headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes, dict[str, str]]:
        """One request, on a connection of its own."""
        connection = http.client.HTTPConnection(*self.address, timeout=LONG)
        try:
            connection.request(method, path, body, {"X-API-Key": key, "Host": "fakeseed:1", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.read(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, str, str]:
        """Send a signal and wait for the end; exit code, the rest of the output, and errors."""
        self.process.send_signal(number)
        output, errors = self.process.communicate(timeout=END_SECONDS)
        return self.process.returncode, output, errors


@contextmanager
def serving(*arguments: str) -> Iterator[Served]:
    """A server for as long as the context lasts."""
    served = Served(*arguments)
    try:
        yield served
    finally:
        served.process.kill()
        served.process.communicate()


# -- serve ------------------------------------------------------------------------------------------------------------


def test_serve_says_where_and_how_it_serves() -> None:
    with serving("--seed", "7", "--plan", "developer", "--pace", "instant", "--profile", "legacy-lr") as served:
        assert served.line.startswith(f"fakeseed {fakeseed.__version__} on {served.url} ")
        assert served.line.endswith("plan developer · pace instant · profile legacy-lr · ingest simulate · seed 7\n")
        assert served.ask("GET", "/_fakeseed/health")[0] == 200
        world = json.loads(served.ask("GET", "/_fakeseed/world")[1])
        assert (world["plan"], world["pace"], world["profile"], world["seed"]) == (
            "developer",
            "instant",
            "legacy-lr",
            "7",
        )
        _, output, errors = served.end()
        assert (output, errors) == ("", ""), "it is silent but for problems"


def test_each_option_reaches_its_worlds() -> None:
    options = ["--points", "5", "--concurrency", "9", "--freeze", START_TIME, "--public-url", "https://seed.example/x"]
    with serving(*options, "--control-token", "swordfish", "--access-log") as served:
        assert served.ask("GET", "/_fakeseed/world")[0] == 401
        world = json.loads(served.ask("GET", "/_fakeseed/world", headers={"X-Fakeseed-Token": "swordfish"})[1])
        assert (world["points"]["available"], world["concurrency"]) == (5, 9)
        assert (world["clock"]["mode"], world["clock"]["now"]) == ("frozen", START_TIME)
        body = b'{"file_name":"a.png","file_data":"aGVsbG8="}'
        answer = json.loads(served.ask("POST", "/api/ephemeral_resource?token=hidden", body)[1])
        assert answer["data"]["url"].startswith("https://seed.example/x/ephemeral/")
        _, output, errors = served.end()
        assert "POST /api/ephemeral_resource?token=[redacted] HTTP/1.1" in output + errors


def test_a_token_may_come_from_the_environment() -> None:
    result = run("serve", "--port", "99999", FAKESEED_CONTROL_TOKEN="swordfish")
    assert "swordfish" not in result.stdout + result.stderr
    result = run("serve", "--help", FAKESEED_CONTROL_TOKEN="swordfish")
    assert result.returncode == 0
    assert "swordfish" not in result.stdout


def test_serve_listens_on_ipv6_too() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with serving("--host", "::1") as served:
        assert served.url.startswith("http://[::1]:")
        assert served.ask("GET", "/_fakeseed/health", headers={"Host": served.url.removeprefix("http://")})[0] == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_the_ready_file_holds_the_url_while_the_server_answers(tmp_path: Path, number: int) -> None:
    path = tmp_path / "ready"
    with serving("--ready-file", str(path)) as served:
        assert path.read_text() == served.url + "\n", "it is written before the line"
        assert served.ask("GET", "/_fakeseed/health")[0] == 200
        code, _, errors = served.end(number)
    assert (code, errors) == (0, "")
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def idle(_: Served) -> list[socket.socket]:
    return []


def keeping_alive(served: Served) -> list[socket.socket]:
    client = socket.create_connection(served.address, timeout=LONG)
    client.sendall(b"GET /_fakeseed/health HTTP/1.1\r\nHost: a\r\n\r\n")
    assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
    return [client]


def never_asking(served: Served) -> list[socket.socket]:
    return [socket.create_connection(served.address, timeout=LONG)]


def half_way(start: bytes) -> Callable[[Served], list[socket.socket]]:
    def begin(served: Served) -> list[socket.socket]:
        client = socket.create_connection(served.address, timeout=LONG)
        client.sendall(start + b"Host: a\r\nX-API-Key: k\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n{")
        assert client.recv(4096).startswith(b"HTTP/1.1 100 "), "the application waits for the body"
        return [client]

    return begin


BUSY: dict[str, Callable[[Served], list[socket.socket]]] = {
    "idle": idle,
    "keep-alive connection": keeping_alive,
    "connection without request": never_asking,
    "vendor request in flight": half_way(b"POST /api/v1/task HTTP/1.1\r\n"),
    "control request in flight": half_way(b"PATCH /_fakeseed/world HTTP/1.1\r\n"),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("busy", BUSY)
def test_a_signal_ends_it_soon_and_quietly(busy: str, number: int) -> None:
    with serving() as served:
        clients = BUSY[busy](served)
        code, _, errors = served.end(number)
        for client in clients:
            client.close()
    assert code == 0
    assert GRACE_SECONDS <= 1, "two seconds are promised"
    assert "Traceback" not in errors
    assert "Exception" not in errors
    assert len(errors.splitlines()) <= 1


def test_a_request_that_the_end_cuts_off_is_told_so() -> None:
    with serving() as served:
        (client,) = BUSY["vendor request in flight"](served)
        served.end()
        assert client.recv(4096).startswith(b"HTTP/1.1 503 ")
        client.close()


def test_tasks_on_their_way_do_not_keep_it_up() -> None:
    """What a webhook costs that waits for its receiver is in ``tests/server/test_ending.py``."""
    with serving("--pace", "realistic") as served:
        task = b'{"model":"seedance","task_type":"seedance-2","input":{"prompt":"fs-takes-1h"}}'
        assert served.ask("POST", "/api/v1/task", task)[0] == 200
        code, _, errors = served.end()
    assert (code, errors) == (0, "")


def test_a_port_in_use_is_one_clear_line_and_a_next_step() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = run("serve", "--port", str(port))
    assert result.returncode == 2
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"fakeseed: cannot listen on 127.0.0.1:{port}: the port is in use",
        "  stop what listens there, or take a free port with --port 0",
    ]


@pytest.mark.parametrize("host", ["256.1.1.1", "a..b", "h" * 80, "no such host", "192.0.2.1"])
def test_a_host_that_cannot_be_had_is_told_in_one_line(host: str) -> None:
    result = run("serve", "--host", host, "--port", "0")
    assert result.returncode == 2
    assert len(result.stderr.splitlines()) == 2
    assert result.stderr.startswith(f"fakeseed: cannot listen on {host}:0: ")
    assert "check --host and --port" in result.stderr


WRONG: list[tuple[list[str], str]] = [
    (["srve"], "no command 'srve'; did you mean 'serve'?"),
    (["nonsense"], "no command 'nonsense'; see fakeseed --help"),
    (["serve", "--plan", "premuim"], "unknown plan 'premuim'; did you mean 'premium'?"),
    (["serve", "--plan", "gold"], "unknown plan 'gold' (known: free, hobbyist, creator"),
    (["serve", "--plan", "PREMIUM"], "did you mean 'premium'?"),
    (["serve", "--profile", "curent"], "unknown profile 'curent'; did you mean 'current'?"),
    (["serve", "--pace", "fsat"], "unknown pace 'fsat'; did you mean 'fast'?"),
    (["serve", "--ingest", "simulat"], "unknown ingest mode 'simulat'; did you mean 'simulate'?"),
    (["serve", "--prot", "1"], "--port"),
    (["serve", "--port", "66000"], "66000 is not in the range"),
    (["serve", "--port", "http"], "'http' is not a valid integer"),
    (["serve", "--points", "-1"], "-1 is not in the range"),
    (["serve", "--points", "9" * 30], "is not in the range"),
    (["serve", "--points", "9" * 5000], "is not a valid integer"),
    (["serve", "--max-tasks", "0"], "0 is not in the range"),
    (["serve", "--concurrency", "-1"], "-1 is not in the range"),
    (["serve", "--freeze", "yesterday"], "'yesterday' is not a time; write RFC 3339"),
    (["serve", "--freeze", "1960-01-01T00:00:00Z"], "before 1970"),
    (["serve", "--public-url", "http://[::1"], "is not an http(s) URL"),
    (["serve", "--public-url", "seed.example"], "is not an http(s) URL; write http://host:port"),
    (["serve", "--keys", "/no/such/file"], "cannot read the key file /no/such/file"),
    (
        ["serve", "--ready-file", "/no/such/place/ready"],
        "/no/such/place/ready cannot be written: there is no folder /no/such/place",
    ),
    (["serve", "--ready-file", "/"], "is a directory"),
    (["serve", "extra"], "unexpected extra argument"),
    (["behaviours", "--mark", "obsrved"], "unknown mark 'obsrved'; did you mean 'observed'?"),
    (["behaviours", "acount.info"], "did you mean 'account.info'?"),
    (["healthcheck", "--timeout", "0"], "0.0 is not in the range"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(arguments)[:40] for arguments, _ in WRONG])
def test_a_wrong_word_is_told_with_the_nearest_right_one(
    arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In this process, since there are many: the entry point of the console script."""
    monkeypatch.setattr(sys, "argv", ["fakeseed", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    output, errors = capsys.readouterr()
    assert (end.value.code, output) == (2, "")
    assert message in errors


@pytest.mark.parametrize("arguments", [["srve"], ["serve", "--plan", "premuim"], ["serve", "--keys", "/no/such/file"]])
def test_a_wrong_word_ends_the_process_with_2(arguments: list[str]) -> None:
    result = run(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert 1 < len(result.stderr.splitlines()) < 5
    assert "Traceback" not in result.stderr


# -- keys, seeds ------------------------------------------------------------------------------------------------------


def test_a_list_of_keys_admits_only_its_keys(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("alice free 7\nbob\n")
    with serving("--keys", str(path), "--plan", "developer") as served:
        answers = {key: served.ask("GET", "/account/info", key=key)[:2] for key in ("alice", "bob", "eve")}
    grants = {
        key: Grant((data := json.loads(body)["data"])["plan"], data["credit_pack_info"]["total_credits"])
        for key, (status, body) in answers.items()
        if status == 200
    }
    assert grants == {"alice": Grant("free", 7), "bob": Grant("developer", PLENTY)}
    assert answers["eve"][0] == 401


def test_a_wrong_list_of_keys_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    path.write_text("alice premuim\n")
    result = run("serve", "--port", "0", "--keys", str(path))
    assert result.returncode == 2
    assert result.stderr.splitlines()[0] == f"fakeseed: {path}, line 1: unknown plan 'premuim'; did you mean 'premium'?"


Exchange = list[tuple[int, bytes, dict[str, str]]]


def exchange(seed: str, *, key: str = "k") -> Exchange:
    """The same requests to a fresh process: assets, tasks, time, a video, the journal; every answer to its bytes."""
    upload = b'["https://cdn.example/a.jpg","https://cdn.example/b.mp4","https://cdn.example/c.txt"]'
    task = b'{"model":"seedance","task_type":"seedance-2","input":{"prompt":"a corgi","duration":4}}'
    with serving("--seed", seed, "--freeze", START_TIME) as served:
        answers = [served.ask("POST", "/api/v1/asset/upload", upload, key)]
        created = served.ask("POST", "/api/v1/task", task, key)
        answers += [created, served.ask("POST", "/api/v1/task", b"{broken", key)]
        answers.append(served.ask("POST", "/_fakeseed/clock/advance", b'{"by":"1m"}', key))
        task_answer = served.ask("GET", f"/api/v1/task/{json.loads(created[1])['data']['task_id']}", key=key)
        video = json.loads(task_answer[1])["data"]["output"]["video"]
        answers += [task_answer, served.ask("GET", "/ephemeral/" + video.rpartition("/")[2], key=key)]
        paths = ("/api/v1/asset/list", "/account/info", "/_fakeseed/ledger", "/_fakeseed/timeline", "/_fakeseed/world")
        answers += [served.ask("GET", path, key=key) for path in paths]
        answers.append(served.ask("GET", "/_fakeseed/journal", key=key))
    assert answers[5][0] == 200
    assert b"ftyp" in answers[5][1][:16]
    return answers


def test_the_same_seed_gives_the_same_bytes_in_another_process() -> None:
    first, repeated, different = exchange("7"), exchange("7"), exchange("8")
    assert first == repeated
    assert first[0] != different[0]
    assert first[1] != different[1]


# -- the small commands -----------------------------------------------------------------------------------------------


def test_healthcheck_is_well_while_the_server_is() -> None:
    with serving() as served:
        result = run("healthcheck", "--url", served.url)
        assert (result.returncode, result.stdout, result.stderr) == (0, f"{served.url} is well\n", "")
        assert run("healthcheck", FAKESEED_URL=served.url).returncode == 0
        served.end()
        result = run("healthcheck", "--url", served.url)
        assert (result.returncode, result.stdout) == (1, "")
        assert result.stderr.startswith(f"fakeseed: no answer from {served.url}: ")
        assert len(result.stderr.splitlines()) == 1


@pytest.mark.parametrize("url", ["http://[", "nonsense", "http://a..b/", "http://h:port", "", "http://"])
def test_healthcheck_of_no_url_is_one_line(url: str) -> None:
    result = run("healthcheck", "--url", url, "--timeout", "0.5")
    assert result.returncode == 1
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("fakeseed: ")


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n"])
def test_healthcheck_of_something_else_is_one_line(answer: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        arguments = [
            sys.executable,
            "-m",
            "fakeseed",
            "healthcheck",
            "--url",
            f"http://127.0.0.1:{port}",
            "--timeout",
            "10",
        ]
        process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT
        )
        listener.settimeout(LONG)
        client, _ = listener.accept()
        client.recv(4096)
        client.sendall(answer)
        client.close()
        output, errors = process.communicate(timeout=LONG)
    assert (process.returncode, output) == (1, "")
    assert len(errors.splitlines()) == 1


def table_rows(*arguments: str) -> list[list[str]]:
    """A command's plain lines, each in its columns."""
    result = run(*arguments)
    assert result.returncode == 0, result.stderr
    assert "\x1b" not in result.stdout, "no colours in a pipe"
    return [row.split("\t") for row in result.stdout.splitlines()]


def as_json(*arguments: str) -> Any:
    """A command's JSON."""
    result = run(*arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_directives_are_plain_lines_and_json() -> None:
    plain, rows = table_rows("directives"), as_json("directives")
    assert [row[0] for row in plain] == [f"fs-{row.name}" for row in DIRECTIVES.values()]
    assert all(len(row) == 3 for row in plain)
    assert [list(row.values()) for row in rows] == plain


def test_behaviours_are_plain_lines_and_json() -> None:
    plain, rows = table_rows("behaviours"), as_json("behaviours")
    assert [list(row.values()) for row in rows] == plain
    assert {row[0] for row in plain} >= set(IMPLEMENTED)
    assert {row[1] for row in plain} <= {"documented", "observed", "assumed"}
    observed = table_rows("behaviours", "--mark", "observed")
    assert observed == [row for row in plain if row[1] == "observed"]
    outside = table_rows("behaviours", "--outside")
    assert outside == [row for row in plain if row[2] == "no"]
    assert not {row[0] for row in outside} & set(IMPLEMENTED)
    auth = table_rows("behaviours", "auth.")
    assert auth == [row for row in plain if row[0].startswith("auth.")]
    assert len(auth) > 1


def test_one_behaviour_is_shown_with_its_source() -> None:
    fields = {row["field"]: row["value"] for row in as_json("behaviours", "account.info")}
    assert fields["id"] == "account.info"
    assert fields["source"].startswith("http")
    assert table_rows("behaviours", "account.info") == [[name, value] for name, value in fields.items()]


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout == f"fakeseed, version {fakeseed.__version__}\n"


def test_help_names_every_command_and_each_has_its_own() -> None:
    for flag in ("--help", "-h"):
        help_text = run(flag).stdout
        assert all(f"\n  {name} " in help_text for name in ("serve", "demo", "healthcheck", "directives", "behaviours"))
    for name in ("serve", "demo", "healthcheck", "directives", "behaviours"):
        result = run(name, "--help")
        assert result.returncode == 0
        assert result.stdout.startswith(f"Usage: python -m fakeseed {name}")


HEAVY = ("av", "PIL", "rich", "httpx", "faker", "hypothesis", "pytest", "numpy", "pygments")
SERVER = ("starlette", "uvicorn", "asyncio")


def imported(code: str) -> set[str]:
    """Packages that some code imports, in a process of its own."""
    script = f"import sys; before = set(sys.modules)\n{code}\nprint(*(set(sys.modules) - before))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=LONG, env=ENVIRONMENT, check=True
    )
    return {name.partition(".")[0] for name in result.stdout.splitlines()[-1].split()}


def invoked(*arguments: str) -> str:
    """Code that runs a command as the console script does."""
    return f"""
sys.argv = {["fakeseed", *arguments]!r}
from fakeseed.cli import main
try:
    main()
except SystemExit:
    pass
"""


def test_serve_imports_nothing_that_waits_for_its_first_use() -> None:
    modules = imported("import fakeseed.cli.serve")
    assert modules & set(HEAVY) == set()
    assert {"uvicorn", "fakeseed"} <= modules


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["directives"], ["directives", "--json"]], ids=" ".join
)
def test_help_and_tables_in_a_pipe_import_nothing_heavy(arguments: list[str]) -> None:
    modules = imported(invoked(*arguments))
    assert modules & set(HEAVY) == set()
    assert modules & set(SERVER) == set(), "the server is not needed to show a text"


def test_help_of_serve_imports_nothing_heavy() -> None:
    assert imported(invoked("serve", "--help")) & set(HEAVY) == set()


def test_a_healthcheck_imports_nothing_heavy() -> None:
    assert imported(invoked("healthcheck", "--url", "http://127.0.0.1:1")) & set(HEAVY) == set()


@pytest.mark.parametrize("name", ["run", "judge"])
def test_on_windows_a_command_that_starts_programs_says_that_it_cannot(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(sys, "argv", ["fakeseed", name, "--", "python", "client.py"])
    with pytest.raises(SystemExit) as leaving:
        main()
    assert leaving.value.code == 2
    message = capsys.readouterr().err
    assert message.startswith(f"fakeseed: fakeseed {name} does not work on Windows")
    assert message.count("\n") == 2
