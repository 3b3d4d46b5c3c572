"""From a set-up to the text of a scenario's file, for worlds that a program found; read again, it is the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.scenario.find import SUFFIX
from fakeseed.scenario.parse import read_scenario
from fakeseed.scenario.schema_types import EntryPattern, Setup


def scenario_text(
    setup: Setup, *, title: str, about: str, client: str, source: str, struck_when: Sequence[EntryPattern] = ()
) -> str:
    """The text of a file that sets this world up. Raises UsageError when it would not be read again as it was meant."""
    import yaml  # takes 20 ms

    head = {"title": title, "about": about, "client": client, "source": source}
    body = {name: value for name, value in msgspec.to_builtins(_without_steps(setup)).items() if value}
    signs: dict[str, Any] = {"struck_when": msgspec.to_builtins(tuple(struck_when))} if struck_when else {}
    text = yaml.safe_dump({**head, **body, **signs}, sort_keys=False, allow_unicode=True, width=120)
    if _without_steps(read_scenario(text, title)) != _without_steps(setup):
        raise UsageError(f"the set-up of {title!r} does not survive its file", "report this: it is a bug of fakeseed")
    return text


def write_scenario(folder: Path, name: str, text: str) -> Path:
    """Write a file that was not there yet, under the next free name. Raises UsageError when it cannot be written."""
    names = (name, *(f"{name}-{number}" for number in range(2, 10_000)))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = next(path for path in (folder / f"{free}{SUFFIX}" for free in names) if not path.exists())
        path.write_text(text, "utf-8")
    except OSError as problem:
        raise UsageError(f"cannot write to {folder}: {problem.strerror or problem}", "choose another folder") from None
    return path


def _without_steps(setup: Setup) -> Setup:
    return Setup(setup.world, setup.faults, setup.timeline)
