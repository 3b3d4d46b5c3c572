"""``scenarios/schema.json``: what editors need to complete and check a scenario's file, made from the types."""

from collections.abc import Iterable
from typing import Any

import msgspec

from fakeseed.faults.arming import Condition
from fakeseed.faults.fault import ROUTES, Fault
from fakeseed.faults.registry import known_faults
from fakeseed.model.media import FAILURES
from fakeseed.model.outcome_plan import PACES
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import PROFILES
from fakeseed.scenario.schema_types import ACTS, VERBS, Scenario
from fakeseed.scenario.validate import FAILING, REFUSING
from fakeseed.world.ledger import Balances

Schema = dict[str, Any]

_CONDITIONS = {
    "on": "the route that it meets, or METHOD /path with * for any text",
    "task_type": "only for tasks of this type, with * for any text",
    "nth": "the how-manieth matching requests, from 1: 2, [2, 3] or 2-5",
    "times": "the first so many matching requests",
    "always": "each matching request",
    "probability": "each matching request with this chance, drawn from the world's seed",
    "after": "from so long after arming",
    "for": "for so long; within it each matching request, unless counted",
}


def schema() -> Schema:
    """The JSON schema of a scenario's file."""
    (_,), defs = msgspec.json.schema_components((Scenario,), ref_template="#/$defs/{name}")
    whole = defs.pop("Scenario")
    for setting, choices in (("plan", PLANS), ("profile", PROFILES), ("pace", PACES)):
        for name in ("WorldSetup", "WorldPatch"):
            _limit(defs[name], setting, (*choices, None))
    _limit(defs["AssetSetup"], "code", FAILURES)
    _limit(defs["TimelineEntry"], "cause", FAILING)
    _limit(defs["ExpectedResponse"], "refused_by", sorted(REFUSING))
    for name in ("Requests", "EntryPattern"):
        _limit(defs[name], "fault", known_faults())
    _one_of(defs["TimelineEntry"], ACTS)
    _one_of(defs["Step"], VERBS)
    order = {"$ref": "#/$defs/Fault"}
    whole["properties"]["faults"]["items"] = order
    _put(defs["Step"], "arm", order)
    known_names = {"enum": list(known_faults())}
    defs["Expected"]["properties"]["faults"]["propertyNames"] = known_names
    defs["Expected"]["properties"]["points"]["propertyNames"] = {"enum": list(Balances.__struct_fields__)}
    condition_properties = _properties(Condition)
    defs["Condition"] = {
        "properties": {
            setting: {**condition_properties[setting], "description": description}
            for setting, description in _CONDITIONS.items()
        }
    }
    defs["Fault"] = {
        "type": "object",
        "required": ["fault"],
        "properties": {"fault": {"description": "what goes wrong", **known_names}},
        "oneOf": [_order(name, kind) for name, kind in known_faults().items()],
    }
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A scenario of fakeseed"}
    return {**head, **{key: value for key, value in whole.items() if key != "title"}, "$defs": defs}


def schema_text() -> str:
    """The schema as it stands in ``scenarios/schema.json``."""
    return msgspec.json.format(msgspec.json.encode(schema()), indent=2).decode() + "\n"


def _limit(shape: Schema, key: str, choices: Iterable[str | None]) -> None:
    """Let a key hold nothing but these words."""
    _put(shape, key, {"enum": list(choices)})


def _put(shape: Schema, key: str, inner: Schema) -> None:
    """Say what a key holds, and leave its description."""
    annotations = {
        keyword: value for keyword, value in shape["properties"][key].items() if keyword in ("description", "default")
    }
    shape["properties"][key] = {**annotations, **inner}


def _one_of(shape: Schema, keys: tuple[str, ...]) -> None:
    """Let an object hold exactly one of these keys."""
    shape["oneOf"] = [{"required": [key]} for key in keys]


def _order(name: str, kind: type[Fault]) -> Schema:
    """An order to arm one fault: its options and its conditions."""
    conditions = {condition: {"$ref": f"#/$defs/Condition/properties/{condition}"} for condition in _CONDITIONS}
    routes = [route for route in ROUTES if route in kind.routes]
    own_path = {"type": "string", "pattern": "^([A-Z]+|\\*) (/\\S*|\\*)$"}
    on = {"description": _CONDITIONS["on"], "default": kind.routes[0], "anyOf": [{"enum": routes}, own_path]}
    description = " ".join((kind.__doc__ or "").split())
    return {
        "type": "object",
        "description": f"{description} A correct client: {kind.correct}" if kind.correct else description,
        "required": ["fault"],
        "properties": {"fault": {"const": name}, **_properties(kind), **conditions, "on": on},
        "additionalProperties": False,
    }


def _properties(kind: type[msgspec.Struct]) -> Schema:
    (_,), defs = msgspec.json.schema_components((kind,))
    return dict(defs[kind.__name__]["properties"])
