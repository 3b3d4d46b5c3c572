"""What the faults say about themselves: options and conditions read off their types, and all of it as one page."""

from collections.abc import Iterator
from typing import Any

import msgspec

from fakeseed.faults.arming import Condition
from fakeseed.faults.fault import ANY, ROUTES, Fault
from fakeseed.faults.registry import known_faults

PAGE = "README.md"
"""The page for people, beside this file."""

GROUPS = {
    "socket": "The connection itself. They need a real socket: `fakeseed serve`, no transport in the test's process.",
    "http": "The HTTP answer around PiAPI's own: errors of edge and upstream, time, broken bodies.",
    "semantics": "Well-formed answers and lifecycles that are not what a client counts on.",
    "delivery": "Downloading a video.",
    "webhook": "How a task's end is told.",
}

HEAD = """# Faults

What can go wrong on purpose: {count} faults, armed in one key's world, over the control API or from a test.
Made from the code by `fakeseed faults --page`; do not edit.

## Arming

```sh
FAULTS='http://127.0.0.1:8787/_fakeseed/faults' KEY='X-API-Key: test'
curl -H "$KEY" $FAULTS -d '{{"fault": "accept-then-drop"}}'
curl -H "$KEY" $FAULTS -d '[{{"fault": "status", "for": "30s"}}, {{"fault": "stuck", "nth": 2}}]'
curl -H "$KEY" $FAULTS               # what is armed, how often it was met and how often it fired
curl -H "$KEY" -X DELETE $FAULTS     # disarm all; or $FAULTS/fault-1
```

An order is an object: `fault` names it, conditions and the fault's options stand beside it. A list of orders is armed
whole or not at all. A wrong order is answered with 400, the reason and the nearest right word, and changes nothing.
On the command line `fakeseed faults NAME` shows one fault, its options and an example.

**Counted by default.** With no condition a fault meets the first request on its default route, once, and is then
spent: the client's next try finds the service well. Every other count is asked for.

**Commit before fault.** What a request was to do is done before its answer goes wrong: a task whose answer is lost is
stored, charged, in the journal, and runs. Faults that refuse a request in the handler's place say so.

**Several on one request** work together: the first that answers in the handler's place wins; else what was made is
changed, then the answer, each in the order of arming; pauses add up; the first that sends oddly ends it.

The journal names the faults that a request met. A world's faults go with its reset; other keys never see them.
Time in conditions is the world's own; only what a client can feel on the wire (`latency`, `drip`) takes real time.

## Conditions
"""


class Option(msgspec.Struct, frozen=True):
    """One option of a fault, or one condition: its name, what it takes, its default as JSON, and what it means."""

    name: str
    takes: str
    default: str
    description: str = msgspec.field(name="says")


def sentence(kind: type[Fault]) -> str:
    """What happens, in one line: the first paragraph of a fault's docstring."""
    return _paragraphs(kind)[0]


_SEEN = {"nothing": "no answer that it can use", "unclear": "an answer that it may not be able to use"}


def seen_by_client(kind: type[Fault]) -> str:
    """What the client has of the answer, in words."""
    description = _SEEN.get(kind.client_sees, kind.client_sees)
    return f"{description}, after a wait in real time" if kind.takes_real_time else description


def more(kind: type[Fault]) -> list[str]:
    """The other paragraphs of a fault's docstring."""
    return _paragraphs(kind)[1:]


def _paragraphs(kind: type[Fault]) -> list[str]:
    return [" ".join(part.split()).replace("``", "`") for part in (kind.__doc__ or "").split("\n\n")]


def options(kind: type[msgspec.Struct]) -> list[Option]:
    """Options of a fault, or the conditions, as their type declares them."""
    fields = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    return [
        Option(name, _takes(schema), msgspec.json.encode(schema["default"]).decode(), _says(schema))
        for name, schema in fields.items()
    ]


def _says(schema: dict[str, Any]) -> str:
    inner = [schema, *schema.get("anyOf", ())]
    return next((option_schema["description"] for option_schema in inner if "description" in option_schema), "")


_WORDS = {"integer": "whole number", "number": "number", "string": "text", "boolean": "true or false"}


def _takes(schema: dict[str, Any]) -> str:
    """What an option takes, in words."""
    if "anyOf" in schema:
        kinds = {choice["type"] for choice in schema["anyOf"] if "type" in choice} - {"null"}
        if kinds == {"number", "string"}:
            return "span"
        return " or ".join(dict.fromkeys(_takes(choice) for choice in schema["anyOf"] if choice.get("type") != "null"))
    if "enum" in schema:
        return ", ".join(f"`{choice}`" for choice in schema["enum"])
    if schema["type"] == "array":
        return "list of numbers"
    return _WORDS[schema["type"]] + _bounds(schema)


def _bounds(schema: dict[str, Any]) -> str:
    low, high, below = (schema.get(name) for name in ("minimum", "maximum", "exclusiveMaximum"))
    if low is None:
        return ""
    if below is not None:
        return f" from {low:g} to less than {below:g}"
    return f" from {low}" if high is None or high >= 1_000_000_000 else f" from {low} to {high}"


def example(name: str) -> str:
    """An order of a fault as JSON."""
    return msgspec.json.format(
        msgspec.json.encode({"fault": name, **known_faults()[name].samples[0]}), indent=0
    ).decode()


def faults_page() -> str:
    """All faults as one page of Markdown, by group."""
    fault_types = known_faults()
    return (
        "\n".join(
            [*HEAD.format(count=len(fault_types)).splitlines(), *_conditions(), *_routes(), *_tables(fault_types)]
        )
        + "\n"
    )


def _conditions() -> Iterator[str]:
    yield from ("", "| condition | takes | meets |", "| --- | --- | --- |")
    for option in options(Condition):
        yield f"| `{option.name}` | {_cell(option.takes)} | {_cell(option.description)} |"
    yield from ("", "`nth`, `times`, `always` and `probability` exclude each other.")
    yield "A span is seconds, or text such as `1.5s`, `2m`, `3d`."


def _routes() -> Iterator[str]:
    yield from ("", "## Routes", "", "| `on` | requests |", "| --- | --- |")
    for word, routes in ROUTES.items():
        requests = "every request" if word == ANY else ", ".join(f"`{route.method} {route.path}`" for route in routes)
        yield f"| `{word}` | {requests} |"
    yield from ("", "Any other `METHOD /path`, with `*` for anything, is taken too, and not checked for sense.")


def _tables(fault_types: dict[str, type[Fault]]) -> Iterator[str]:
    for group, about in GROUPS.items():
        own = {name: kind for name, kind in fault_types.items() if kind.group == group}
        yield from ("", f"## {group}", "", about, "", "| fault | what happens | by default on |", "| --- | --- | --- |")
        for name, kind in own.items():
            yield f"| [`{name}`](#{name}) | {_cell(sentence(kind))} | `{kind.routes[0]}` |"
        for name, kind in own.items():
            yield from ("", f"### {name}", "", *_one(name, kind))


def _one(name: str, kind: type[Fault]) -> Iterator[str]:
    yield sentence(kind)
    for paragraph in more(kind):
        yield from ("", paragraph)
    yield from ("", f"**The client sees** {seen_by_client(kind)}.", "", f"**A correct client:** {kind.correct}")
    if len(kind.routes) < len(ROUTES):
        yield from ("", f"Can be on: {', '.join(f'`{route}`' for route in kind.routes)}.")
    if rows := options(kind):
        yield from ("", "| option | takes | default | meaning |", "| --- | --- | --- | --- |")
        for option in rows:
            yield f"| `{option.name}` | {_cell(option.takes)} | `{option.default}` | {_cell(option.description)} |"
    yield from ("", "```json", example(name), "```")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
