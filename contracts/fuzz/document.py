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
    document: Json = yaml.load(DOCUMENT.read_text("utf-8"), Loader=loader)  # noqa: S506 - both are safe
    return document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Every operation: its id, its label (``GET /path``) and what it says."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if "operationId" in operation:
                yield operation["operationId"], f"{method.upper()} {path}", operation


def _resolved(document: Json, part: Json) -> Json:
    while "$ref" in part:
        names = part["$ref"].removeprefix("#/").split("/")
        part = document
        for name in names:
            part = part[name]
    return part


class Refusal(NamedTuple):
    """A refusal that the document names: what its message looks like, and whether it hangs on state."""

    message: "re.Pattern[str]"
    of_state: bool


def refusals(document: Json) -> dict[tuple[str, int], list[Refusal]]:
    """Every refusal that the document names, by operation and status."""
    named: dict[tuple[str, int], list[Refusal]] = {}
    for _, label, operation in operations(document):
        for status, answer in operation["responses"].items():
            for media in _resolved(document, answer).get("content", {}).values():
                samples = [_resolved(document, sample) for sample in media.get("examples", {}).values()]
                kinds = [_refusal(sample) for sample in samples if "x-message" in sample]
                named.setdefault((label, int(status)), []).extend(kinds)
    return named


def _refusal(sample: Json) -> Refusal:
    beyond = sample["x-behaviour"] in BEYOND_SCHEMA
    return Refusal(_pattern(sample["x-message"]), beyond or sample["x-depends-on"] == "state")


def _pattern(message: str) -> "re.Pattern[str]":
    literals = re.split(r"\{\w+\}", message)
    return re.compile(".*".join(re.escape(part) for part in literals), re.DOTALL)


def with_extractors(document: Json) -> Json:
    """Turn ``x-parameters`` of links into what Schemathesis calls an extractor; OpenAPI itself has no word for it."""
    for _, _, operation in operations(document):
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                for name, rule in link.pop("x-parameters", {}).items():
                    link.setdefault("parameters", {})[name] = f"{{{rule['from']}#regex:{rule['pattern']}}}"
    return document


BEYOND_SCHEMA = frozenset({"task.reference-total", "upload.data-uri-prefix"})
"""What refuses a request for itself and does not stand in a schema: JSON Schema adds up no lengths of lists, and cannot
compare the content type in one field with the extension in another."""


REFUSALS = refusals(document())
LABELS = {name: label for name, label, _ in operations(document())}
"""Operations by id, as reports call them."""
