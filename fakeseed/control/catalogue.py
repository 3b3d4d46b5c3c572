"""What can be chosen: faults with their options, and scenarios, as forms and lists are made from them."""

from functools import cache
from typing import Any

import msgspec
from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp


async def fault_kinds(_: ControlApp, __: str, ___: Request) -> object:
    """``GET catalogue/faults``."""
    return _fault_kinds()


async def scenario_list(_: ControlApp, __: str, ___: Request) -> object:
    """``GET catalogue/scenarios``."""
    return {"scenarios": _scenarios()}


@cache
def _fault_kinds() -> dict[str, Any]:
    from fakeseed.faults.arming import Condition
    from fakeseed.faults.docs import more, sentence
    from fakeseed.faults.fault import ROUTES
    from fakeseed.faults.registry import known_faults

    faults = [
        {
            "name": name,
            "group": kind.group,
            "sentence": sentence(kind),
            "more": more(kind),
            "correct": kind.correct,
            "routes": kind.routes,
            "options": _options(kind),
        }
        for name, kind in known_faults().items()
    ]
    return {"faults": faults, "conditions": _options(Condition), "routes": list(ROUTES)}


def _options(kind: type[msgspec.Struct]) -> list[dict[str, Any]]:
    """The fields of a type, each with what it takes: JSON types, or the words to choose from."""
    fields = msgspec.json.schema(kind)["$defs"][kind.__name__]["properties"]
    return [
        {
            "name": name,
            "types": sorted({one["type"] for one in _forms(schema) if "type" in one} - {"null"}),
            "choices": next((one["enum"] for one in _forms(schema) if "enum" in one), None),
            "default": schema.get("default"),
            "says": next((one["description"] for one in _forms(schema) if "description" in one), ""),
        }
        for name, schema in fields.items()
    ]


def _forms(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """A schema, and those that it offers to choose from."""
    return [schema, *(form for one in schema.get("anyOf", ()) for form in _forms(one))]


@cache
def _scenarios() -> list[dict[str, Any]]:
    from fakeseed.scenario.find import known_scenarios, read_file

    read = {name: read_file(path) for name, path in known_scenarios().items()}
    return [
        {
            "name": name,
            "title": one.title,
            "about": " ".join(one.about.split()),
            "client": " ".join(one.client.split()),
            "source": one.source,
            "faults": list(dict.fromkeys(str(order["fault"]) for order in one.faults)),
        }
        for name, one in read.items()
    ]
