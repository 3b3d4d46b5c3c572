"""Refusals in the document: each with its exact body, its behaviour, and what it hangs on."""

from typing import Any

import msgspec

from fakeseed.model.admission import (
    MAX_AUDIO_SECONDS,
    MAX_AUDIOS,
    MAX_IMAGES,
    MAX_PROMPT,
    MAX_VIDEO_SECONDS,
    MODES,
    RETENTION_HOURS,
)
from fakeseed.model.asset import MAX_BATCH
from fakeseed.model.parent_tasks import DRAFT_RESOLUTION
from fakeseed.model.plans import DEFAULT_PLAN, PLANS
from fakeseed.model.refusals import REFUSALS, Refusal, refuse
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.task_draft import OMNI_TASKS
from fakeseed.model.task_types import RATIOS, TASK_TYPES, offered
from fakeseed.openapi.operation import JSON, TEXT, Json, ref
from fakeseed.openapi.samples import ASSET_ID
from fakeseed.openapi.text_patterns import PROFILE
from fakeseed.piapi.dispatch import MAX_BODY
from fakeseed.piapi.responses import refusal_response
from fakeseed.piapi.wire import TaskView

_LIMIT = PLANS[DEFAULT_PLAN].managed_limit
_STRICT = {"task_type": "seedance-2", "instead": "seedance-2-less-restriction"}
_PICTURE_0 = {"field": "image_urls", "index": 0}

DETAILS: dict[str, Json] = {
    "body-invalid": {"reason": "Expected `str | null`, got `int` - at `$.url`"},
    "body-too-large": {"limit": MAX_BODY},
    "query-invalid": {"name": "page", "rule": "a whole number from 1"},
    "plan-without-assets": {"plan": "free"},
    "quota-full": {"used": _LIMIT, "limit": _LIMIT},
    "url-invalid": {"url": "ftp://cdn.example/person.jpg"},
    "type-invalid": {"got": "image"},
    "type-unknown": {"url": "https://cdn.example/person"},
    "batch-too-large": {"count": MAX_BATCH + 1, "limit": MAX_BATCH},
    "task-body-invalid": {"reason": "Expected `int | null`, got `str` - at `$.input.duration`"},
    "model-unknown": {"got": repr("kling")},
    "task-type-unknown": {"got": repr("seedance2"), "hint": did_you_mean("seedance2", offered(PROFILE.price_period))},
    "prompt-too-long": {"count": MAX_PROMPT + 1, "limit": MAX_PROMPT},
    "mode-unknown": {"got": repr("frames"), "allowed": ", ".join(MODES)},
    "mode-frames-images": {"count": 3},
    "too-many-images": {"count": MAX_IMAGES + 1, "limit": MAX_IMAGES},
    "too-many-videos": {"count": PROFILE.max_videos + 1, "limit": PROFILE.max_videos},
    "too-many-audios": {"count": MAX_AUDIOS + 1, "limit": MAX_AUDIOS},
    "too-many-references": {"count": PROFILE.max_references + 1, "limit": PROFILE.max_references},
    "duration-invalid": {
        "least": TASK_TYPES["seedance-2"].durations.least,
        "most": TASK_TYPES["seedance-2"].durations.most,
        "got": 3,
    },
    "ratio-invalid": {"allowed": ", ".join(RATIOS), "got": repr("2:1")},
    "resolution-invalid": {"task_type": "seedance-2-fast", "allowed": "480p, 720p", "got": repr("1080p")},
    "reference-url-invalid": _PICTURE_0,
    "reference-suffix": {"field": "video_urls", "index": 0, "allowed": ".mp4 or .mov", "got": ".webm"},
    "videos-too-long": {"seconds": "22.0", "limit": MAX_VIDEO_SECONDS},
    "audio-too-long": {"field": "audio_urls", "index": 0, "seconds": "16.0", "limit": MAX_AUDIO_SECONDS},
    "omni-task-unknown": {"allowed": ", ".join(OMNI_TASKS), "got": repr("replace")},
    "earlier-task-missing": {"field": "draft_task_id", "task_id": "07ed43de-465d-43b1-b62c-44249b14d818"},
    "earlier-task-not-completed": {"field": "draft_task_id", "state": "processing"},
    "draft-unfit": {"task_type": "seedance-2.5", "resolution": DRAFT_RESOLUTION},
    "asset-on-strict": _STRICT,
    "auto-upload-on-strict": _STRICT,
    "auto-upload-data-uri": _PICTURE_0,
    "retention-invalid": {"least": RETENTION_HOURS[0], "most": RETENTION_HOURS[1]},
    "asset-missing": {"asset_id": ASSET_ID},
    "asset-not-active": {"asset_id": ASSET_ID, "state": "Processing"},
    "asset-wrong-type": {"wanted": "an image"},
    "too-many-active": {"count": PLANS[DEFAULT_PLAN].concurrency},
    "cancel-too-late": {"state": "processing"},
    "mini-media": {"task_type": "seedance-2-mini"},
}
"""What a refusal's message is filled in with, in the sample of it."""

STATUSES = {
    "auto-upload-on-strict": PROFILE.strict_auto_upload_status,
    "no-credits": PROFILE.insufficient_credits_status,
}
"""Statuses that the profile decides."""

OF_STATE = frozenset(
    {
        *("key-missing", "key-invalid", "path-unknown", "plan-without-assets", "quota-full", "asset-unknown"),
        *("asset-missing", "asset-not-active", "asset-wrong-type", "ephemeral-cap"),
        *("videos-too-long", "audio-too-long"),
        *("earlier-task-missing", "earlier-task-not-completed", "draft-unfit"),
        *("too-many-active", "no-credits", "task-unknown", "cancel-too-late", "upload-plan"),
    }
)
"""Refusals that hang on what is there, not on the request alone: the same request may be taken at another time."""

DOOR = ("key-missing", "key-invalid", "body-too-large")
"""What every endpoint that needs a key can refuse."""
OF_TASKS = tuple(name for name, row in REFUSALS.items() if row.shape == "task")

WORDS = {
    400: "Refused: the request is wrong",
    401: "Refused: the key",
    402: "Refused: the credits",
    403: "Refused: the plan",
    404: "There is no such thing",
    413: "Refused: the body is too large",
    422: "Refused: the task type",
    429: "Refused: a limit is reached",
}
SCHEMAS = {"plain": "ErrorAnswer", "bare": "BareErrorAnswer", "task": "RefusedTaskAnswer"}


def made(name: str) -> Refusal:
    """A refusal as it could be answered."""
    return refuse(name, status=STATUSES.get(name), **DETAILS.get(name, {}))


def body(name: str) -> Any:
    """The exact body of a refusal's sample: text, or decoded JSON."""
    view = TaskView(model="seedance", task_type="seedance-2", input=msgspec.Raw(b'{"prompt":"a corgi"}'))
    response = refusal_response(made(name), view if REFUSALS[name].shape == "task" else None)
    return response.body.decode() if REFUSALS[name].shape == "text" else msgspec.json.decode(response.body)


def samples() -> dict[str, Json]:
    """Every refusal as an example of the document, by name."""
    return {
        name: {
            "summary": row.message if len(row.message) < 90 else row.message[:87] + "...",
            "value": body(name),
            "x-behaviour": row.behaviour,
            "x-message": row.message,
            "x-depends-on": "state" if name in OF_STATE else "request",
        }
        for name, row in REFUSALS.items()
    }


def by_status(names: tuple[str, ...]) -> dict[int, list[str]]:
    """The refusals of an operation by the status that they answer."""
    names_by_status: dict[int, list[str]] = {}
    for name in names:
        names_by_status.setdefault(made(name).status, []).append(name)
    return dict(sorted(names_by_status.items()))


def response(status: int, names: list[str]) -> Json:
    """The answer of one status, with every refusal that gives it."""
    items = [f"- `{REFUSALS[name].behaviour}`: {REFUSALS[name].message}" for name in names]
    documented: Json = {
        "description": f"{WORDS[status]}.\n\n" + "\n".join(items),
        "x-behaviours": list(dict.fromkeys(REFUSALS[name].behaviour for name in names)),
        "content": {},
    }
    for name in names:
        shape = REFUSALS[name].shape
        media = TEXT if shape == "text" else JSON
        schema = {"type": "string", "const": REFUSALS[name].message} if shape == "text" else ref(SCHEMAS[shape])
        content = documented["content"].setdefault(media, {"schema": schema, "examples": {}})
        content["examples"][name] = ref(name, "examples")
    return documented


SHARED: dict[str, tuple[str, ...]] = {
    "KeyRefused": ("key-missing", "key-invalid"),
    "BodyTooLarge": ("body-too-large",),
}
"""Answers that many operations share, by the component's name."""


def responses(names: tuple[str, ...]) -> dict[str, Json]:
    """The answers of an operation that refuse, by status."""
    shared = {refusals: name for name, refusals in SHARED.items()}
    return {
        str(status): ref(shared[tuple(status_names)], "responses")
        if tuple(status_names) in shared
        else response(status, status_names)
        for status, status_names in by_status(names).items()
    }


def components() -> dict[str, Json]:
    """Shared answers by name."""
    return {name: response(made(names[0]).status, list(names)) for name, names in SHARED.items()}
