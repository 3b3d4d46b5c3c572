"""What fields of answers hold: words, formats and bounds that their types do not say."""

from fakeseed.model.admission import MODEL
from fakeseed.model.asset import STATUSES
from fakeseed.model.lifecycle import TASK
from fakeseed.model.media import FAILURES, KINDS
from fakeseed.model.plans import PLANS
from fakeseed.model.profiles import DEFAULT_PROFILE, PROFILES
from fakeseed.model.refusals import CONTENT_POLICY, GENERIC, NO_CREDITS
from fakeseed.model.routes import OUTPUT_PATH
from fakeseed.model.task import ENDED
from fakeseed.model.task_types import TASK_TYPES
from fakeseed.model.times import ZERO_TIME
from fakeseed.openapi.operation import Json
from fakeseed.world.uploads_service import TYPES

ASSET_ID = "^asset-[0-9]{14}-[a-z0-9]{5}$"
UUID = "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
FILE_NAME = f"^{UUID}\\.({'|'.join(TYPES)})$"
PERIOD = PROFILES[DEFAULT_PROFILE].price_period

FRACTION = "([.][0-9]{1,9})?"

COUNT: Json = {"minimum": 0}
POINTS: Json = {"minimum": 0}


def text(description: str, *samples: str, **keywords: object) -> Json:
    """A field of text."""
    return {"description": description, **({"examples": list(samples)} if samples else {}), **keywords}


def moment(description: str, pattern: str = "") -> Json:
    """A time in whole seconds, UTC."""
    whole = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    return {"description": description, "format": "date-time", "pattern": f"{whole}{pattern}Z$"}


def one_of(description: str, choices: list[str] | tuple[str, ...]) -> Json:
    """A field that holds one of a table's words."""
    return {"description": description, "enum": list(choices)}


def number(description: str, **keywords: object) -> Json:
    """A field that holds a number."""
    return {"description": description, **keywords}


ASSET_FIELDS: Json = {
    "asset_id": text(
        "Its id; `asset://` and this is how tasks name it.", "asset-20260607154123-6nxk8", pattern=ASSET_ID
    ),
    "upload_at": moment("When it was uploaded."),
    "expires_at": moment("When it is purged, unless it is listed, fetched or used before."),
}

FIELDS: dict[str, Json] = {
    "UploadedAsset": {
        **ASSET_FIELDS,
        "status": one_of("Always `Processing`: the source is fetched afterwards.", STATUSES[:1]),
    },
    "Asset": {
        **ASSET_FIELDS,
        "name": text("As given, or the last path segment of the URL.", "main-character"),
        "asset_type": one_of("What kind of media it is.", KINDS),
        "url": text("Where it came from.", "https://cdn.example/person.jpg"),
        "status": one_of("`Active` can be used in tasks, `Processing` not yet, `Failed` never.", STATUSES),
        "last_used_at": moment("When it was last listed, fetched by id, or used in a task."),
        "error": {"description": "Only where the status is `Failed`."},
    },
    "AssetError": {
        "code": text("Why, as a word.", *dict.fromkeys(row.code for row in FAILURES.values())),
        "message": text("Why, in words."),
    },
    "BatchAnswer": {
        "total": number("Entries received.", **COUNT),
        "success": number("Entries that became assets.", **COUNT),
        "failed": number("Entries that were refused.", **COUNT),
        "results": {"description": "One for each entry, in the order of the request."},
    },
    "BatchResult": {
        "asset_id": ASSET_FIELDS["asset_id"],
        "status": one_of("Of an accepted entry.", STATUSES[:1]),
        "url": text("Of a refused entry: what it asked for."),
        "error": text("Of a refused entry: why."),
    },
    "Quota": {
        "used": number("Managed assets that are `Processing` or `Active`.", **COUNT),
        "limit": number("Managed assets that the plan holds.", **COUNT),
    },
    "AssetList": {
        "items": {"description": "The asset uploaded last comes first."},
        "total": number("Assets that the filter lets through, on all pages.", **COUNT),
        "page": number("The page that this is.", minimum=1),
        "size": number("Assets on a full page.", minimum=1, maximum=100),
    },
    "Task": {
        "task_id": text("Its id.", pattern=f"^{UUID}$"),
        "model": {"description": "Always the same.", "const": MODEL},
        "task_type": one_of("The type that runs; deprecated names are shown as what they run as.", list(TASK_TYPES)),
        "status": one_of("Where it stands. `completed` and `failed` are final.", TASK.states),
        "config": {"description": "As it was sent, with empty texts for what was not."},
        "input": {
            "title": "StoredInput",
            "type": "object",
            "description": "As it was sent, unknown fields included. `@image1` in the prompt has become `Image 1`, and "
            "with `auto_upload_assets` raw URLs have become `asset://` URIs.",
            "additionalProperties": True,
        },
        "output": {"description": "What it made; null until it is `completed`."},
        "detail": {"description": "Always null."},
        "logs": text(
            "Lines that the service wrote on the way: inferred mode, converted references, refusals, refunds."
        ),
    },
    "Config": {"service_mode": text("Pay as you go, or an account hosted by PiAPI; changes nothing here.", "public")},
    "Webhook": {
        "endpoint": text("Where the end of the task is told.", "https://client.example/hooks/piapi"),
        "secret": text("Sent along verbatim in the header `x-webhook-secret`."),
    },
    "Meta": {
        "created_at": moment("With up to nanoseconds.", FRACTION),
        "started_at": moment(f"`{ZERO_TIME}` until it starts.", FRACTION),
        "ended_at": moment(f"`{ZERO_TIME}` until it ends.", FRACTION),
        "is_using_private_pool": {"description": "Always false.", "const": False},
    },
    "Usage": {
        "type": one_of("`point` where points are frozen or consumed.", ["point", "llm"]),
        "frozen": number("Points set aside while the task is active.", **POINTS),
        "consume": number("Points that the completed task has cost.", **POINTS),
    },
    "TaskError": {
        "code": {
            "description": f"0: none, {GENERIC}: general, {NO_CREDITS}: not enough credits, {CONTENT_POLICY}: content.",
            "enum": [0, GENERIC, NO_CREDITS, CONTENT_POLICY],
        },
        "raw_message": text("Why a reference could not be used; else empty."),
        "message": text("Why it failed.", "Your content violated community guidelines."),
        "detail": {"description": "Always null."},
    },
    "Output": {
        "video": text(
            "Where the video is; no key is needed, and it lives for 24 hours.",
            f"https://img.theapi.app{OUTPUT_PATH}/5f3a9c1e-7b20-4d68-9c41-0a2b3c4d5e6f.mp4",
            format="uri",
            pattern=f"^https?://[^/]+.*/{UUID}\\.mp4$",
        )
    },
    "TaskAnswer": {"code": {"const": 200}, "message": {"const": "success"}},
    "TimedTaskAnswer": {
        "timestamp": number("When this was answered, in Unix seconds.", minimum=0),
        "code": {"const": 200},
        "message": {"const": "success"},
    },
    "WebhookMessage": {
        "timestamp": number("When this attempt was made, in Unix seconds; tells repeated messages apart.", minimum=0),
        "data": {"description": "The task, as a get shows it.", "properties": {"status": {"enum": sorted(ENDED)}}},
    },
    "ErrorAnswer": {
        "code": number("The HTTP status again.", minimum=400, maximum=499),
        "message": text("What is wrong.", "asset not found"),
        "data": {"description": "Always null."},
    },
    "BareErrorAnswer": {
        "code": number("The HTTP status again.", minimum=400, maximum=499),
        "message": text("What is wrong.", "Invalid request parameters"),
    },
    "AccountAnswer": {"code": {"const": 200}, "message": {"const": "success"}},
    "Account": {
        "name": text("A made-up name, the same for the same key."),
        "plan": one_of("What the account has booked.", list(PLANS)),
        "type": {"const": "payg"},
        "is_enable": {"const": True},
        "equivalent_in_usd": number("The available points in US dollars.", minimum=0),
        "max_concurrent_task_count": number("Tasks that may be pending or processing together.", **COUNT),
    },
    "CreditPack": {
        "available_credits": number("Points that tasks can be paid with.", **POINTS),
        "used_credits": number("Points that completed tasks have cost.", **POINTS),
        "total_credits": number("Points ever granted: available, used and frozen together.", **POINTS),
        "frozen_credits": number("Points set aside for active tasks.", **POINTS),
        "expired_credits": {"const": 0},
        "inactive_credits": {"const": 0},
    },
    "ActiveAnswer": {
        "code": {"const": 200},
        "message": {"const": "success"},
        "data": {"description": "By provider.", "required": ["seedance"]},
    },
    "ActiveTasks": {
        "staged_count": {"description": "Always 0: only another model stages tasks.", "const": 0},
        "pending_count": number("Tasks that wait.", **COUNT),
        "processing_count": number("Tasks that run.", **COUNT),
        "active_tasks": {"description": "Both, oldest first."},
    },
    "HistoryAnswer": {"code": {"const": 200}, "message": {"const": "success"}},
    "HistoryPage": {
        "total": number("Ended tasks that the filters let through, on all pages.", **COUNT),
        "page": number("The page that this is.", minimum=1),
        "size": number("Tasks on a full page.", minimum=1, maximum=100),
        "data": {"description": "The task that ended last comes first."},
    },
    "HistoryEntry": {
        "task_id": text("Its id.", pattern=f"^{UUID}$"),
        "created_at": moment("When it was created."),
        "updated_at": moment("When it ended."),
        "usage_type": {"description": "Always the same.", "const": "point"},
        "fixed": {"description": "Always false.", "const": False},
        "action": one_of("Its task type.", list(TASK_TYPES)),
        "task_model": {"const": MODEL},
        "status": one_of("How it ended; in other words than elsewhere.", ["finished", "failed"]),
        "usage": number("Points that it has cost.", **POINTS),
    },
    "HistoryDetail": {"output": {"description": "Where its video is; null where it failed."}},
    "UploadAnswer": {"code": {"const": 200}, "message": {"const": "success"}},
    "UploadedFile": {
        "url": text(
            "Where the file is for 24 hours; no key is needed.",
            "https://img.theapi.app/ephemeral/5f3a9c1e-7b20-4d68-9c41-0a2b3c4d5e6f.jpg",
            format="uri",
        )
    },
}
"""What fields hold, by schema and field."""
