"""Children: how they end is told, in time, and nothing of them is left."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from fakeseed.runner import supervisor
from fakeseed.runner.faketime import faketime_environment, library, waits_on_locks
from fakeseed.runner.process import GRACE_SECONDS, ProcessResult, run_child
from tests.support.processes import PARENTS, alive, run_until

LONG = 30.0
SOON = GRACE_SECONDS + 3
linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux finds those who left the child's session")
needs_faketime = pytest.mark.skipif(library() is None, reason="libfaketime is not installed")


def orphaned() -> list[str]:
    """Shared memory of sped processes that are gone; tests beside this one may have some that live."""
    names = (path.name for path in Path("/dev/shm").glob("*faketime_*"))
    return [name for name in names if not Path("/proc", name.rpartition("_")[2]).exists()]


@pytest.fixture
def mark() -> Iterator[str]:
    """A word for the environment of one test's children; at the end none is left, and no descriptor either."""
    word = f"mark-{os.urandom(16).hex()}"
    before = len(os.listdir("/proc/self/fd"))
    yield word
    assert alive(word) == []
    assert len(os.listdir("/proc/self/fd")) == before
    assert run_until(lambda: not orphaned()), orphaned()


def run(
    mark: str, *command: str, seconds: float = LONG, output_limit: int = 1 << 20, speed: float = 1.0
) -> ProcessResult:
    env = {"PATH": os.environ["PATH"], "MARK": mark}
    return run_child(command, env, seconds=seconds, output_limit=output_limit, speed=speed)


def shell(mark: str, script: str, seconds: float = LONG) -> ProcessResult:
    return run(mark, "sh", "-c", script, seconds=seconds)


def python(
    mark: str, script: str, seconds: float = LONG, output_limit: int = 1 << 20, speed: float = 1
) -> ProcessResult:
    return run(mark, sys.executable, "-c", script, seconds=seconds, output_limit=output_limit, speed=speed)


# -- how it ended -----------------------------------------------------------------------------------------------------


def test_output_and_code_are_told(mark: str) -> None:
    ended = shell(mark, "echo out; echo err >&2; exit 3")
    assert (ended.how, ended.code, ended.signal, ended.exit_code) == ("exited", 3, "", 3)
    assert (ended.stdout, ended.stderr, ended.cut) == (b"out\n", b"err\n", False)
    assert 0 < ended.seconds < SOON
    assert (ended.stragglers, ended.faketime) == (0, False)


@pytest.mark.parametrize("name", ["SIGSEGV", "SIGKILL", "SIGTERM", "SIGABRT", "SIGPIPE", "SIGINT"])
def test_a_crash_is_told_by_its_signal(mark: str, name: str) -> None:
    ended = shell(mark, f"kill -{name.removeprefix('SIG')} $$")
    assert (ended.how, ended.code, ended.signal) == ("killed", None, name)
    assert ended.exit_code == 128 + signal.Signals[name]


@pytest.mark.parametrize(("program", "why", "code"), [("/no/such/program", "ENOENT", 127), ("", "EACCES", 126)])
def test_what_cannot_be_started_is_told(mark: str, tmp_path: Path, program: str, why: str, code: int) -> None:
    plain = tmp_path / "plain"
    plain.write_text("echo never")
    ended = run(mark, program or str(plain))
    assert (ended.how, ended.signal, ended.exit_code) == ("not started", why, code)
    assert ended.seconds < SOON


def test_input_is_empty(mark: str) -> None:
    assert shell(mark, "cat; echo done").stdout == b"done\n"


def test_the_environment_is_what_was_given_and_no_other(mark: str) -> None:
    ended = run_child(["/usr/bin/env"], {"MARK": mark, "ODD": "\udcff=ü\n'"}, seconds=LONG)
    assert ended.stdout == os.fsencode(f"MARK={mark}\nODD=\udcff=ü\n'\n")


def test_signals_are_as_a_program_expects_them(mark: str) -> None:
    """Python ignores SIGPIPE; a child must not inherit that."""
    assert shell(mark, "yes | head -1").stdout == b"y\n"
    told = python(mark, "import signal; print(signal.getsignal(2), signal.pthread_sigmask(0, []))").stdout
    assert told == b"<built-in function default_int_handler> set()\n"


def test_no_descriptor_of_ours_gets_in(mark: str) -> None:
    assert python(mark, "import os; print(sorted(map(int, os.listdir('/proc/self/fd'))))").stdout == b"[0, 1, 2, 3]\n"


# -- in time ----------------------------------------------------------------------------------------------------------


def test_a_hang_ends_by_sigterm(mark: str) -> None:
    ended = shell(mark, "exec sleep 60", seconds=0.3)
    assert (ended.how, ended.code, ended.signal, ended.exit_code) == ("timed out", None, "SIGTERM", 124)
    assert 0.3 <= ended.seconds < SOON


def test_who_ignores_sigterm_is_killed(mark: str) -> None:
    ended = shell(mark, "trap '' TERM; while :; do sleep 1; done", seconds=0.3)
    assert (ended.how, ended.signal) == ("timed out", "SIGKILL")
    assert GRACE_SECONDS <= ended.seconds < SOON + 1


def test_who_ends_well_at_sigterm_is_late_all_the_same(mark: str) -> None:
    ended = shell(mark, "trap 'echo bye; exit 0' TERM; while :; do sleep 0.1; done", seconds=0.3)
    assert (ended.how, ended.code, ended.stdout) == ("timed out", 0, b"bye\n")


def test_who_was_stopped_is_ended_too(mark: str) -> None:
    assert shell(mark, "kill -STOP $$", seconds=0.3).how == "timed out"


# -- output -----------------------------------------------------------------------------------------------------------


def test_a_flood_is_cut_and_does_not_block(mark: str) -> None:
    ended = python(mark, "import os\nfor _ in range(100): os.write(1, b'x' * (1 << 20))", output_limit=1000)
    assert (ended.how, ended.code) == ("exited", 0)
    assert (ended.stdout, ended.cut) == (b"x" * 1000, True)


def test_a_flood_without_end_is_ended(mark: str) -> None:
    ended = shell(mark, "yes & yes >&2 & wait", seconds=0.5)
    assert ended.how == "timed out"
    assert (len(ended.stdout), len(ended.stderr), ended.cut) == (1 << 20, 1 << 20, True)


def test_the_last_words_are_there(mark: str) -> None:
    ended = python(mark, "import os; os.write(1, b'x' * 60000 + b'end'); os.kill(os.getpid(), 9)")
    assert ended.stdout.endswith(b"end")
    assert len(ended.stdout) == 60003


# -- nothing is left --------------------------------------------------------------------------------------------------

DAEMON = """
import os, sys, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(60)", MARK], {})
    os._exit(0)
os.wait()
time.sleep(0.3)
"""


@linux
def test_a_daemon_without_environment_in_a_session_of_its_own_is_found(mark: str) -> None:
    ended = python(mark, f"MARK = {mark!r}\n{DAEMON}")
    assert (ended.how, ended.code, ended.stragglers) == ("exited", 0, 1)
    assert ended.seconds < SOON


@linux
def test_who_keeps_the_output_open_does_not_keep_us_waiting(mark: str) -> None:
    ended = shell(mark, "setsid sleep 60 & echo here")
    assert (ended.stdout, ended.stragglers) == (b"here\n", 1)
    assert ended.seconds < SOON


@linux
def test_daemons_of_a_child_that_hangs_end_with_it(mark: str) -> None:
    stubborn = "(setsid sh -c \"trap '' TERM; sleep 60; sleep 60\" &)"
    ended = shell(mark, f"(setsid sleep 60 &) ; {stubborn} ; sleep 60", seconds=0.4)
    assert ended.how == "timed out"


@linux
def test_who_forks_faster_than_one_can_look_ends_too(mark: str) -> None:
    script = "import os\nfor _ in range(5):\n if os.fork() == 0: os.setsid()\nimport time; time.sleep(60)"
    ended = python(mark, script, seconds=0.6)
    assert ended.how == "timed out"


@linux
def test_a_keeper_that_is_killed_takes_the_child_with_it(mark: str) -> None:
    ended = shell(mark, "kill -9 $PPID; sleep 60")
    assert (ended.how, ended.signal) == ("killed", "SIGKILL")
    assert run_until(lambda: alive(mark) == [])


SCRIPT = """
import os, signal, sys
from fakeseed.runner.process import run_child, run_through
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where whoever runs the tests has it ignored
print("ready", flush=True)
ended = {call}(["sh", "-c", sys.argv[1]], dict(os.environ), seconds=60)
print(ended.how, ended.signal, ended.code, flush=True)
"""


def interrupted(mark: str, call: str, child: str, *numbers: int) -> tuple[int, str]:
    """Send signals to a process that runs a child; its exit code and output."""
    words = [sys.executable, "-c", SCRIPT.format(call=call), child]
    env = {**os.environ, "MARK": mark}
    ours = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=env)
    assert ours.stdout is not None
    assert ours.stdout.readline() == "ready\n"
    assert run_until(lambda: len(alive(mark)) >= 3)
    for number in numbers:
        time.sleep(0.3)
        ours.send_signal(number)
    output, _ = ours.communicate(timeout=LONG)
    return ours.returncode, output


def test_ctrl_c_ends_the_child_whose_output_is_ours(mark: str) -> None:
    code, output = interrupted(mark, "run_child", "sleep 60 & sleep 60", signal.SIGINT)
    assert (code, output) == (-signal.SIGINT, "")


def test_ctrl_c_goes_on_to_the_child_that_has_the_terminal(mark: str) -> None:
    child = "trap 'echo caught; exit 5' INT; while :; do sleep 0.05; done"
    assert interrupted(mark, "run_through", child, signal.SIGINT) == (0, "caught\nexited  5\n")


@pytest.mark.parametrize("parent", PARENTS)
def test_child_ends_in_time_whatever_signals_its_parents_ignored_or_blocked(mark: str, parent: str) -> None:
    numbers = [signal.SIGCHLD, signal.SIGALRM, signal.SIGTERM, signal.SIGINT]
    with PARENTS[parent]([number for number in numbers if parent == "blocking" or number != signal.SIGCHLD]):
        assert shell(mark, "exit 3").code == 3
        ended = shell(mark, "sleep 60", seconds=0.4)
    assert (ended.how, ended.signal) == ("timed out", "SIGTERM")


def test_a_second_ctrl_c_is_meant(mark: str) -> None:
    child = "trap '' INT TERM; while :; do sleep 0.05; done"
    code, output = interrupted(mark, "run_through", child, signal.SIGINT, signal.SIGINT)
    assert (code, output) == (0, "killed SIGKILL None\n")


def test_when_we_are_killed_the_child_ends(mark: str) -> None:
    code, _ = interrupted(mark, "run_child", "setsid sleep 60 & sleep 60", signal.SIGKILL)
    assert code == -signal.SIGKILL
    assert run_until(lambda: alive(mark) == [])


def test_many_at_once_do_not_meddle(mark: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda number: shell(mark, f"sleep 60 & sleep 0.1; exit {number}"), range(8)))
    assert [(ended.code, ended.stragglers) for ended in found] == [(number, 1) for number in range(8)]


def test_the_keeper_needs_nothing_but_the_standard_library() -> None:
    known = sys.stdlib_module_names
    source = Path(supervisor.__file__).read_text()
    assert all(line.split()[1] in known for line in source.splitlines() if line.startswith(("import ", "from ")))


# -- a faster clock ---------------------------------------------------------------------------------------------------

WAITS = {
    "time.sleep": "import time; time.sleep(30)",
    "asyncio": "import asyncio; asyncio.run(asyncio.sleep(30))",
    "select": "import select; select.select([], [], [], 30)",
    "a socket's timeout": """
import socket
one, other = socket.socketpair()
one.settimeout(30)
try: one.recv(1)
except TimeoutError: pass
""",
    "a thread's end": "import threading as t, time\na = t.Thread(target=time.sleep, args=[30]); a.start(); a.join(99)",
}


@needs_faketime
@pytest.mark.parametrize("how", WAITS)
def test_a_sped_child_waits_less_and_does_not_notice(mark: str, how: str) -> None:
    script = f"import time\nbegun = time.time(), time.monotonic()\n{WAITS[how]}\n"
    ended = python(mark, script + "print(time.time() - begun[0], time.monotonic() - begun[1])", speed=60)
    assert ended.faketime
    assert ended.seconds < 5
    assert all(29 < float(felt) < 120 for felt in ended.stdout.split()), ended


@needs_faketime
def test_locks_are_sped_where_libfaketime_knows_them(mark: str) -> None:
    found = library()
    if found is None or not waits_on_locks(found):
        pytest.skip("this libfaketime does not know how Python waits for a lock")
    assert python(mark, "import threading; threading.Event().wait(30)", speed=60).seconds < 5


@needs_faketime
def test_a_sped_childs_children_have_the_same_clock(mark: str) -> None:
    ended = run(mark, "bash", "-c", "date +%s; sleep 30; date +%s", speed=60)
    first, last = map(int, ended.stdout.split())
    assert 29 <= last - first < 90
    assert ended.seconds < 5


@needs_faketime
def test_a_sped_child_that_is_killed_leaves_no_shared_memory(mark: str) -> None:
    assert run(mark, "sleep", "6000", seconds=0.3, speed=60).how == "timed out"


@needs_faketime
def test_node_is_sped_too(mark: str) -> None:
    if shutil.which("node") is None:
        pytest.skip("no Node on this machine")
    script = "const a = Date.now(); setTimeout(() => console.log(Date.now() - a), 30000)"
    ended = run(mark, "node", "-e", script, speed=60)
    assert 29_000 < int(ended.stdout) < 90_000
    assert ended.seconds < 6


def test_what_is_preloaded_already_stays() -> None:
    env = faketime_environment({"LD_PRELOAD": "/own.so", "A": "1"}, 2.5, Path("/lib/libfaketime.so.1"))
    assert env["LD_PRELOAD"] == "/lib/libfaketime.so.1:/own.so"
    assert (env["FAKETIME"], env["A"]) == ("+0 x2.5", "1")
