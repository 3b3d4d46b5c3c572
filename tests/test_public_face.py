"""The package's public face: complete, typed, and taken by the type checkers that users run."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONSUMER = Path(__file__).parent / "support" / "consumer"
FRONTS = ("fakeseed", "fakeseed.judge", "fakeseed.client")


def imported_for_types(module: str) -> Iterator[str]:
    """The public names that a front imports, at once or for type checkers alone."""
    file = ROOT.joinpath(*module.split("."), "__init__.py")
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("fakeseed"):
            yield from (alias.asname or alias.name for alias in node.names)


@pytest.mark.parametrize("module", FRONTS)
def test_all_names_every_public_name_in_order(module: str) -> None:
    front = import_module(module)
    exported = [name for name in front.__all__ if name != "__version__"]
    assert sorted(imported_for_types(module)) == sorted(exported)
    assert front.__all__ == sorted(front.__all__)
    assert set(front.__all__) <= set(dir(front))


@pytest.mark.parametrize("module", FRONTS)
def test_every_exported_name_is_there_and_no_other(module: str) -> None:
    front = import_module(module)
    for name in front.__all__:
        assert getattr(front, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'no_such_name'"):
        front.no_such_name  # noqa: B018
    assert not callable(front), "a module is no function"


def messages(*command: str) -> str:
    """What a type checker says of the consumer's project."""
    env = {**os.environ, "MYPYPATH": str(ROOT), "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"}
    result = subprocess.run(
        [sys.executable, "-m", *command],
        cwd=CONSUMER,
        env=env,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert result.returncode in (0, 1), result.stdout + result.stderr
    return result.stdout


def wrong_lines(output: str, file: str) -> set[int]:
    """The lines of a file in which errors were found."""
    return {int(line) for line in re.findall(rf"{file}:(\d+)\S* ?-? error", output)}


@pytest.mark.slow
@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_a_users_project_is_typed_and_its_mistakes_are_found(checker: str, tmp_path: Path) -> None:
    options = {"mypy": ("--cache-dir", str(tmp_path)), "pyright": ("--pythonpath", sys.executable)}[checker]
    output = messages(checker, *options, "consumer.py", "mistakes.py")
    text = (CONSUMER / "mistakes.py").read_text("utf-8")
    expected = {number for number, line in enumerate(text.splitlines(), 1) if line.endswith("# mistake")}
    assert wrong_lines(output, "consumer.py") == set(), output
    assert wrong_lines(output, "mistakes.py") == expected, output
