"""``scenarios/README.md``: how to run and to write scenarios, and what there is, made from the files and the types."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any, get_args, get_type_hints

import msgspec

from fakeseed.scenario.find import known_scenarios, read_file
from fakeseed.scenario.parse import SHAPES
from fakeseed.scenario.schema_types import ACTS, VERBS, Scenario

GROUPS = {
    "lifecycle": "Ends that do not come, come otherwise, or are missed",
    "quota": "Places in the library and among running tasks",
    "ttl": "What is gone when it is wanted",
    "moderation": "What the service refuses for its content",
    "auto-upload": "References that the service ingests by itself",
    "network": "Answers that are late, broken, or from somebody else",
    "webhook": "Messages of a task's end",
    "billing": "Points, and what is paid twice",
    "output": "Downloading the video",
    "clients": "Whole ways of a client",
}
"""Folder -> what its scenarios are about, in the order of the page."""

_HEAD = """# Scenarios

{count} files. Each sets a world up, lets something go wrong, takes the steps of a client, and says what must be seen.
Made from the files by `fakeseed scenario list --page`; do not edit.

## Run one

```sh
fakeseed scenario list
fakeseed scenario run billing/accept-then-drop
fakeseed scenario run my-own.yaml
```

A run has a world and a clock of its own and takes a fraction of a second; the same file gives the same journal each
time. To point a client of your own at a scenario, load it into the world of your key. Steps and expectations are then
yours:

```sh
curl -X POST localhost:8787/_fakeseed/scenario -H "X-API-Key: my-key" -d '{{"name": "webhook/twice"}}'
```

## Write one

A file is YAML. Its first line, `# yaml-language-server: $schema=../schema.json`, lets an editor complete keys, faults
and their options. A mistake is told with its line and the nearest right word. Prompts and URLs may hold directives
(`fakeseed directives`); `fakeseed faults` lists the faults. Keys with a star must be there.

Names: an asset of `world.assets` or a record made by a step is called what `as` says; every record is also `task 1`,
`asset 2`, by its number in the world. `${{name}}` in a step or an expectation stands for the id, `${{webhook}}` for the
receiver's URL, `${{base_url}}` for the server's. Spans are seconds or `90s`, `2h`, `3d12h`.

What is expected of a value: objects hold these keys, lists are as long and alike, `"*"` is there, `null` is absent or
null, `"~regex"` is found in it, `">=10"` and `"<5"` compare, anything else is equal. Points are told
by what tasks cost, not by prices: `price of clip`, `price of first and second`, `50000000 - price of task 1`.
"""


def scenarios_page() -> str:
    """The page as it stands in ``scenarios/README.md``."""
    files = known_scenarios()
    return "\n".join([_HEAD.format(count=len(files)), *_keys(), *_tables()])


def _keys() -> Iterator[str]:
    for path, kind in SHAPES.items():
        yield f"### {f'`{path}`' if path else 'The file'}\n"
        yield from (f"{rule}\n" for rule in _rule(path))
        yield "| key | what it says |\n| --- | --- |"
        yield from (f"| {key} | {description} |" for key, description in descriptions(kind))
        yield ""


def _rule(path: str) -> Iterator[str]:
    if path == "steps[]":
        yield f"One verb a step: {', '.join(f'`{verb}`' for verb in VERBS)}."
    if path == "timeline[]":
        yield f"One act a moment: {', '.join(f'`{act}`' for act in ACTS)}."


def descriptions(kind: type[msgspec.Struct]) -> Iterator[tuple[str, str]]:
    """Each key of a type with its description; keys that must be there are marked."""
    hints = get_type_hints(kind, include_extras=True)
    for field in sorted(msgspec.structs.fields(kind), key=lambda field: not field.required):
        description = next((meta.description for meta in _metas(hints[field.name]) if meta.description), "")
        yield f"`{field.encode_name}`{'*' if field.required else ''}", description.replace("|", "\\|")


def _metas(hint: Any) -> Iterator[msgspec.Meta]:
    """What is said about a type, the outermost last word first."""
    yield from reversed(
        [metadata for metadata in getattr(hint, "__metadata__", ()) if isinstance(metadata, msgspec.Meta)]
    )
    for inner in get_args(hint):
        if not isinstance(inner, msgspec.Meta):
            yield from _metas(inner)


def _tables() -> Iterator[str]:
    read = [(name, read_file(path)) for name, path in known_scenarios().items()]
    by_group = {
        group: list(group_scenarios)
        for group, group_scenarios in groupby(read, key=lambda pair: pair[0].partition("/")[0])
    }
    yield "## What there is\n"
    for group, about in GROUPS.items():
        yield f"### {group}\n\n{about}.\n"
        yield "| scenario | trouble | faults |\n| --- | --- | --- |"
        for name, scenario in by_group.get(group, ()):
            yield f"| [{name.partition('/')[2]}]({name}.yaml) | {scenario.title} | {', '.join(faults_of(scenario))} |"
        yield ""


def faults_of(scenario: Scenario) -> list[str]:
    """The faults that a scenario arms, each once."""
    orders = [*scenario.faults, *(step.arm for step in scenario.steps if step.arm)]
    return list(dict.fromkeys(f"`{order['fault']}`" for order in orders))
