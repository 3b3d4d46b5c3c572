"""The rules of the house: layers, and no time or chance outside its home."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "fakeseed"

# Lowest first; a module may import from its own layer and from those below it.
LAYERS = (
    {"errors", "__init__"},
    {"resources", "junit"},
    {"model", "client"},
    {"world"},
    {"store"},
    {"media"},
    {"piapi"},
    {"outbound"},
    {"faults"},
    {"catalogue", "openapi", "scenario"},
    {"control", "page"},
    {"server"},
    {"verify"},
    {"testing"},
    {"judge"},
    {"scenario_runner", "runner"},
    {"cli", "pytest_plugin", "__main__"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
# Carriers of behaviours are imported by name, at run time, to be listed; nothing of them is used. The package's front
# hands on what lies higher, at first use.
LISTED_ONLY = {"catalogue", "__init__"}
HANDED_ON = {("testing/emulator.py", "judge")}
"""A module and the layer above it to which it hands on at first use: the fixture's ``judge()``."""

# Loaded into other programs: it stands in for their clocks, and knows nothing of fakeseed, which they need not have.
PRELOAD = PACKAGE / "runner" / "preload"

HOMES = {"time": "world/clock.py", "random": "world/rng.py", "secrets": "world/rng.py", "uuid": "world/rng.py"}
BANNED_CALLS = {"datetime.now", "datetime.utcnow", "datetime.today", "date.today", "os.urandom", "loop.time"}


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if PRELOAD not in path.parents)


def preloaded() -> list[Path]:
    return sorted(PRELOAD.rglob("*.py"))


def layer(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


def imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute, so that the layer can be read off them"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    own = layer(path)
    for name in imports(ast.parse(path.read_text())):
        if not name.startswith("fakeseed.") or own in LISTED_ONLY or name.startswith("fakeseed.runner.preload."):
            continue  # what other programs load knows nothing of fakeseed, so everybody may use it
        imported_layer = name.split(".")[1]
        imported_layer = imported_layer if imported_layer in RANK else "__init__"
        if (path.relative_to(PACKAGE).as_posix(), imported_layer) in HANDED_ON:
            continue
        assert RANK[imported_layer] <= RANK[own], f"{own} imports {name}, which lies above it"


@pytest.mark.parametrize("path", preloaded(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_what_other_programs_load_is_of_the_standard_library_alone(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and not node.level:
            names.append(node.module or "")
        assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def test_siblings_of_one_layer_do_not_know_each_other() -> None:
    for path in modules():
        own = layer(path)
        siblings = next(names for names in LAYERS if own in names) - {own}
        if own in {"__main__", "errors", "__init__"}:
            continue
        for name in imports(ast.parse(path.read_text())):
            assert name.split(".")[1:2] not in [[sibling] for sibling in siblings], f"{path} imports {name}"


def dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_time_and_chance_stay_at_home(path: Path) -> None:
    where = str(path.relative_to(PACKAGE))
    tree = ast.parse(path.read_text())
    for name in imports(tree):
        home = HOMES.get(name.split(".")[0])
        assert home in (None, where), f"{where} imports {name}; it belongs to {home}"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            assert not dotted(node.func).endswith(tuple(BANNED_CALLS)), (
                f"{where}:{node.lineno} reads the clock or chance"
            )


def test_modules_and_functions_stay_small() -> None:
    lengths = []
    for path in [*modules(), *preloaded()]:
        source = path.read_text()
        assert len(source.splitlines()) <= 460, f"{path} is too long"
        nodes = ast.walk(ast.parse(source))
        functions = [node for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        lengths += [(node.end_lineno or node.lineno) - node.lineno + 1 for node in functions]
    lengths.sort()
    assert lengths[len(lengths) // 2] <= 9
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_a_class_name_stands_for_one_thing() -> None:
    homes: dict[str, list[str]] = {}
    for path in modules():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                homes.setdefault(node.name, []).append(str(path.relative_to(PACKAGE)))
    page = (PACKAGE.parent / "ARCHITECTURE.md").read_text()
    for name, paths in homes.items():
        assert len(paths) == 1 or f"`{name}`" in page, f"{name} is defined in {', '.join(paths)}"
