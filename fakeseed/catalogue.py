"""The behaviour catalogue: what every behaviour id in the code means, how sure that is, and where it comes from.

The entries stand in ``contracts/behaviours/*.toml``; the ids stand in the code's tables and ``implements`` marks. A
test holds the two to the same set. What is known of the service and left out on purpose stands there too, with the
reason; no code carries it, and no check holds it.
"""

import tomllib
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Literal

import msgspec

from fakeseed import resources
from fakeseed.errors import FakeseedError
from fakeseed.model.behaviours import IMPLEMENTED

Mark = Literal["documented", "observed", "assumed"]
MARKS: tuple[Mark, ...] = ("documented", "observed", "assumed")


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One entry: a sentence, its honesty mark, the address it comes from and the date it was true.

    ``note`` says what is guessed about it, or where sources disagree; ``outside`` why it is not emulated, if it is not.
    """

    says: str
    mark: Mark
    source: str
    date: str
    note: str = ""
    outside: str = ""


def folder() -> Path:
    """Where contracts are: inside an installed package, beside it in a checkout."""
    return resources.folder("contracts")


PAGE = "BEHAVIOURS.md"
"""The catalogue as one page for people, beside its files."""


def load() -> dict[str, Behaviour]:
    """Every entry by id, in the order of the files. Raises FakeseedError naming the file that cannot be read."""
    entries_by_id: dict[str, Behaviour] = {}
    for path in sorted((folder() / "behaviours").glob("*.toml")):
        try:
            entries = msgspec.convert(tomllib.loads(path.read_text("utf-8")), dict[str, Behaviour])
        except (tomllib.TOMLDecodeError, msgspec.ValidationError) as problem:
            raise FakeseedError(f"{path}: {problem}") from None
        twice = entries_by_id.keys() & entries.keys()
        if twice:
            raise FakeseedError(f"{path}: {', '.join(sorted(twice))} stands in another file too")
        entries_by_id.update(entries)
    return entries_by_id


def split(entries: dict[str, Behaviour]) -> tuple[dict[str, Behaviour], dict[str, Behaviour]]:
    """Entries that are emulated, and those that are not."""
    emulated = {name: entry for name, entry in entries.items() if not entry.outside}
    return emulated, {name: entry for name, entry in entries.items() if entry.outside}


def count(entries: dict[str, Behaviour]) -> str:
    """How many entries there are of each mark, in words."""
    return ", ".join(f"{sum(entry.mark == mark for entry in entries.values())} {mark}" for mark in MARKS)


_CARRIERS = (
    "fakeseed.piapi.routes",
    "fakeseed.piapi.files_api",
    "fakeseed.outbound.webhooks",
    "fakeseed.outbound.sources",
    "fakeseed.world.engine",
)
"""Modules that, imported, have brought in everything that carries a behaviour."""


def in_code() -> dict[str, str]:
    """Every behaviour id that the code carries, with the table or function that carries it."""
    for name in _CARRIERS:
        import_module(name)
    locations: dict[str, str] = {}
    for where, ids in _tables():
        for name in ids:
            locations.setdefault(name, where)
    return {**IMPLEMENTED, **locations}


def _tables() -> Iterator[tuple[str, list[str]]]:
    from fakeseed.model import (
        admission,
        lifecycle,
        media,
        outcome_plan,
        plans,
        profiles,
        refusals,
        task,
        task_draft,
        task_types,
    )
    from fakeseed.world import uploads_service, webhooks

    yield "fakeseed.model.refusals.REFUSALS", [row.behaviour for row in refusals.REFUSALS.values()]
    yield "fakeseed.model.refusals", [refusals.ERROR_CODES_BEHAVIOUR]
    for table in lifecycle.LIFECYCLES:
        where = f"fakeseed.model.lifecycle.{table.name.upper()}"
        yield where, [row.behaviour for row in table.transitions]
    yield "fakeseed.model.media.FAILURES", [row.behaviour for row in media.FAILURES.values()]
    yield "fakeseed.model.media.RAW_LIMITS", list(media.RAW_BEHAVIOURS.values())
    yield "fakeseed.model.task.OUTCOMES", [row.behaviour for row in task.OUTCOMES.values()]
    for where, table_of_ids in (
        ("fakeseed.model.plans.PLANS", plans.PLAN_BEHAVIOURS),
        ("fakeseed.model.profiles.PROFILES", profiles.PROFILE_BEHAVIOURS),
        ("fakeseed.model.task_types", task_types.TYPE_BEHAVIOURS),
        ("fakeseed.model.admission", admission.LIMIT_BEHAVIOURS),
        ("fakeseed.model.task_draft", task_draft.DRAFTING_BEHAVIOURS),
        ("fakeseed.model.outcome_plan.PACES", outcome_plan.PACE_BEHAVIOURS),
        ("fakeseed.world.webhooks", webhooks.HOOK_BEHAVIOURS),
        ("fakeseed.world.uploads_service", uploads_service.UPLOAD_BEHAVIOURS),
    ):
        yield where, list(table_of_ids.values())


def page() -> str:
    """The catalogue as one page of Markdown, by area."""
    emulated, outside = split(load())
    rows = [
        "# Behaviours",
        "",
        f"What the emulator does because PiAPI does it: {len(emulated)} behaviours, {count(emulated)}.",
        f"What is known and left out on purpose, at the end: {len(outside)}, {count(outside)}.",
        "Made from `behaviours/` by `fakeseed behaviours --page`; do not edit.",
    ]
    areas = {name.partition(".")[0]: None for name in emulated}
    for area in areas:
        rows += _table(area, {name: entry for name, entry in emulated.items() if name.partition(".")[0] == area})
    return "\n".join([*rows, *_table("Not emulated", outside)]) + "\n"


def _table(title: str, entries: dict[str, Behaviour]) -> list[str]:
    head = ["", f"## {title}", "", "| behaviour | what happens | mark | source |", "| --- | --- | --- | --- |"]
    return head + [_row(name, entry) for name, entry in entries.items()]


def _row(name: str, entry: Behaviour) -> str:
    remarks = [text for text in (entry.note, entry.outside and f"Not emulated: {entry.outside}") if text]
    statement = f"{entry.says} *{' '.join(remarks)}*" if remarks else entry.says
    return f"| `{name}` | {statement.replace('|', chr(92) + '|')} | {entry.mark} | [{entry.date}]({entry.source}) |"
