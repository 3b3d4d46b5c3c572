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
            fakeseed.control.close()
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
        ("'creator'", "it takes words only"),
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
