"""Commands in foreign surroundings: proxies, narrow encodings, closed and full outputs, missing packages."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakeseed.cli.main import COMMANDS

LONG = 60
SHORT = (
    *("faults", "rules", "behaviours", "directives", "scenario list", "scenario show accept-then-drop"),
    *("scenario new", "scenario schema", "openapi", "faults --page", "rules --json", "--help"),
)
"""Commands that print and end."""
PROXIES = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "all_proxy"), "http://127.0.0.1:1")


def shell(line: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run a line of shell in which ``fakeseed`` is the command."""
    script = f'fakeseed() {{ {sys.executable} -m fakeseed "$@"; }}; set -o pipefail; {line}'
    env = {**os.environ, **environment}
    return subprocess.run(["bash", "-c", script], capture_output=True, env=env, timeout=LONG, check=False)


def fakeseed(command: str, **environment: str) -> "subprocess.CompletedProcess[bytes]":
    """Run one command."""
    return shell(f"fakeseed {command}", **environment)


# -- outputs ----------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1"])
@pytest.mark.parametrize("command", SHORT)
def test_characters_that_an_encoding_lacks_degrade(command: str, encoding: str) -> None:
    plain, narrow = fakeseed(command), fakeseed(command, PYTHONIOENCODING=encoding)
    assert (narrow.returncode, plain.returncode) == (0, 0), narrow.stderr
    assert len(narrow.stdout.splitlines()) == len(plain.stdout.splitlines())


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_program_keeps_its_exit_code_in_a_narrow_encoding(encoding: str, tmp_path: Path) -> None:
    program = tmp_path / "client.py"
    program.write_text("print('\\u2713 \\u6c49')\n", "utf-8")
    result = fakeseed(f"run -- {sys.executable} {program}", PYTHONIOENCODING=encoding, PYTHONUTF8="0")
    assert result.returncode == 1, "the program's own mistake is its own"
    assert b"exited with 1" in result.stderr
    assert b"UnicodeEncodeError" not in result.stderr.splitlines()[-1]


@pytest.mark.slow
@pytest.mark.parametrize("command", SHORT)
def test_a_closed_output_is_no_mistake(command: str) -> None:
    result = shell(f"fakeseed {command} >&-")
    assert result.returncode == 0, result.stderr
    assert b"Traceback" not in result.stderr


@pytest.mark.slow
@pytest.mark.parametrize("command", SHORT)
def test_a_full_output_is_one_line_and_a_next_step(command: str) -> None:
    result = shell(f"fakeseed {command} >/dev/full")
    assert result.returncode == 2
    lines = [line for line in result.stderr.decode().splitlines() if "not emulated" not in line]
    assert lines == ["fakeseed: No space left on device", "  check the path, its permissions, and the space left"]


def test_a_reader_that_stops_is_no_traceback() -> None:
    result = shell("fakeseed openapi | head -c 10")
    assert result.stderr == b""
    assert len(result.stdout) == 10


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&- <&-"])
def test_serve_serves_with_closed_streams(closed: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    line = (
        f"(exec {sys.executable} -m fakeseed serve --port 0 --ready-file {ready} {closed}) & "
        f"for _ in $(seq 200); do test -s {ready} && break; sleep 0.1; done; "
        f"fakeseed healthcheck --url $(cat {ready}); code=$?; kill $!; wait $!; exit $code"
    )
    result = shell(line)
    assert result.returncode == 0, result.stderr
    assert b"is well" in result.stdout
    assert b"Traceback" not in result.stderr


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    [
        *("judge --junit {} -- true", "judge --html {} -- true", "demo --output {}", "openapi --output {}"),
        *("scenario run --all --junit {}", "scenario new {}", "verify --junit {}", "verify --json {}"),
        *("verify --evidence {}", "run --keep-journal {} -- true", "serve --ready-file {}"),
    ],
)
def test_a_file_that_cannot_be_written_is_told_before_the_work(command: str) -> None:
    result = fakeseed(command.format("/no/such/folder/file"))
    assert (result.returncode, result.stdout) == (2, b"")
    assert b"/no/such/folder/file cannot be written: there is no folder /no/such/folder" in result.stderr


# -- options ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "nearest"),
    [
        ("judge --scenaro lifecycle -- true", "--scenario"),
        ("judge --scenaro=lifecycle true", "--scenario"),
        ("judge --rte 5 -- true", "--rate"),
        ("run --pcae fast -- true", "--pace"),
        ("run --seeds=5 true", "--seed"),
        ("verify --taget x", "--target"),
        ("serve --prot 1", "--port"),
        ("snapshot save --ulr x file", "--url"),
        ("scenario run --al", "--all"),
    ],
)
def test_a_misspelt_option_is_told_with_the_nearest_one(command: str, nearest: str) -> None:
    result = fakeseed(command)
    assert (result.returncode, result.stdout) == (2, b"")
    message = result.stderr.decode().splitlines()[-1]
    assert "No such option" in message
    assert nearest in message


def test_options_after_the_command_are_the_commands_own() -> None:
    result = shell("fakeseed run sh -c 'exit $1' sh 7 --pcae")
    assert result.returncode == 7


# -- the environment --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_a_proxy_is_not_asked_for_this_machine(tmp_path: Path) -> None:
    result = fakeseed(f"demo --output {tmp_path / 'video.mp4'}", **PROXIES)
    assert result.returncode == 0, result.stderr
    assert (tmp_path / "video.mp4").stat().st_size > 10_000
    result = fakeseed("scenario run accept-then-drop", **PROXIES)
    assert result.returncode == 0, result.stderr


@pytest.mark.slow
def test_verify_obeys_no_settings_of_other_runs() -> None:
    settings = {"PYTEST_ADDOPTS": "--collect-only", "PYTEST_PLUGINS": "no_such_plugin", **PROXIES}
    result = fakeseed("verify -k 'test_account or test_webhooks'", **settings)
    assert result.returncode == 0, result.stderr
    (line,) = [line for line in result.stdout.decode().splitlines() if line.startswith("all")]
    assert int(line.split("\t")[1]) > 10


@pytest.mark.slow
def test_nothing_held_is_no_success() -> None:
    result = fakeseed("verify -k no_such_check")
    assert result.returncode == 2
    assert b"nothing was held" in result.stderr


def test_verify_without_assertions_is_one_line_and_a_next_step() -> None:
    result = fakeseed("verify", PYTHONOPTIMIZE="1")
    assert (result.returncode, result.stdout) == (2, b"")
    assert result.stderr.decode().splitlines() == [
        "fakeseed: the contract suites need assertions, and Python runs without",
        "  unset PYTHONOPTIMIZE, or drop -O",
    ]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_starts_where_warnings_are_errors_and_assertions_off(name: str) -> None:
    result = fakeseed(f"{name} --help", PYTHONWARNINGS="error", PYTHONOPTIMIZE="2")
    assert result.returncode == 0, result.stderr
    assert result.stderr == b""


# -- missing packages -------------------------------------------------------------------------------------------------

WITHOUT = """
import sys
from importlib.abc import MetaPathFinder

class Missing(MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == {package!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Missing())
sys.argv = ["fakeseed", *{arguments!r}]
from fakeseed.cli import main
main()
"""


@pytest.mark.parametrize(
    ("package", "command", "extra"),
    [
        ("trustme", "run -- true", "judge"),
        ("trustme", "serve --tls --port 0", "judge"),
        ("cryptography", "run -- true", "judge"),
        ("sqlalchemy", "serve --port 0 --state sqlite:///no.db", "sql"),
        ("asyncpg", "serve --port 0 --state postgresql://u@127.0.0.1:1/d", "sql"),
        ("hypothesis", "verify", "contracts"),
        ("pytest", "verify", "contracts"),
        ("schemathesis", "behaviours --coverage", "contracts"),
    ],
)
def test_a_missing_extra_is_one_line_and_how_to_get_it(package: str, command: str, extra: str) -> None:
    code = WITHOUT.format(package=package, arguments=command.split())
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG, check=False)
    assert (result.returncode, result.stdout) == (2, "")
    message, step = result.stderr.splitlines()
    assert message.startswith("fakeseed: ")
    assert step.endswith(f"pip install 'fakeseed[{extra}]'")


def test_the_demo_needs_no_faker(tmp_path: Path) -> None:
    code = WITHOUT.format(package="faker", arguments=["demo", "--output", str(tmp_path / "video.mp4")])
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LONG, check=False)
    assert result.returncode == 0, result.stderr
