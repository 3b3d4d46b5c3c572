"""Scenarios by name: the files of the ``scenarios`` folder, and files of one's own by path."""

from os.path import isfile
from pathlib import Path

from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.resources import folder
from fakeseed.scenario.parse import MAX_BYTES, read_scenario
from fakeseed.scenario.schema_types import Scenario

SUFFIX = ".yaml"


def known_scenarios() -> dict[str, Path]:
    """Name (``billing/accept-then-drop``) -> file, in order of name."""
    root = folder("scenarios")
    return {str(path.relative_to(root).with_suffix("")): path for path in sorted(root.glob(f"*/*{SUFFIX}"))}


def find_scenario(name: str, *, paths: bool = False) -> Path:
    """The file of a scenario: by its name, by the last part of it where only one has it, and, where ``paths`` are
    allowed, by path. Raises UsageError with the nearest right name.
    """
    files = known_scenarios()
    if name in files:
        return files[name]
    if paths and (name.endswith((SUFFIX, ".yml")) or isfile(name)):
        return Path(name)
    short = [full for full in files if full.partition("/")[2] == name]
    if len(short) == 1:
        return files[short[0]]
    near = did_you_mean(name, files) or did_you_mean(name, [full.partition("/")[2] for full in files])
    raise UsageError(f"no scenario {name[:120]!r}{near}", "list them: fakeseed scenario list")


def read_file(path: Path) -> Scenario:
    """The scenario in a file. Raises UsageError for a file that cannot be read or says something wrong."""
    try:
        with path.open("rb") as file:
            text = file.read(MAX_BYTES + 1).decode()  # one byte more than is taken: enough to be refused
    except (OSError, ValueError) as problem:  # a NUL in the path, or no UTF-8
        raise UsageError(
            f"cannot read {path}: {problem}", "give a name from `fakeseed scenario list`, or a path"
        ) from None
    return read_scenario(text, str(path))


def read_named(name: str, *, paths: bool = False) -> Scenario:
    """The scenario of a name. Raises UsageError."""
    return read_file(find_scenario(name, paths=paths))
