"""What may be asked: the types that check requests, with the rules that the model's tables add.

A schema here lets through exactly what the service takes, but for what hangs on the account's state.
"""

from fakeseed.model.asset import MAX_BATCH
from fakeseed.model.inputs import (
    AssetBatch,
    AssetUpload,
    CreateTask,
    EphemeralUpload,
    TaskConfig,
    TaskInput,
    WebhookConfig,
)
from fakeseed.model.media import KINDS, SUFFIXES
from fakeseed.openapi import inputs
from fakeseed.openapi.operation import Json, ref
from fakeseed.openapi.text_patterns import AFTER_PATH, HTTP, TEXTS, ending, word
from fakeseed.openapi.type_schemas import of_requests
from fakeseed.world.uploads_service import MAX_NAME, TYPES

LISTS = ("assets", "items", "urls")
ENTRY: Json = {"anyOf": [{"type": "string"}, ref("AssetEntry")]}


def upload_schemas() -> dict[str, Json]:
    """What an upload sends."""
    every = [suffix for kind in KINDS for suffix in SUFFIXES[kind]]
    named = f"{HTTP}/[^?#]*{ending(every)}{AFTER_PATH}"
    return {
        "AssetUpload": {
            "description": "One asset. Its kind is said, or follows from the suffix of the URL's path.",
            "required": ["url"],
            "if": {"required": ["asset_type"], "properties": {"asset_type": {"enum": list(KINDS)}}},
            "else": {"properties": {"url": {"pattern": named}}},
        },
        "AssetEntry": {
            "type": "object",
            "description": "An entry of a batch. It is judged by itself, by the rules of `AssetUpload`: one that is "
            "refused does not keep the others from becoming assets.",
            "properties": {name: {"type": ["string", "null"]} for name in ("url", "asset_type", "name")},
        },
        "AssetEntries": {
            "type": "array",
            "description": "Upload objects or bare URLs, of which at least one has to be acceptable.",
            "minItems": 1,
            "maxItems": MAX_BATCH,
            "items": ENTRY,
            "contains": {"anyOf": [{"type": "string", "pattern": named, "format": "http-url"}, ref("AssetUpload")]},
        },
        "AssetBatch": {
            "description": "Several assets, as a list under one of three names; of two lists the first in the order "
            "`assets`, `items`, `urls` is read.",
            "anyOf": [
                {
                    "required": [name],
                    "properties": {name: ref("AssetEntries")}
                    | {earlier: {"type": "null"} for earlier in LISTS[:position]},
                }
                for position, name in enumerate(LISTS)
            ],
        },
    }


UPLOAD_BODY: Json = {
    "anyOf": [
        {
            "title": "One asset",
            "allOf": [ref("AssetUpload")],
            "properties": {name: {"type": "null"} for name in LISTS},
        },
        {"title": "Several, as an array", **ref("AssetEntries")},
        {"title": "Several, in an object", **ref("AssetBatch")},
    ]
}
"""The three forms that an upload's body can have."""

FIELDS: dict[str, Json] = {
    "AssetUpload": {
        "url": {**ref("HttpUrl"), "description": "Where the file is. It is fetched after the answer."},
        "asset_type": word("What it is; without it the URL's suffix decides.", KINDS),
        "name": {"description": "Shown in lists; without it the last path segment of the URL."},
    },
    "AssetBatch": {
        **{name: {"description": "Read only where there is no list."} for name in ("url", "asset_type", "name")},
        **{name: {"items": ENTRY} for name in LISTS},
    },
    "EphemeralUpload": {
        "file_name": {
            "type": "string",
            "maxLength": MAX_NAME,
            "pattern": f"^[\\s\\S]+{ending(TYPES)}$",
            "description": f"Its extension says what it is: {', '.join(TYPES)}.",
            "examples": ["person.jpg"],
        },
        "file_data": {
            "type": "string",
            "pattern": "^(data:[^,]*,)?([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$",
            "description": "The file in base64, with or without the head of a data URI; at most 10 MB.",
            "examples": ["iVBORw0KGgo="],
        },
    },
}
"""What fields of requests hold, by type and field."""

SHAPES = (AssetUpload, AssetBatch, CreateTask, TaskInput, TaskConfig, WebhookConfig, EphemeralUpload)


def requests() -> dict[str, Json]:
    """Schemas of all requests by name."""
    schemas = of_requests(SHAPES, {**FIELDS, **inputs.FIELDS})
    uploads = upload_schemas()
    schemas["AssetUpload"] |= uploads["AssetUpload"]
    schemas["AssetBatch"] |= uploads["AssetBatch"]
    schemas |= {name: uploads[name] for name in ("AssetEntry", "AssetEntries")}
    schemas |= inputs.create_schemas(schemas.pop("CreateTask"))
    schemas["TaskInput"] |= inputs.INPUT_RULES
    schemas["EphemeralUpload"]["required"] = ["file_name", "file_data"]
    return {**schemas, **TEXTS}
