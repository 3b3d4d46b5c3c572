"""Programs whose waiting moves their world's clock: what they wait in, and what their clocks tell."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fakeseed.judge.court import Court, court
from fakeseed.runner.process import ProcessResult, run_child
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup
from fakeseed.world.clock import seconds_passed
from fakeseed.world.sleeper_group import Notice

CLIENTS = Path(__file__).parent / "clients"
SECONDS = 60.0
NODE = shutil.which("node") or ""
needs_node = pytest.mark.skipif(not NODE, reason="no Node on this machine")


def setup_with(**parts: Any) -> Setup:
    return read_setup(parts)


class Program:
    """A program in a world of its own: how it ended, and the journal that it left."""

    def __init__(self, result: ProcessResult, journal: str, requests: list[Any], runtimes: list[str]) -> None:
        self.result, self.journal, self.requests, self.runtimes = result, journal, requests, runtimes

    @property
    def output(self) -> str:
        return self.result.stdout.decode() + self.result.stderr.decode()


Run = Callable[..., Program]


@pytest.fixture(scope="module")
def running() -> Iterator[Court]:
    with court() as running:
        yield running


@pytest.fixture
def run_program(running: Court) -> Run:
    """Run a command in a fresh world."""

    def run(*command: str, setup: Setup | None = None, env: dict[str, str] | None = None, rate: float = 1.0) -> Program:
        notices: list[Notice] = []
        setup = setup or setup_with(world={"pace": "realistic"})
        with running.program_room("k", setup, rate=rate, notice=notices.append) as (room, group):
            variables = {**os.environ, **room.env, **(env or {})}
            result = run_child(command, variables, seconds=SECONDS, virtual_time=room.virtual_time)
            room.control.freeze()
            entries = list(room.control.entries())
        requests = [entry for entry in entries if entry["kind"] == "request"]
        return Program(result, json.dumps(entries), requests, [program.runtime for program in group.programs])

    return run


@pytest.fixture
def run_python(run_program: Run, tmp_path: Path) -> Run:
    """Run a piece of Python in a fresh world."""

    def run(source: str, **options: Any) -> Program:
        path = tmp_path / "program.py"
        path.write_text(source)
        return run_program(sys.executable, str(path), **options)

    return run


@pytest.fixture
def run_node(run_program: Run, tmp_path: Path) -> Run:
    """Run a piece of JavaScript in a fresh world."""

    def run(source: str, **options: Any) -> Program:
        path = tmp_path / "program.cjs"
        path.write_text(source)
        return run_program(NODE, str(path), **options)

    return run


def test_ten_minutes_polled_every_ten_seconds_take_seconds(run_program: Run) -> None:
    began = seconds_passed()
    program = run_program(sys.executable, str(CLIENTS / "sync_client.py"), env={"DIRECTIVE": "fs-takes-10m"})
    assert program.result.code == 0, program.output
    assert len(program.requests) == 63
    assert seconds_passed() - began < SECONDS / 2, "600 s of the world"
    polls = [request["at"] for request in program.requests[1:4]]
    assert polls == ["2026-06-07T15:41:23Z", "2026-06-07T15:41:33Z", "2026-06-07T15:41:43Z"]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param((sys.executable, str(CLIENTS / "sync_client.py")), id="sync"),
        pytest.param((sys.executable, str(CLIENTS / "async_client.py")), id="asyncio"),
        pytest.param((sys.executable, str(CLIENTS / "threaded_client.py")), id="two-threads"),
        pytest.param((NODE, str(CLIENTS / "fetch_client.mjs")), id="node", marks=needs_node),
    ],
)
def test_the_same_client_and_seed_leave_the_same_journal_ten_times(run_program: Run, command: tuple[str, ...]) -> None:
    programs = [run_program(*command) for _ in range(10)]
    assert [program.result.code for program in programs] == [0] * 10, programs[0].output
    assert len(programs[0].requests) > 15
    assert len({program.journal for program in programs}) == 1


# -- Python -----------------------------------------------------------------------------------------------------------

WAITS = {
    "time.sleep": "import time; wait = lambda: time.sleep(100)",
    "Event.wait": "import threading; wait = lambda: threading.Event().wait(100)",
    "Condition.wait": """
import threading
condition = threading.Condition()
def wait():
    with condition:
        condition.wait(100)
""",
    "Lock.acquire": """
import threading
lock = threading.Lock()
lock.acquire()
def wait():
    assert not lock.acquire(timeout=100)
""",
    "Queue.get": """
import queue
def wait():
    try:
        queue.Queue().get(timeout=100)
    except queue.Empty:
        pass
""",
    "SimpleQueue.get": """
import queue
def wait():
    try:
        queue.SimpleQueue().get(timeout=100)
    except queue.Empty:
        pass
""",
    "Thread.join": """
import threading
def wait():
    thread = threading.Thread(target=threading.Event().wait, daemon=True)
    thread.start()
    thread.join(100)
    assert thread.is_alive()
""",
    "Thread.join of a sleeper": """
import threading, time
def wait():
    thread = threading.Thread(target=time.sleep, args=(100,))
    thread.start()
    thread.join()
""",
    "Timer": """
import threading
def wait():
    timer = threading.Timer(100, int)
    timer.start()
    timer.join()
""",
    "a lock that a sleeper holds": """
import threading, time
lock = threading.Lock()
def hold(started):
    with lock:
        started.set()
        time.sleep(100)
def wait():
    started = threading.Event()
    threading.Thread(target=hold, args=(started,)).start()
    started.wait()
    with lock:
        pass
""",
    "Future.result": """
import time
from concurrent.futures import ThreadPoolExecutor
def wait():
    with ThreadPoolExecutor() as pool:
        pool.submit(time.sleep, 100).result(200)
""",
    "asyncio.sleep": "import asyncio; wait = lambda: asyncio.run(asyncio.sleep(100))",
    "asyncio.timeout": """
import asyncio
async def forever():
    try:
        async with asyncio.timeout(100):
            await asyncio.Event().wait()
    except TimeoutError:
        pass
wait = lambda: asyncio.run(forever())
""",
    "asyncio.to_thread": """
import asyncio, time
wait = lambda: asyncio.run(asyncio.to_thread(time.sleep, 100))
""",
    "select": "import select; wait = lambda: select.select([], [], [], 100)",
    "poll": "import select; wait = lambda: select.poll().poll(100_000)",
    "epoll": "import select; wait = lambda: select.epoll().poll(100)",
    "selectors": "import selectors; wait = lambda: selectors.DefaultSelector().select(100)",
    "sched": """
import sched, time
def wait():
    scheduler = sched.scheduler(time.monotonic, time.sleep)
    scheduler.enter(100, 1, int)
    scheduler.run()
""",
    "a child": """
import subprocess, sys
wait = lambda: subprocess.run([sys.executable, "-c", "import time; time.sleep(100)"], timeout=300, check=True)
""",
    "a child that is read": """
import subprocess, sys
wait = lambda: subprocess.check_output([sys.executable, "-c", "import time; time.sleep(100)"])
""",
    "a forked child": """
import multiprocessing, time
def wait():
    process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(100,))
    process.start()
    process.join()
""",
}


@pytest.mark.parametrize("wait", WAITS)
def test_waiting_in_python_moves_the_world_and_its_clocks(run_python: Run, wait: str) -> None:
    clocks = ("time.time", "time.monotonic", "time.perf_counter", "lambda: datetime.now().timestamp()")
    source = f"""
import time
from datetime import datetime
clocks = [{", ".join(clocks)}]
{WAITS[wait]}
before = [clock() for clock in clocks]
wait()
print([round(clock() - at, 1) for clock, at in zip(clocks, before)])
"""
    program = run_python(source)
    assert program.result.code == 0, program.output
    assert json.loads(program.output.replace("'", '"')) == [100.0] * len(clocks)
    assert program.result.seconds < SECONDS / 2


def test_threads_start_wait_and_are_left_waiting_at_the_end(run_python: Run) -> None:
    source = """
import sys, threading
sys.setswitchinterval(1e-6)  # so that a thread is stopped at any step of its waiting
threads = [threading.Thread(target=threading.Event().wait, daemon=True) for _ in range(60)]
for thread in threads:
    thread.start()
threads[0].join(100)
"""
    for _ in range(8):
        program = run_python(source)
        assert program.result.code == 0, program.result


def test_every_clock_of_python_tells_the_worlds_time(run_python: Run) -> None:
    source = """
import os, time
from datetime import date, datetime, timezone
os.environ["TZ"] = "UTC"; time.tzset()
print(datetime.now().replace(microsecond=0), datetime.now(timezone.utc).isoformat("T", "seconds"))
print(datetime.utcnow().replace(microsecond=0), datetime.today().replace(microsecond=0), date.today())
print(time.strftime("%F"), time.gmtime()[:3], time.localtime()[:3], time.ctime()[:10], time.asctime()[:10])
print(int(time.time()) == time.time_ns() // 10**9 == int(time.clock_gettime(time.CLOCK_REALTIME)))
print(type(datetime.now()) is datetime, time.time() < time.time())
"""
    program = run_python(source)
    day, moment = "2026-06-07", "2026-06-07 15:41:23"
    assert program.output.splitlines() == [
        f"{moment} 2026-06-07T15:41:23+00:00",
        f"{moment} {moment} {day}",
        f"{day} (2026, 6, 7) (2026, 6, 7) Sun Jun  7 Sun Jun  7",
        "True",
        "True True",
    ]


def test_the_earliest_of_several_threads_is_woken_first(run_python: Run) -> None:
    source = """
import threading, time
def wake(seconds):
    time.sleep(seconds)
    print(seconds)
threads = [threading.Thread(target=wake, args=(seconds,)) for seconds in (300, 20, 100, 20.5)]
for thread in threads: thread.start()
"""
    assert run_python(source).output.split() == ["20", "20.5", "100", "300"]


def test_a_thread_that_finds_its_starter_still_at_work_starts(run_python: Run) -> None:
    source = """
import threading
thread = threading.Thread(target=print, args=("ran",))
condition = thread._started._cond
release = condition._release_save
def late():
    for _ in range(5_000_000): pass
    return release()
condition._release_save = late
thread.start()
thread.join()
"""
    program = run_python(source)
    assert (program.result.how, program.output.split()) == ("exited", ["ran"])


def test_processes_share_one_clock_and_the_earliest_is_woken_first(run_python: Run) -> None:
    source = """
import subprocess, sys
CODE = "import time; time.sleep({0}); print({0}, flush=True)"
children = [subprocess.Popen([sys.executable, "-c", CODE.format(seconds)]) for seconds in (500, 100, 300)]
for child in children: child.wait()
"""
    program = run_python(source)
    assert program.output.split() == ["100", "300", "500"]
    assert len(program.runtimes) == 4


def test_a_child_that_takes_no_part_is_waited_for_in_real_time(run_python: Run) -> None:
    source = """
import subprocess, time
child = subprocess.Popen(["sleep", "0.5"])
polls = 0
while child.poll() is None:
    time.sleep(0.1)
    polls += 1
print(polls)
"""
    assert 3 <= int(run_python(source).output) <= 6


def test_short_pauses_are_real_and_add_up(run_python: Run) -> None:
    source = """
import time
before = time.monotonic()
for _ in range(100): time.sleep(0.005)
print(round(time.monotonic() - before, 2))
"""
    program = run_python(source)
    assert program.output.strip() == "0.5"
    assert program.result.seconds >= 0.5


def test_a_loop_that_only_looks_at_the_clock_ends(run_python: Run) -> None:
    source = "import time\nend = time.time() + 2\nwhile time.time() < end: pass\nprint('ended')"
    assert run_python(source).output.strip() == "ended"


@pytest.mark.parametrize("library", ["sitecustomize", "PYTHONPATH"])
def test_what_the_user_loads_at_start_up_is_loaded_too(run_python: Run, tmp_path: Path, library: str) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import builtins; builtins.loaded = 'loaded'")
    program = run_python(
        "import time; before = time.time(); time.sleep(50); print(loaded, round(time.time() - before))",
        env={"PYTHONPATH": str(own)},
    )
    assert program.output.split() == ["loaded", "50"], library


def test_an_isolated_python_takes_no_part_and_its_world_runs_at_the_rate(run_program: Run) -> None:
    source = (CLIENTS / "sync_client.py").read_text().replace("time.sleep(10)", "time.sleep(0.05)")
    program = run_program(sys.executable, "-I", "-c", source, env={"DIRECTIVE": "fs-takes-10m"}, rate=6000)
    assert program.result.code == 0, program.output
    assert program.runtimes == []


HANG = {"faults": [{"fault": "hang", "on": "POST task", "nth": 1}]}


def test_an_answer_that_never_comes_ends_a_clients_patience_at_once(run_python: Run) -> None:
    source = """
import os, time, httpx
before = time.monotonic()
try:
    httpx.post(os.environ["PIAPI_BASE_URL"] + "/api/v1/task", headers={"X-API-Key": os.environ["PIAPI_API_KEY"]},
               json={"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "x"}}, timeout=300)
except httpx.ReadTimeout:
    print("timed out", round(time.monotonic() - before))
"""
    program = run_python(source, setup=setup_with(**HANG))
    assert program.output.strip() == "timed out 300"
    assert program.result.seconds < SECONDS / 2


def test_latency_is_a_span_of_the_world(run_python: Run) -> None:
    source = """
import asyncio, os, time, httpx
async def main():
    before = time.monotonic()
    async with httpx.AsyncClient(headers={"X-API-Key": os.environ["PIAPI_API_KEY"]}, timeout=500) as client:
        await client.get(os.environ["PIAPI_BASE_URL"] + "/account/info")
    print(round(time.monotonic() - before))
asyncio.run(main())
"""
    program = run_python(source, setup=setup_with(faults=[{"fault": "latency", "on": "any", "seconds": 400}]))
    assert program.output.strip() == "400"
    assert program.result.seconds < SECONDS / 2


# -- Node -------------------------------------------------------------------------------------------------------------

NODE_WAITS = {
    "setTimeout": "new Promise((resolve) => setTimeout(resolve, 100_000))",
    "setInterval": "new Promise((resolve) => { let n = 0; const id = setInterval(() => ++n === 10 && "
    "(clearInterval(id), resolve()), 10_000); })",
    "timers/promises": 'require("node:timers/promises").setTimeout(100_000)',
    "promisify": 'require("node:util").promisify(setTimeout)(100_000)',
    "Atomics.wait": "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100_000)",
    "AbortSignal.timeout": "new Promise((resolve) => { const hold = setTimeout(() => {}, 200_000); "
    "AbortSignal.timeout(100_000).onabort = () => { clearTimeout(hold); resolve(); }; })",
    "a refreshed timer": "new Promise((resolve) => { const timer = setTimeout(resolve, 60_000); "
    "setTimeout(() => timer.refresh(), 40_000); })",
}


@needs_node
@pytest.mark.parametrize("wait", NODE_WAITS)
def test_waiting_in_node_moves_the_world_and_its_clocks(run_node: Run, wait: str) -> None:
    source = f"""
const clocks = [Date.now, () => +new Date(), () => performance.now(), () => Number(process.hrtime.bigint()) / 1e6,
  () => process.hrtime()[0] * 1000];
(async () => {{
  const before = clocks.map((clock) => clock());
  await ({NODE_WAITS[wait]});
  console.log(JSON.stringify(clocks.map((clock, index) => Math.round((clock() - before[index]) / 1000))));
}})();
"""
    program = run_node(source)
    assert json.loads(program.output) == [100] * 5, program.output
    assert program.result.seconds < SECONDS / 2


@needs_node
def test_nodes_dates_stay_dates(run_node: Run) -> None:
    source = """
console.log(new Date().toISOString().slice(0, 19), typeof Date(), new Date(0) instanceof Date, Date.UTC(1970, 0));
class Day extends Date {}
console.log(new Day() instanceof Day, Object.prototype.toString.call(new Date()), new Date().constructor === Date);
"""
    assert run_node(source).output.splitlines() == [
        "2026-06-07T15:41:23 string true 0",
        "true [object Date] true",
    ]


@needs_node
def test_a_node_program_ends_with_its_last_timer(run_node: Run) -> None:
    program = run_node("setTimeout(() => console.log('last'), 3_600_000); setInterval(() => {}, 60_000).unref();")
    assert program.output.strip() == "last"


@needs_node
def test_nodes_workers_and_children_share_its_clock(run_node: Run) -> None:
    source = """
const { Worker } = require("node:worker_threads");
const { execFileSync } = require("node:child_process");
const before = Date.now();
new Worker("setTimeout(() => console.log('worker'), 50_000)", { eval: true });
setTimeout(() => console.log("main", Math.round((Date.now() - before) / 1000)), 200_000);
execFileSync(process.execPath, ["-e", "setTimeout(() => {}, 10_000)"]);
"""
    assert run_node(source).output.split() == ["worker", "main", "200"]


@needs_node
@pytest.mark.parametrize(
    "begins",
    [
        pytest.param("for (let turn = 0; turn < 3e8; turn++);", id="computes first"),
        pytest.param("Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);", id="pauses first"),
    ],
)
def test_a_worker_that_is_slow_to_begin_is_waited_for(run_node: Run, begins: str) -> None:
    source = f"""
const {{ Worker }} = require("node:worker_threads");
new Worker(`{begins} setTimeout(() => console.log("worker"), 50_000)`, {{ eval: true }});
setTimeout(() => console.log("main"), 200_000);
"""
    assert run_node(source).output.split() == ["worker", "main"]


@needs_node
@pytest.mark.parametrize("options", ["env: {}", "execArgv: []", "env: {}, execArgv: []"])
def test_a_worker_that_loads_nothing_of_ours_does_not_hold_the_clock(run_node: Run, options: str) -> None:
    source = f"""
const {{ Worker }} = require("node:worker_threads");
new Worker("require('node:worker_threads').parentPort.on('message', () => process.exit())", {{ eval: true, {options} }})
  .on("online", function () {{ setTimeout(() => this.postMessage("end"), 200_000); }});
"""
    assert run_node(source).result.code == 0
