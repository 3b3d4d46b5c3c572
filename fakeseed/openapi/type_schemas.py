"""JSON schemas out of the types that check requests and make answers."""

import re
from collections.abc import Iterable
from typing import Any

import msgspec

from fakeseed.openapi.operation import Json

REFERENCE = "#/components/schemas/{name}"

_SUFFIXES = (("Envelope", "Answer"), ("View", ""))


def title(shape: type[msgspec.Struct]) -> str:
    """What a type is called in the document."""
    return _renamed(shape.__name__)


def _renamed(name: str) -> str:
    for ending, instead in _SUFFIXES:
        if name.endswith(ending):
            return name.removesuffix(ending) + instead
    return name


def _anything(kind: type) -> Json:
    if kind is object:
        return {"title": "anything"}  # msgspec takes no empty schema; titles are dropped below
    raise TypeError(f"no schema for {kind}")


def _components(shapes: Iterable[type[msgspec.Struct]]) -> dict[str, Json]:
    _, components = msgspec.json.schema_components(shapes, schema_hook=_anything, ref_template=REFERENCE)
    return {_renamed(name): _tidy(schema) for name, schema in components.items()}


def _tidy(value: Any) -> Any:
    """Plainer spellings of the same: no titles, types as lists, references by the document's names."""
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if not isinstance(value, dict):
        return value
    tidied = {key: _tidy(item) for key, item in value.items() if key not in ("title", "default")}
    if "$ref" in tidied:
        tidied["$ref"] = REFERENCE.format(name=_renamed(tidied["$ref"].rpartition("/")[2]))
    if isinstance(tidied.get("description"), str):
        tidied["description"] = markdown(tidied["description"])
    return _merged(tidied, tidied.get("anyOf", []))


def _merged(schema: Json, options: list[Json]) -> Json:
    """``something or null`` as one schema with two types."""
    if {"type": "null"} not in options or len(options) != 2:
        return schema
    option = options[0] if options[1] == {"type": "null"} else options[1]
    if "type" not in option:
        return schema
    del schema["anyOf"]
    return {**option, **schema, "type": [option["type"], "null"]}


def markdown(text: str) -> str:
    """A docstring as Markdown: one paragraph a line."""
    paragraphs = re.split(r"\n\s*\n", text.replace("``", "`"))
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def of_answers(shapes: Iterable[type[msgspec.Struct]], details: dict[str, Json]) -> dict[str, Json]:
    """Schemas of answers, exact: every field that is written is required, and no other is allowed.

    ``details`` adds to fields, by schema and field. Raises KeyError when it names one that is not there.
    """
    shapes = list(shapes)
    schemas = _components(shapes)
    for shape in shapes:
        schema = schemas[title(shape)]
        omits = bool(shape.__struct_config__.omit_defaults)
        schema["required"] = []
        for field in msgspec.structs.fields(shape):
            name = field.encode_name
            if omits and not field.required:
                schema["properties"][name] = _without_null(schema["properties"][name])
            else:
                schema["required"].append(name)
        schema["additionalProperties"] = False
    _detail(schemas, details)
    return schemas


def of_requests(shapes: Iterable[type[msgspec.Struct]], details: dict[str, Json]) -> dict[str, Json]:
    """Schemas of requests, tolerant: a field that is not known is ignored, and null counts as absent."""
    schemas = _components(shapes)
    for schema in schemas.values():
        schema.pop("required", None)
    _detail(schemas, details)
    return schemas


def _without_null(schema: Json) -> Json:
    if isinstance(schema.get("type"), list):
        remaining = [kind for kind in schema["type"] if kind != "null"]
        return {**schema, "type": remaining[0] if len(remaining) == 1 else remaining}
    remaining = [option for option in schema["anyOf"] if option != {"type": "null"}]
    return remaining[0] if len(remaining) == 1 else {**schema, "anyOf": remaining}


def _detail(schemas: dict[str, Json], details: dict[str, Json]) -> None:
    for name, fields in details.items():
        properties = schemas[name]["properties"]
        for field, keywords in fields.items():
            properties[field] = keywords if "$ref" in keywords else {**properties[field], **keywords}
