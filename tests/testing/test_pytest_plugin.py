"""The pytest plugin as its users meet it: tests of theirs, run by pytest."""

import shutil
import subprocess
from pathlib import Path
from textwrap import dedent

import httpcore  # noqa: F401 - or pytester would import it anew for each run, with exceptions that httpx does not know
import pytest

CLIENT = """
import httpx
import pytest

def client(emulator):
    return httpx.Client(base_url=emulator.base_url, headers={"X-API-Key": emulator.api_key})

def upload(http):
    return http.post("/api/v1/asset/upload", json={"url": "https://cdn.example/hero.jpg"}).json()["asset_id"]

def create(http, **more):
    asked = {"model": "seedance", "task_type": "seedance-2", "input": {"prompt": "a corgi", **more}}
    return http.post("/api/v1/task", json=asked).json()["data"]["task_id"]
"""


def run(pytester: pytest.Pytester, code: str, *args: str, subprocess: bool = False) -> pytest.RunResult:
    """Run a user's test file."""
    pytester.makepyfile(CLIENT + dedent(code))
    pytester.makeini("[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n")
    return pytester.runpytest_subprocess(*args) if subprocess else pytester.runpytest_inprocess(*args)


def test_each_test_has_a_world_of_its_own(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.parametrize("turn", [1, 2, 3])
        def test_it(fakeseed, turn):
            with client(fakeseed) as http:
                assert http.get("/api/v1/asset/list").json()["total"] == 0
                upload(http)
                assert http.get("/api/v1/asset/list").json()["total"] == 1
        """,
    )
    result.assert_outcomes(passed=3)


def test_polls_move_the_clock_and_a_wait_needs_no_time(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_polls(fakeseed):
            with client(fakeseed) as http:
                asset = upload(http)
                polls = 0
                while http.get(f"/api/v1/asset/{asset}").json()["status"] == "Processing":
                    polls += 1
                assert polls < 5

        @pytest.mark.fakeseed(pace="realistic", clock="frozen")
        def test_a_wait(fakeseed):
            with client(fakeseed) as http:
                task = create(http)
                assert fakeseed.wait_for(task=task)["task"]["status"] == "completed"
                asset = upload(http)
                assert fakeseed.wait_for(asset=asset)["asset"]["status"] == "Active"
                fakeseed.clock.advance("15d")
                assert http.get(f"/api/v1/asset/{asset}").status_code == 404
        """,
    )
    result.assert_outcomes(passed=2)


def test_by_default_a_client_polls_more_than_once_before_an_end(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def statuses(http, path, running):
            shown = []
            while not shown or shown[-1] in running:
                answer = http.get(path).json()
                shown.append(answer.get("data", answer)["status"])
            return shown

        @pytest.mark.parametrize("turn", range(8))
        @pytest.mark.parametrize("url", ["https://cdn.example/a.jpg", "https://cdn.example/b.mp4"])
        def test_an_asset(fakeseed, turn, url):
            with client(fakeseed) as http:
                asset = http.post("/api/v1/asset/upload", json={"url": url}).json()
                assert asset["status"] == "Processing"
                seen = statuses(http, f"/api/v1/asset/{asset['asset_id']}", ["Processing"])
            assert seen[-1] == "Active"
            assert 1 <= len(seen[:-1]) < 20

        @pytest.mark.parametrize("turn", range(8))
        @pytest.mark.parametrize("task_type", ["seedance-2", "seedance-2-fast", "seedance-2.5"])
        def test_a_task(fakeseed, turn, task_type):
            with client(fakeseed) as http:
                task = create(http)
                seen = statuses(http, f"/api/v1/task/{task}", ["pending", "processing"])
            assert seen[-1] == "completed"
            assert 2 <= len(seen[:-1]) < 20

        def test_a_fault_on_the_second_and_third_poll(fakeseed):
            fakeseed.faults.arm("status", on="GET task", nth=[2, 3], status=503)
            with client(fakeseed) as http:
                path = f"/api/v1/task/{create(http)}"
                codes = [http.get(path).status_code for _ in range(4)]
                assert codes == [200, 503, 503, 200]

        @pytest.mark.fakeseed(step=60)
        def test_a_step_of_ones_own(fakeseed):
            with client(fakeseed) as http:
                assert http.get(f"/api/v1/task/{create(http)}").json()["data"]["status"] == "completed"
        """,
    )
    result.assert_outcomes(passed=42)


UNFIRED = """
def test_marker(fakeseed):
    with client(fakeseed) as http:
        http.get("/api/v1/task/x")

def test_armed(fakeseed):
    fakeseed.faults.arm("close", on="POST task", for_="10s")
    fakeseed.clock.advance("1m")

def test_fired(fakeseed):
    fakeseed.faults.arm("status", on="GET task", for_="10s")
    with client(fakeseed) as http:
        http.get("/api/v1/task/x")
    fakeseed.clock.advance("1m")

def test_disarmed(fakeseed):
    fakeseed.faults.disarm(fakeseed.faults.arm("close"))

def test_scenario(fakeseed):
    fakeseed.scenario("billing/accept-then-drop")

def test_failed_otherwise(fakeseed):
    fakeseed.faults.arm("close")
    assert 1 == 2
"""


def test_a_fault_that_never_fired_fails_the_test_and_is_named(pytester: pytest.Pytester) -> None:
    marked = UNFIRED.replace(
        "def test_marker", '@pytest.mark.fakeseed(faults=[{"fault": "reset", "nth": 2}])\ndef test_marker', 1
    )
    result = run(pytester, marked)
    result.assert_outcomes(passed=2, failed=4)
    output = result.stdout.str()
    for message in (
        "fault-1 never fired: 'reset', nth=2; only 1 request came that it is for",
        "fault-1 never fired: 'close', on='POST task'",
        "fault-1 never fired: 'accept-then-drop'",
        "@pytest.mark.fakeseed(assert_all_fired=False)",
    ):
        assert message in output
    assert "pytest_plugin.py" not in output


@pytest.mark.parametrize("source", ["marker", "setting"])
def test_unfired_faults_pass_where_that_is_meant(pytester: pytest.Pytester, source: str) -> None:
    code = UNFIRED.replace("assert 1 == 2", "")
    if source == "marker":
        code = "pytestmark = pytest.mark.fakeseed(assert_all_fired=False)\n" + code
    pytester.makepyfile(CLIENT + code)
    setting = f"fakeseed_assert_all_fired = {source == 'marker'}"
    pytester.makeini(f"[pytest]\nasyncio_default_fixture_loop_scope = function\n{setting}\n")
    pytester.runpytest_inprocess().assert_outcomes(passed=6)


def test_module_and_session_worlds_last_and_markers_set_them_up(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        test_other="def test_it(fakeseed_session): assert fakeseed_session.control.world()['assets'] == 1"
    )
    result = run(
        pytester,
        """
        pytestmark = pytest.mark.fakeseed(plan="creator")

        @pytest.mark.parametrize("number", [1, 2])
        def test_module(fakeseed_module, number):
            with client(fakeseed_module) as http:
                upload(http)
            assert fakeseed_module.control.world()["assets"] == number
            assert fakeseed_module.control.world()["plan"] == "creator"

        def test_session(fakeseed_session):
            with client(fakeseed_session) as http:
                upload(http)
            assert fakeseed_session.control.world()["assets"] == 1
        """,
        "-p",
        "no:randomly",
        "test_module_and_session_worlds_last_and_markers_set_them_up.py",
        "test_other.py",
    )
    result.assert_outcomes(passed=4)


def test_a_fault_of_a_module_that_never_fired_is_an_error(pytester: pytest.Pytester) -> None:
    result = run(pytester, "def test_it(fakeseed_module): fakeseed_module.faults.arm('close')\n")
    result.assert_outcomes(passed=1, errors=1)
    assert "fault-1 never fired: 'close'" in result.stdout.str()


def test_a_marker_without_the_fixture_warns(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.fakeseed(plan="creator")
        def test_it(): pass

        @pytest.fixture
        def wrapped(fakeseed): return fakeseed

        @pytest.mark.fakeseed(plan="creator")
        def test_wrapped(wrapped): assert wrapped.control.world()["plan"] == "creator"
        """
    )
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\nfilterwarnings = default\n")
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=2, warnings=1)
    result.stdout.fnmatch_lines(["*PytestWarning: @pytest.mark.fakeseed does nothing here: no test asks for*"])


def test_an_error_shows_the_line_of_the_test_alone(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_control(fakeseed):
            fakeseed.clock.advance("1x")

        def test_judge(fakeseed):
            fakeseed.scenario("billing/accept-then-drop")
            fakeseed.faults.disarm()
            with client(fakeseed) as http:
                for _ in range(60):
                    http.get("/api/v1/task/no-such-task")
            fakeseed.judge()
        """,
    )
    result.assert_outcomes(failed=2)
    output = result.stdout.str()
    assert '>       fakeseed.clock.advance("1x")' in output
    assert ">       fakeseed.judge()" in output
    assert "fakeseed/testing" not in output
    assert "fakeseed/client" not in output


def test_markers_faults_journal_scenario_samples_and_transport(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.fakeseed(plan="creator", points=100, faults=[{"fault": "status", "on": "GET task"}])
        def test_marker(fakeseed):
            with client(fakeseed) as http:
                assert http.get("/api/v1/task/x").status_code == 503
                assert http.get("/api/v1/task/x").status_code == 404
            assert fakeseed.control.world()["plan"] == "creator"
            assert fakeseed.points["available"] == 100
            assert [one["status"] for one in fakeseed.journal.requests()] == [503, 404]

        @pytest.mark.fakeseed(scenario="billing/accept-then-drop")
        def test_scenario(fakeseed):
            with client(fakeseed) as http:
                with pytest.raises(httpx.RemoteProtocolError):
                    create(http)
                create(http)
            assert fakeseed.journal.twins()[0]["charges"] == 2

        def test_faults(fakeseed):
            name = fakeseed.faults.arm("status", on="GET task", for_="60s", status=429, retry_after=5)
            assert [one["id"] for one in fakeseed.faults] == [name]
            with client(fakeseed) as http:
                assert http.get("/api/v1/task/x").headers["retry-after"] == "5"
                fakeseed.clock.advance("2m")
                assert http.get("/api/v1/task/x").status_code == 404
            assert list(fakeseed.faults) == []

        def test_samples(fakeseed):
            assert fakeseed.sample.prompt() != fakeseed.sample.prompt()
            assert fakeseed.sample.image_url().endswith(".jpg")
            assert set(fakeseed.env) >= {"PIAPI_KEY", "PIAPI_BASE"}

        def test_transport(fakeseed):
            with httpx.Client(transport=fakeseed.transport(), base_url="http://x",
                              headers={"X-API-Key": fakeseed.api_key}) as http:
                upload(http)
            assert fakeseed.control.world()["assets"] == 1
        """,
    )
    result.assert_outcomes(passed=5)


def test_async_tests(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.asyncio
        async def test_it(fakeseed):
            key = {"X-API-Key": fakeseed.api_key}
            async with httpx.AsyncClient(base_url=fakeseed.base_url, headers=key) as http:
                answer = await http.post("/api/v1/asset/upload", json={"url": "https://cdn.example/a.jpg"})
                async with fakeseed.async_control() as control:
                    done = await control.wait_for_asset(answer.json()["asset_id"], within="1h")
            assert done["asset"]["status"] == "Active"
            async with httpx.AsyncClient(transport=fakeseed.transport(), base_url="http://x", headers=key) as http:
                assert (await http.get("/api/v1/asset/list")).json()["total"] == 1
        """,
    )
    result.assert_outcomes(passed=1)


def test_under_xdist(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        @pytest.mark.parametrize("turn", range(12))
        def test_it(fakeseed, turn):
            with client(fakeseed) as http:
                upload(http)
            assert fakeseed.control.world()["assets"] == 1
        """,
        "-n",
        "2",
        subprocess=True,
    )
    result.assert_outcomes(passed=12)


def test_a_failure_shows_the_world_and_how_to_run_it_again(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_too_early(fakeseed):
            with client(fakeseed) as http:
                asset = upload(http)
                asked = {"prompt": "x", "image_urls": [f"asset://{asset}"]}
                answer = http.post("/api/v1/task", json={
                    "model": "seedance", "task_type": "seedance-2-less-restriction", "input": asked})
            assert answer.status_code == 200
        """,
        "--fakeseed-seed",
        "7",
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*- fakeseed -*",
            "#3 * POST /api/v1/task -> 400  refused by task.asset-not-active",
            "#3 POST /api/v1/task -> 400, why:",
            "  asset asset-* was Processing from *; the request came at *",
            "  earliest: 2026-06-07T15:41:24*",
            "run it again: pytest '*::test_too_early' --fakeseed-seed 7",
        ]
    )


def test_an_unreachable_world_hides_no_failure(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        def test_it(fakeseed, monkeypatch):
            monkeypatch.setattr(fakeseed.emulator, "exchange", None)
            assert 1 == 2
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 1 == 2*", "the world could not be asked: *"])


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("plann='creator'", "there is no 'plann'; did you mean 'plan'?"),
        ("plan='creater'", "unknown plan 'creater'; did you mean 'creator'?"),
        ("scenario='billing/accept-then-dorp'", "did you mean 'billing/accept-then-drop'?"),
        ("faults=[{'fault': 'rest'}]", "did you mean 'reset'?"),
        ("'creator'", "it takes keyword arguments only"),
        ("assets=[{'as': 'hero', 'stauts': 'Active'}]", "did you mean 'status'?"),
    ],
)
def test_a_wrong_marker_names_the_nearest_option(pytester: pytest.Pytester, marker: str, message: str) -> None:
    result = run(pytester, f"@pytest.mark.fakeseed({marker})\ndef test_it(fakeseed): pass\n")
    result.assert_outcomes(errors=1)
    assert message in result.stdout.str()


def test_no_server_starts_without_the_fixture(pytester: pytest.Pytester) -> None:
    result = run(
        pytester,
        """
        import sys, threading
        def test_it():
            assert not any(thread.name == "fakeseed" for thread in threading.enumerate())
            assert "fakeseed.server.app" not in sys.modules
        """,
        subprocess=True,
    )
    result.assert_outcomes(passed=1)


NODE = shutil.which("node")


@pytest.mark.skipif(NODE is None, reason="node is not on this machine")
def test_a_node_test_needs_only_two_http_calls(fakeseed: object) -> None:
    """What the plugin does for Python, any language does over HTTP: load a scenario, wait."""
    from fakeseed.testing.emulator import Emulator

    assert isinstance(fakeseed, Emulator)
    assert NODE is not None
    script = Path(__file__).parents[1] / "support" / "node" / "fakeseed.test.mjs"
    env = {"PATH": "/usr/bin:/bin:/usr/local/bin", **fakeseed.env}
    ended = subprocess.run([NODE, "--test", str(script)], env=env, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stdout + ended.stderr
