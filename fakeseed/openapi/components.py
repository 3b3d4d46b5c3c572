"""The schemas of answers, complete."""

import copy

import msgspec

from fakeseed.model.refusals import GENERIC, NO_CREDITS
from fakeseed.model.times import ZERO_TIME
from fakeseed.openapi import request_schemas
from fakeseed.openapi.fields import FIELDS
from fakeseed.openapi.operation import Json, ref
from fakeseed.openapi.type_schemas import of_answers
from fakeseed.piapi import account_api, uploads_api, wire

ANSWERS: tuple[type[msgspec.Struct], ...] = (
    wire.UploadedAsset,
    wire.BatchAnswer,
    wire.BatchResult,
    wire.AssetList,
    wire.AssetView,
    wire.AssetError,
    wire.Quota,
    wire.TaskEnvelope,
    wire.TimedTaskEnvelope,
    wire.WebhookMessage,
    wire.TaskView,
    wire.ConfigView,
    wire.WebhookView,
    wire.Meta,
    wire.Usage,
    wire.TaskError,
    wire.Output,
    wire.ErrorEnvelope,
    wire.BareErrorEnvelope,
    account_api.AccountEnvelope,
    account_api.AccountView,
    account_api.CreditPack,
    account_api.ActiveEnvelope,
    account_api.ActiveTasks,
    account_api.HistoryEnvelope,
    account_api.HistoryPage,
    account_api.HistoryEntry,
    account_api.HistoryDetail,
    uploads_api.UploadEnvelope,
    uploads_api.UploadedFile,
)


def _when(field: str, value: str, description: str, fields: Json, otherwise: Json) -> Json:
    condition: Json = {
        "description": description,
        "if": {"properties": {field: {"const": value}}},
        "then": {"properties": fields},
    }
    return {**condition, "else": {"properties": otherwise}}


_FAILED = {"error": {"properties": {"code": {"minimum": GENERIC}}}}
_NOT_FAILED = {"error": {"properties": {"code": {"const": 0}, "message": {"const": ""}}}}
_UNSTARTED = {"meta": {"properties": {"started_at": {"const": ZERO_TIME}, "ended_at": {"const": ZERO_TIME}}}}

RULES: dict[str, list[Json]] = {
    "Asset": [
        _when("status", "Failed", "An error is shown where the asset has failed.", {}, {"error": False}),
    ],
    "Task": [
        _when(
            "status",
            "completed",
            "There is an output where the task is completed.",
            {"output": {"type": "object"}},
            {"output": {"type": "null"}},
        ),
        _when("status", "failed", "There is an error where the task has failed.", _FAILED, _NOT_FAILED),
        _when("status", "pending", "A pending task has not started.", _UNSTARTED, {}),
    ],
}
"""What holds between fields of an answer."""

_NOTHING_YET = {"const": ZERO_TIME}
REFUSED_TASK: Json = {
    "task_id": {"const": ""},
    "model": {"type": "string", "maxLength": 80, "description": "As far as it could be read."},
    "task_type": {"type": "string", "maxLength": 80, "description": "As far as it could be read."},
    "status": {"const": "failed"},
    "output": {"type": "null"},
    "logs": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 1},
    "error": {**ref("TaskError"), "properties": {"code": {"enum": [GENERIC, NO_CREDITS]}}},
    "meta": {**ref("Meta"), "properties": dict.fromkeys(("created_at", "started_at", "ended_at"), _NOTHING_YET)},
}
"""How the task in a refused create differs from a real one."""


def answers() -> dict[str, Json]:
    """Schemas of all answers by name."""
    schemas_by_name = of_answers(ANSWERS, FIELDS)
    for name, rules in RULES.items():
        schemas_by_name[name]["allOf"] = rules
    schemas_by_name["Asset"]["allOf"][0]["then"] = {"required": ["error"]}
    return {**schemas_by_name, **_refused_task(schemas_by_name)}


def _refused_task(schemas_by_name: dict[str, Json]) -> dict[str, Json]:
    task = copy.deepcopy(schemas_by_name["Task"])
    task["description"] = "What is shown of a task that was not created; the reason stands in `error.message`."
    del task["allOf"]
    for name, instead in REFUSED_TASK.items():
        task["properties"][name] = instead
    answer = copy.deepcopy(schemas_by_name["TaskAnswer"])
    answer["description"] = "A create that is refused: nothing was made and nothing is charged."
    answer["properties"] |= {
        "code": {"type": "integer", "minimum": 400, "maximum": 499, "description": "The HTTP status again."},
        "data": ref("RefusedTask"),
        "message": {"type": "string", "description": "Why; the same as `data.error.message`."},
    }
    return {"RefusedTask": task, "RefusedTaskAnswer": answer}


def schemas() -> dict[str, Json]:
    """Every schema: requests, then answers."""
    return {**request_schemas.requests(), **answers()}
