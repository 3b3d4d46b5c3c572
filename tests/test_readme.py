"""What the README shows is true: its example runs, its commands and calls exist."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import httpx
import pytest
from click.testing import CliRunner

from fakeseed.cli.main import COMMANDS, fakeseed
from fakeseed.control.routes import ACTIONS
from fakeseed.model.directives import NO_WISH, read
from fakeseed.model.profiles import PROFILES
from fakeseed.piapi.routes import PATHS
from fakeseed.server.app import App
from fakeseed.server.run import in_thread
from fakeseed.world.settings import Settings

README = (Path(__file__).parent.parent / "README.md").read_text()


def test_the_example_is_a_passing_test(monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    made: list[httpx.Client] = []
    with in_thread(App(Settings())) as base:
        example: dict[str, object] = {}
        exec(code.replace("http://127.0.0.1:8787", base), example)
        client = httpx.Client

        def kept(**more: object) -> httpx.Client:
            made.append(client(**more))  # type: ignore[arg-type]
            return made[-1]

        monkeypatch.setattr(httpx, "Client", kept)
        (test,) = [value for name, value in example.items() if name.startswith("test_")]
        test()  # type: ignore[operator]
        made[0].close()


def test_every_directive_it_names_is_one() -> None:
    words = set(re.findall(r"`(fs-[a-z0-9-]+)`", README))
    assert len(words) >= 10
    for word in words - {"fs-broke-", "fs-invalid-"}:
        wish = read(word)
        assert wish != NO_WISH, word
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
