"""``GET openapi.json`` of the control API: made from its routes, and the types of its orders and answers."""

import inspect
from functools import cache
from typing import Any

import msgspec

from fakeseed import __version__
from fakeseed.control import response_types as types
from fakeseed.control import views
from fakeseed.control.copy_as.tests import FORMS
from fakeseed.control.endpoint import WORLD_HEADER, Action
from fakeseed.control.journal import FILTERS
from fakeseed.control.lists import KINDS
from fakeseed.control.wait import WaitOrder
from fakeseed.model.asset import STATUSES
from fakeseed.model.task import ACTIVE, ENDED
from fakeseed.world.journal import KEY_HEADER, TOKEN_HEADER
from fakeseed.world.settings_patch import WorldPatch

TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 0}
PAGED = {"offset": NUMBER, "limit": NUMBER}
FILTERED = dict.fromkeys(FILTERS, TEXT)
QUERIES: dict[str, dict[str, Any]] = {
    "list_worlds": PAGED,
    "journal": {"after": NUMBER, "limit": NUMBER, **FILTERED},
    "journal_rows": {"before": NUMBER, "limit": NUMBER, **FILTERED},
    "events": {"after": NUMBER, "most": NUMBER, **FILTERED},
    "timeline": {"limit": NUMBER},
    "ledger": PAGED,
    "list_tasks": {
        "status": {"enum": [*sorted(ACTIVE), *sorted(ENDED)]},
        **dict.fromkeys(("type", "q", "id"), TEXT),
        **PAGED,
    },
    "list_assets": {
        "status": {"enum": list(STATUSES)},
        "kind": {"enum": list(KINDS)},
        **dict.fromkeys(("type", "q", "id"), TEXT),
        **PAGED,
    },
    "copy": {"form": {"enum": list(FORMS)}, "seq": NUMBER, "since": NUMBER},
    "save_snapshot": {"secrets": {"enum": ["0", "1"]}},
}
"""Action -> its query keys."""
ORDERS: dict[str, Any] = {
    "patch_world": WorldPatch,
    "freeze": views.FreezeOrder,
    "resume": views.ResumeOrder,
    "auto": views.AutoOrder,
    "advance": views.AdvanceOrder,
    "wait": WaitOrder,
    "load_scenario": views.ScenarioOrder,
    "act_on_task": views.TaskFailOrder,
    "act_on_asset": views.AssetFailOrder,
    "arm_faults": dict[str, Any] | list[dict[str, Any]],
    "load_snapshot": dict[str, Any],
}
"""Action -> what it takes as its body."""
ANSWERS: dict[str, Any] = {
    "list_worlds": types.Worlds,
    "overview": types.Overview,
    **dict.fromkeys(("show_world", "patch_world", "reset", "load_scenario"), types.WorldStateShape),
    "show_clock": types.ClockState,
    **dict.fromkeys(("freeze", "resume", "auto", "advance"), types.Moved),
    "timeline": types.TimelineShape,
    "journal": types.JournalPageShape,
    "journal_rows": types.JournalRows,
    "ledger": types.Ledger,
    "list_tasks": types.Tasks,
    "list_assets": types.Assets,
    **dict.fromkeys(("show_faults", "arm_faults"), types.Faults),
    "disarm_faults": types.Disarmed,
    "copy": types.Copied,
}
"""Action -> what it answers; any other answers an object."""
FILES = {"events": "text/event-stream", "task_video": "video/mp4", "asset_picture": "image/jpeg"}
"""Action -> the type of what is no JSON."""
COMPONENTS = "#/components/schemas/{name}"

Routes = list[tuple[str, str, Action, bool]]


@cache
def _schemas() -> tuple[dict[Any, dict[str, Any]], dict[str, Any]]:
    """The schema of each type, and what they refer to."""
    named = [types.Problem, *ORDERS.values(), *ANSWERS.values(), types.Health]
    distinct = list({str(one): one for one in named}.values())
    found, components = msgspec.json.schema_components(distinct, ref_template=COMPONENTS)
    return {str(one): schema for one, schema in zip(distinct, found, strict=True)}, components


def document(routes: Routes) -> dict[str, Any]:
    """The OpenAPI document of these routes: method, path, action, whether it is about one world."""
    schemas, components = _schemas()
    paths: dict[str, dict[str, Any]] = {}
    for method, path, action, of_world in routes:
        paths.setdefault(path, {})[method.lower()] = _operation(method, path, action, schemas, of_world=of_world)
    paths["/health"] = {"get": _health(schemas)}
    security = {
        "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
        "world": {"type": "apiKey", "in": "header", "name": WORLD_HEADER},
        "token": {"type": "apiKey", "in": "header", "name": TOKEN_HEADER},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "fakeseed control API", "version": __version__},
        "servers": [{"url": "/_fakeseed"}],
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": security},
    }


def _operation(
    method: str, path: str, action: Action, schemas: dict[Any, dict[str, Any]], *, of_world: bool
) -> dict[str, Any]:
    name = action.__name__
    places = [piece[1:-1] for piece in path.split("/") if piece.startswith("{")]
    parameters = [{"name": one, "in": "path", "required": True, "schema": TEXT} for one in places]
    parameters += [{"name": one, "in": "query", "schema": schema} for one, schema in QUERIES.get(name, {}).items()]
    operation: dict[str, Any] = {
        "operationId": f"{method.lower()}_{name}" + ("_one" if "{fault_id}" in path else ""),
        "summary": " ".join(inspect.getdoc(action).split()),  # type: ignore[union-attr]
        "responses": {
            "200": _answer(name, schemas),
            "default": _content(schemas[str(types.Problem)], "Nothing was done."),
        },
        "security": [{"key": []}, {"world": []}, {"world": [], "token": []}, {"key": [], "token": []}]
        if of_world
        else [{}],
    }
    if parameters:
        operation["parameters"] = parameters
    if name in ORDERS:
        operation["requestBody"] = {"content": {"application/json": {"schema": schemas[str(ORDERS[name])]}}}
    return operation


def _answer(name: str, schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    if name in FILES:
        return {"description": "As asked.", "content": {FILES[name]: {"schema": TEXT}}}
    return _content(schemas[str(ANSWERS[name])] if name in ANSWERS else {"type": "object"}, "As asked.")


def _content(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _health(schemas: dict[Any, dict[str, Any]]) -> dict[str, Any]:
    schema = schemas[str(types.Health)]
    responses = {"200": _content(schema, "It is well."), "503": _content(schema, "Worlds cannot be reached.")}
    return {"operationId": "get_health", "summary": "``GET health``.", "responses": responses, "security": [{}]}
