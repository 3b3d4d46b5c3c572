"""What the README shows is true: its example runs, its commands and calls exist."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import httpcore  # noqa: F401 - kept by pytester, see test_pytest_plugin
import pytest
from click.testing import CliRunner

from fakeseed.cli.main import COMMANDS, fakeseed
from fakeseed.control.routes import ACTIONS
from fakeseed.faults.registry import known_faults
from fakeseed.judge.registry import known_rules
from fakeseed.model.directives import NO_DIRECTIVES, read
from fakeseed.model.profiles import PROFILES
from fakeseed.model.routes import BY_PATH
from fakeseed.scenario.find import known_scenarios

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


OF_OTHERS = {"--editable", "--no-deps", "--disable-socket"}
"""Options of pip and of pytest's plugins."""

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


@pytest.mark.parametrize(
    ("noun", "count"),
    [("faults", len(known_faults())), ("rules", len(known_rules())), ("scenarios", len(known_scenarios()))],
)
def test_its_counts_are_those_of_the_code(noun: str, count: int) -> None:
    assert re.findall(rf"\[(\d+) {noun}\]", README) == [str(count)]


def test_its_links_lead_to_files_and_headings() -> None:
    headings = {
        "#" + re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
        for heading in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert len(links) > 10
    for link in links:
        assert link in headings or (ROOT / link).exists(), link


def test_on_the_packages_page_its_links_are_absolute() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (substitution,) = settings["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]
    page = re.sub(substitution["pattern"], substitution["replacement"], README)
    assert not re.search(r"\]\((?!https?:|#)", page)
    assert f"git clone {settings['project']['urls']['Repository']}.git" in README


def test_every_directive_it_names_is_one() -> None:
    names = set(re.findall(r"`(fs-[a-z0-9-]+)`", README))
    assert len(names) >= 10
    for name in names - {"fs-broke-", "fs-invalid-"}:
        directives = read(name)
        assert directives != NO_DIRECTIVES, name
        assert not directives.unknown, name


def spoken() -> Iterator[list[str]]:
    """Every command and command of a command, as words."""
    for name in COMMANDS:
        yield [name]
        command = fakeseed.get_command(click.Context(fakeseed), name)
        if isinstance(command, click.Group):
            yield from ([name, inner] for inner in command.commands)


def test_every_call_and_command_it_names_exists() -> None:
    for path in re.findall(r"`(?:GET|POST|DELETE|GET` and `DELETE) (/[a-z][^`?]*)`", README):
        assert path in BY_PATH, path
    for command in re.findall(r"fakeseed ([a-z]+)(?: |`|\n)", README):
        if command in COMMANDS:
            assert CliRunner().invoke(fakeseed, [command, "--help"]).exit_code == 0
    assert {name for name in COMMANDS if f"fakeseed {name}" in README} == set(COMMANDS)
    help_text = "".join(CliRunner().invoke(fakeseed, [*command_words, "--help"]).output for command_words in spoken())
    for option in set(re.findall(r"(?<!-)(--[a-z][a-z-]+)", README)) - OF_OTHERS:
        assert option in help_text, option
    for name in PROFILES:
        assert f"`{name}`" in README or f"--profile {name}`" in README


def test_every_control_call_is_described() -> None:
    table = README.split("| call | does |")[1].split("\n\n")[0]
    described = set(re.findall(r"[a-z]+", table))
    for _, path, _ in ACTIONS:
        segments = re.findall(r"[a-z]+", re.sub(r"{[a-z_]+}", "", path))
        assert set(segments) <= described, path
