"""What an operation is made of, and the JSON that its parts become."""

from typing import Any

import msgspec

from fakeseed.model.routes import VendorRoute

Json = dict[str, Any]

JSON = "application/json"
TEXT = "text/plain"


class DocumentedResponse(msgspec.Struct, frozen=True, kw_only=True):
    """What a call answers when it is not refused.

    ``schema`` names a component; without one the answer has no JSON body. ``media`` replaces the JSON by other types.
    """

    status: int
    description: str
    behaviours: tuple[str, ...]
    schema: str = ""
    media: tuple[str, ...] = ()
    examples: Json = {}
    links: Json = {}
    headers: Json = {}


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one route. ``refusals`` are names of rows of the vendor's refusal table."""

    route: VendorRoute
    tag: str
    summary: str
    description: str
    answers: tuple[DocumentedResponse, ...]
    refusals: tuple[str, ...]
    parameters: tuple[Json, ...] = ()
    body: Json = {}
    open: bool = False
    """Whether it needs no key."""


def ref(name: str, kind: str = "schemas") -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def example(summary: str, value: object, **keywords: object) -> Json:
    """A named example."""
    return {"summary": summary, "value": value, **keywords}


def wire(value: object) -> Any:
    """A value as a client sees it."""
    return msgspec.json.decode(msgspec.json.encode(value))


def link(target: str, description: str, parameters: Json | None = None, **keywords: object) -> Json:
    """A way from an answer to the next call."""
    target_link: Json = {"operationId": target, "description": description}
    return {**target_link, **({"parameters": parameters} if parameters else {}), **keywords}


def path_parameter(name: str, description: str, schema: Json, sample: str) -> Json:
    """A parameter of the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description,
        "schema": schema,
        "example": sample,
    }


def query_parameter(name: str, description: str, schema: Json, sample: object, **keywords: object) -> Json:
    """A parameter of the query; none is required."""
    return {"name": name, "in": "query", "description": description, "schema": schema, "example": sample, **keywords}


def header_parameter(name: str, description: str, sample: str) -> Json:
    """A header of the request; none is required."""
    return {"name": name, "in": "header", "description": description, "schema": {"type": "string"}, "example": sample}
