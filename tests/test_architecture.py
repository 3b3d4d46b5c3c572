"""ARCHITECTURE.md names files and functions that are there, and fits two screens."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "ARCHITECTURE.md").read_text()
STEPS = re.findall(r"`([a-z_/]+\.py)`\s+`([A-Za-z_.]+)`", PAGE)
SCREEN_LINES = 70


@cache
def definitions(path: Path) -> frozenset[str]:
    """Everything that a module defines at its top, and the members of its classes."""
    names: set[str] = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef):
            members = [m.name for m in node.body if isinstance(m, ast.FunctionDef | ast.AsyncFunctionDef)]
            names |= {node.name, *(f"{node.name}.{member}" for member in members)}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names.add(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.add(node.target.id)
        elif isinstance(node, ast.Assign):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return frozenset(names)


@pytest.mark.parametrize(("file", "name"), STEPS)
def test_each_step_of_a_walk_is_where_the_page_says(file: str, name: str) -> None:
    assert name in definitions(ROOT / "fakeseed" / file)


def test_every_file_and_folder_it_names_exists() -> None:
    assert len(STEPS) > 20
    for path in re.findall(r"`((?:[a-z_]+/)+(?:[a-z_]+\.[a-z]+)?)`", PAGE):
        assert any((base / path).exists() for base in (ROOT, ROOT / "fakeseed", ROOT / "tests")), path


def test_it_names_every_part_of_the_package() -> None:
    parts = {path.name.removesuffix(".py") for path in (ROOT / "fakeseed").iterdir() if path.suffix in ("", ".py")}
    for part in parts - {"__init__", "__main__", "__pycache__", "py"}:
        assert f"`{part}`" in PAGE, part


def test_it_fits_two_screens() -> None:
    assert len(PAGE.splitlines()) <= 2 * SCREEN_LINES
