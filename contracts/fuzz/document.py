"""What ``openapi.yaml`` says: operations, the refusals that each may give, and links."""

import copy
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

Json = dict[str, Any]

DOCUMENT = Path(__file__).parents[1] / "openapi.yaml"


def document() -> Json:
    """The document, as it lies beside this file; a copy of the caller's own."""
    return copy.deepcopy(_document())


@cache
def _document() -> Json:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    found: Json = yaml.load(DOCUMENT.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe
    return found


def operations(found: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation: its id, its label (``GET /path``) and what it says."""
    for path, item in found["paths"].items():
        for method, operation in item.items():
            if "operationId" in operation:
                yield operation["operationId"], f"{method.upper()} {path}", operation


def _resolved(found: Json, part: Json) -> Json:
    while "$ref" in part:
        names = part["$ref"].removeprefix("#/").split("/")
        part = found
        for name in names:
            part = part[name]
    return part


class Refusal(NamedTuple):
    """A refusal that the document names: what its message looks like, and whether it hangs on state."""

    message: "re.Pattern[str]"
    of_state: bool


def refusals(found: Json) -> dict[tuple[str, int], list[Refusal]]:
    """Every refusal that the document names, by operation and status."""
    named: dict[tuple[str, int], list[Refusal]] = {}
    for _, label, operation in operations(found):
        for status, answer in operation["responses"].items():
            for media in _resolved(found, answer).get("content", {}).values():
                samples = [_resolved(found, one) for one in media.get("examples", {}).values()]
                kinds = [_refusal(one) for one in samples if "x-message" in one]
                named.setdefault((label, int(status)), []).extend(kinds)
    return named


def _refusal(sample: Json) -> Refusal:
    beyond = sample["x-behaviour"] in BEYOND_SCHEMA
    return Refusal(_pattern(sample["x-message"]), beyond or sample["x-depends-on"] == "state")


def _pattern(message: str) -> "re.Pattern[str]":
    literals = re.split(r"\{\w+\}", message)
    return re.compile(".*".join(re.escape(part) for part in literals), re.DOTALL)


def with_extractors(found: Json) -> Json:
    """Turn ``x-parameters`` of links into what Schemathesis calls an extractor; OpenAPI itself has no word for it."""
    for _, _, operation in operations(found):
        for answer in operation["responses"].values():
            for way in answer.get("links", {}).values():
                for name, rule in way.pop("x-parameters", {}).items():
                    way.setdefault("parameters", {})[name] = f"{{{rule['from']}#regex:{rule['pattern']}}}"
    return found


BEYOND_SCHEMA = frozenset({"task.reference-total"})
"""What refuses a request for itself and cannot stand in a schema: JSON Schema does not add up the lengths of lists."""


REFUSALS = refusals(document())
LABELS = {name: label for name, label, _ in operations(document())}
"""Operations by id, as reports call them."""
