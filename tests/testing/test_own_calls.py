"""Calls of the fixture itself go through nothing that a test puts in the way of its client's calls."""

import sys
from textwrap import dedent

import httpcore  # noqa: F401 - or pytester would import it anew for each run, with exceptions that httpx does not know
import pytest

BODY = """
import httpx
import pytest

def everything(emulator):
    before = emulator.clock.now
    assert emulator.clock.advance("1d") == []
    assert emulator.clock.now != before
    emulator.faults.arm("status", on="GET task", status=429)
    emulator.faults.disarm()
    emulator.scenario({"world": {"plan": "creator"}})
    assert emulator.control.world()["plan"] == "creator"
    assert emulator.points["frozen"] == 0
    assert emulator.control.snapshot()["fakeseed_snapshot"]
    assert list(emulator.journal) == []
    upload(emulator)
    assert emulator.judge(rate=1.0).ok

def upload(emulator):
    with httpx.Client(transport=emulator.transport(), base_url="http://x") as http:
        return http.post("/api/v1/asset/upload", json={"url": "https://cdn.example/a.jpg"},
                         headers={"X-API-Key": emulator.api_key})
"""

OBSTACLES = {
    "respx": """
        def test_it(fakeseed, respx_mock):
            everything(fakeseed)
            upload(fakeseed)
            assert not respx_mock.calls
    """,
    "pytest-httpx": """
        def test_it(fakeseed, httpx_mock):
            everything(fakeseed)
            upload(fakeseed)
            assert not httpx_mock.get_requests()
    """,
    "responses": """
        import responses
        @responses.activate
        def test_it(fakeseed):
            everything(fakeseed)
            assert not responses.calls
    """,
    "vcr": """
        import vcr
        def test_it(fakeseed, tmp_path):
            cassette = tmp_path / "tape.yaml"
            with vcr.use_cassette(str(cassette), record_mode="none"):
                everything(fakeseed)
            assert not cassette.exists()
    """,
    "proxy": """
        def test_it(fakeseed, monkeypatch):
            for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
                monkeypatch.setenv(name, "http://127.0.0.1:1")
            monkeypatch.setenv("SSL_CERT_FILE", "/no/such/file")
            everything(fakeseed)
            assert upload(fakeseed).status_code == 202
    """,
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
def test_the_fixtures_own_calls_are_not_caught(pytester: pytest.Pytester, obstacle: str) -> None:
    pytester.makepyfile(BODY + dedent(OBSTACLES[obstacle]))
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)


SOCKETLESS = """
    def test_it(fakeseed):
        everything(fakeseed)
        assert upload(fakeseed).status_code == 202
        with pytest.raises(Exception, match="socket"):
            httpx.get(fakeseed.base_url)
"""


@pytest.mark.parametrize("loop", ["uvloop", "asyncio"])
def test_a_ban_of_sockets_bans_the_client_alone(pytester: pytest.Pytester, loop: str) -> None:
    without = "import sys; sys.modules['uvloop'] = None\n" if loop == "asyncio" else ""
    pytester.makepyfile(without + BODY + dedent(SOCKETLESS))
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    result = pytester.run(sys.executable, "-m", "pytest", "--disable-socket", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)


def test_a_client_reaches_the_emulator_where_loopback_is_allowed(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        BODY
        + "\ndef test_it(fakeseed):\n    assert httpx.get(fakeseed.base_url + '/openapi.json').status_code == 200\n"
    )
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function\n")
    result = pytester.run(sys.executable, "-m", "pytest", "--allow-hosts=127.0.0.1", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=1)
