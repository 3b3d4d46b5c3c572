"""The whole document: operations, webhooks and components put together."""

from functools import cache
from typing import Any

import msgspec

from fakeseed.model.profiles import DEFAULT_PROFILE
from fakeseed.openapi import account, assets, error_responses, files, introduction, tasks
from fakeseed.openapi.components import schemas
from fakeseed.openapi.operation import JSON, DocumentedResponse, Json, Operation, example, ref
from fakeseed.openapi.samples import COMPLETED, FAILED, told

SECURITY = "apiKey"
OPERATIONS: tuple[Operation, ...] = (
    *assets.OPERATIONS,
    *tasks.OPERATIONS,
    *account.OPERATIONS,
    *files.OPERATIONS,
)

ANY_BYTES: Json = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
"""The same bytes under a name that makers of client code know; they leave an answer out of which they know no type."""
HERE: Json = {"url": "/", "description": "Whoever serves this document."}
HOSTS = {
    "/api/ephemeral_resource": "https://upload.theapi.app",
    "/ephemeral/{name}": "https://img.theapi.app",
}
"""Paths that the service answers on hosts of their own."""


@cache
def document() -> Json:
    """The document. It is shared: do not change it."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "PiAPI Seedance: assets and videos",
            "version": introduction.PERIOD,
            "summary": "Upload references, make videos from them, fetch the results.",
            "description": introduction.INTRODUCTION,
            "license": {"name": "MIT", "identifier": "MIT"},
            "x-profile": DEFAULT_PROFILE,
        },
        "servers": [HERE, {"url": "https://api.piapi.ai", "description": "The service itself."}],
        "security": [{SECURITY: []}],
        "tags": introduction.tags(),
        "paths": _paths(),
        "webhooks": {"taskEnded": {"post": WEBHOOK}},
        "components": {
            "securitySchemes": {
                SECURITY: {
                    "type": "apiKey",
                    "in": "header",
                    "name": "X-API-Key",
                    "description": "The key of the account. To fakeseed any key is a world of its own.",
                }
            },
            "responses": error_responses.components(),
            "examples": error_responses.samples(),
            "schemas": schemas(),
        },
    }


def _paths() -> Json:
    paths: Json = {}
    for row in OPERATIONS:
        path = paths.setdefault(row.route.path, {})
        if row.route.path in HOSTS and not path:
            path["servers"] = [HERE, {"url": HOSTS[row.route.path], "description": "The service itself."}]
        path[row.route.method.lower()] = _operation(row)
    return paths


def _operation(row: Operation) -> Json:
    operation: Json = {
        "operationId": row.route.operation_id,
        "tags": [row.tag],
        "summary": row.summary,
        "description": row.description,
    }
    if row.open:
        operation["security"] = []
    if row.parameters:
        operation["parameters"] = list(row.parameters)
    if row.body:
        operation["requestBody"] = row.body
    return {**operation, "responses": _responses(row)}


def _responses(row: Operation) -> Json:
    answered = {str(response.status): _answered(response) for response in row.answers}
    for status, refusal in error_responses.responses(row.refusals).items():
        answered[status] = _both(answered[status], refusal) if status in answered else refusal
    if row.route.method == "HEAD":
        answered = {
            status: {k: v for k, v in response.items() if k != "content"} for status, response in answered.items()
        }
    return dict(sorted(answered.items()))


def _answered(answer: DocumentedResponse) -> Json:
    response: Json = {"description": answer.description, "x-behaviours": list(answer.behaviours)}
    if answer.headers:
        response["headers"] = answer.headers
    if answer.schema:
        shapes = [ref(name) for name in answer.schema.split("|")]
        schema = shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        response["content"] = {JSON: {"schema": schema, "examples": answer.examples}}
    elif answer.media:
        response["content"] = {**{media: {} for media in answer.media}, **ANY_BYTES}
    if answer.links:
        response["links"] = answer.links
    return response


def _both(answer: Json, refusal: Json) -> Json:
    """An answer and refusals that share a status."""
    success, failure = answer["content"][JSON], refusal["content"][JSON]
    return {
        "description": f"{refusal['description']}\n\n{answer['description']}",
        "x-behaviours": [*refusal["x-behaviours"], *answer["x-behaviours"]],
        "content": {
            JSON: {
                "schema": {"anyOf": [failure["schema"], success["schema"]]},
                "examples": {**failure["examples"], **success["examples"]},
            }
        },
    }


WEBHOOK: Json = {
    "operationId": "taskEnded",
    "tags": ["Tasks"],
    "summary": "A task has ended",
    "description": "Sent to `config.webhook_config.endpoint` of a task once it is `completed` or `failed`; a get shows "
    "the new status before. An attempt that gets no 2xx answer within 10 seconds is repeated 5 seconds later, three "
    "attempts in all, so the same message may come more than once.",
    "security": [],
    "parameters": [
        {
            "name": "x-webhook-secret",
            "in": "header",
            "description": "`config.webhook_config.secret`, verbatim, where one was given. It is no signature.",
            "schema": {"type": "string"},
            "example": "s3cret",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            JSON: {
                "schema": ref("WebhookMessage"),
                "examples": {
                    "completed": example("The video is there", told(COMPLETED)),
                    "failed": example("It was refused for its content", told(FAILED)),
                },
            }
        },
    },
    "responses": {
        "2XX": {
            "description": "Taken; it is not sent again.",
            "x-behaviours": ["webhook.events", "webhook.body", "webhook.secret-header", "webhook.after-state"],
        },
        "default": {"description": "Not taken; it is sent again.", "x-behaviours": ["webhook.retries"]},
    },
}


@cache
def as_json() -> bytes:
    """The document as JSON."""
    return msgspec.json.encode(_plain(document()))


def _plain(value: Any) -> Any:
    """Lists in place of tuples, so that every writer says the same."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
