"""What the README shows is true: its example runs, its commands and calls exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import httpcore  # noqa: F401 - kept by pytester, see test_pytest_plugin
import pytest
from click.testing import CliRunner

from fakeseed.cli.main import COMMANDS, fakeseed
from fakeseed.control.routes import ACTIONS
from fakeseed.model.directives import NO_DIRECTIVES, read
from fakeseed.model.profiles import PROFILES
from fakeseed.piapi.routes import PATHS

README = (Path(__file__).parent.parent / "README.md").read_text()


MY_APP = """
import os
import httpx

KNOWN = {}

class MediaLibrary:
    def __init__(self):
        key = {"X-API-Key": os.environ["PIAPI_KEY"]}
        self.http = httpx.Client(base_url=os.environ["PIAPI_BASE_URL"], headers=key)

    def asset_for(self, url):
        with self.http:
            known = KNOWN.get(url)
            if known is None or self.http.get(f"/api/v1/asset/{known}").status_code == 404:
                KNOWN[url] = known = self.http.post("/api/v1/asset/upload", json={"url": url}).json()["asset_id"]
            while self.http.get(f"/api/v1/asset/{known}").json()["status"] == "Processing":
                pass
            return known
"""
"""Somebody's own client."""


def test_the_example_is_a_passing_test(pytester: pytest.Pytester) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert len(code[code.index("@pytest") :].splitlines()) <= 10
    pytester.makepyfile(my_app=MY_APP, test_example=code)
    pytester.makeini("[pytest]\nasyncio_default_fixture_loop_scope = function")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_every_directive_it_names_is_one() -> None:
    words = set(re.findall(r"`(fs-[a-z0-9-]+)`", README))
    assert len(words) >= 10
    for word in words - {"fs-broke-", "fs-invalid-"}:
        wish = read(word)
        assert wish != NO_DIRECTIVES, word
        assert not wish.unknown, word


def spoken() -> Iterator[list[str]]:
    """Every command and command of a command, as words."""
    for name in COMMANDS:
        yield [name]
        found = fakeseed.get_command(click.Context(fakeseed), name)
        if isinstance(found, click.Group):
            yield from ([name, inner] for inner in found.commands)


def test_every_call_and_command_it_names_exists() -> None:
    for path in re.findall(r"`(?:GET|POST|DELETE|GET` and `DELETE) (/[a-z][^`?]*)`", README):
        assert path in PATHS, path
    for command in re.findall(r"fakeseed ([a-z]+)(?: |`|\n)", README):
        if command in COMMANDS:
            assert CliRunner().invoke(fakeseed, [command, "--help"]).exit_code == 0
    assert {name for name in COMMANDS if f"fakeseed {name}" in README} == set(COMMANDS)
    told = "".join(CliRunner().invoke(fakeseed, [*words, "--help"]).output for words in spoken())
    for option in set(re.findall(r"(?<!-)(--[a-z][a-z-]+)", README)) - {"--editable"}:
        assert option in told, option
    for name in PROFILES:
        assert f"`{name}`" in README or f"--profile {name}`" in README


def test_every_control_call_is_described() -> None:
    table = README.split("| call | does |")[1].split("\n\n")[0]
    described = set(re.findall(r"[a-z]+", table))
    for _, path, _ in ACTIONS:
        words = re.findall(r"[a-z]+", re.sub(r"{[a-z_]+}", "", path))
        assert set(words) <= described, path
