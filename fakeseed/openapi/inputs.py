"""What a create may ask: the bodies by task type, and the rules between the fields of an input."""

from fakeseed.model.admission import MAX_AUDIOS, MAX_IMAGES, MAX_PROMPT, MODEL, MODES, RETENTION_HOURS
from fakeseed.model.parent_tasks import DRAFT_RESOLUTION, FINAL_RESOLUTION
from fakeseed.model.references import FIELDS as REFERENCES
from fakeseed.model.task_draft import ADAPTIVE, AS_LONG, OMNI_TASKS
from fakeseed.model.task_types import (
    DEFAULT_RATIO,
    PRICES,
    RATIOS,
    REDIRECTED,
    RESOLUTIONS,
    TASK_TYPES,
    TaskType,
    offered,
)
from fakeseed.openapi.operation import Json, ref
from fakeseed.openapi.text_patterns import ABSENT, BLANKS, PROFILE, TEXTS, word


def _filled(field: str) -> Json:
    """An object whose list of that name has entries."""
    return {"required": [field], "properties": {field: {"type": "array", "minItems": 1}}}


def _empty(*fields: str) -> Json:
    return {field: {"maxItems": 0} for field in fields}


def _mode(name: str) -> Json:
    return {"mode": {"enum": [name, *ABSENT]}}


ARRAYS = tuple(field for field, _ in REFERENCES)
PICTURES, *OTHERS = ARRAYS
SIX_RATIOS: Json = {"aspect_ratio": {"enum": [*RATIOS, *ABSENT]}}
ADAPTIVE_TOO: Json = {"aspect_ratio": {"enum": [*RATIOS, ADAPTIVE, *ABSENT]}}

TEXT_TO_VIDEO: Json = {
    "description": "Mode `text_to_video`, asked for or inferred: no references.",
    "properties": {**_mode("text_to_video"), **SIX_RATIOS, **_empty(*ARRAYS)},
}
FRAMES: Json = {
    "description": "Mode `first_last_frames`, asked for or inferred: one or two pictures and nothing else. They decide "
    "the ratio, so any passes.",
    "required": [PICTURES],
    "properties": {
        PICTURES: {"type": "array", "minItems": 1, "maxItems": 2},
        **_mode("first_last_frames"),
        **_empty(*OTHERS),
    },
}
OMNI_REFERENCE: Json = {
    "description": "Mode `omni_reference`, asked for or inferred: at least one picture or video. At most "
    f"{PROFILE.max_references} references together.",
    "properties": {**_mode("omni_reference"), **ADAPTIVE_TOO},
    "anyOf": [_filled(PICTURES), _filled(OTHERS[0])],
}
MODE_RULE: Json = {"if": TEXT_TO_VIDEO, "else": {"if": FRAMES, "else": OMNI_REFERENCE}}
"""An input without a mode has to fit one of the three. Said with ``if``, which leaves the input one type with all its
fields for those who make code of the document; ``anyOf`` would make three types of it."""

NOT_ADAPTIVE: Json = {
    "if": {"required": ["aspect_ratio"], "properties": {"aspect_ratio": {"const": ADAPTIVE}}},
    "then": FRAMES,
}

AUTO_UPLOAD: Json = {
    "description": "With `auto_upload_assets` there are no data URIs, and the hours have to be in their range.",
    "if": {"required": ["auto_upload_assets"], "properties": {"auto_upload_assets": {"const": True}}},
    "then": {
        "properties": {
            **{field: {"items": {"not": ref("DataUri")}} for field in ARRAYS},
            "asset_retention_hours": {
                "type": ["integer", "null"],
                "minimum": RETENTION_HOURS[0],
                "maximum": RETENTION_HOURS[1],
            },
        }
    },
}


def _row(name: str) -> TaskType:
    return TASK_TYPES[REDIRECTED.get(name, name)]


def _limits(name: str) -> Json:
    """What a task type's input may hold."""
    row = _row(name)
    length: Json = {"minimum": row.durations.least, "maximum": row.durations.most}
    fields: Json = {"resolution": {"enum": [*PRICES[PROFILE.price_period][row.name], *ABSENT]}}
    if row.strict:
        fields |= {field: {"items": {"not": {"pattern": "^asset://"}}} for field in ARRAYS}
        fields["auto_upload_assets"] = {"enum": [False, None]}
    if row.has_extras:
        fields["omni_reference_task_type"] = {"enum": [*OMNI_TASKS, *ABSENT]}
        return {"properties": fields, **_unless_named("draft_task_id"), "allOf": _omni_rules(length)}
    fields["duration"] = length
    prompt = _unless_named("parent_task_id") if name in REDIRECTED else {"required": ["prompt"]}
    return {"properties": fields, **prompt, "allOf": [NOT_ADAPTIVE]}


def _unless_named(field: str) -> Json:
    """A prompt is required, or an earlier task that says it."""
    named = {"required": [field], "properties": {field: {"type": "string", "minLength": 1}}}
    return {"if": named, "else": {"required": ["prompt"]}}


def _omni_rules(length: Json) -> list[Json]:
    """Edit may be as long as its input, edit and extend may have its ratio."""

    def where(values: list[str], schema: Json, otherwise: Json) -> Json:
        omni = {"required": ["omni_reference_task_type"], "properties": {"omni_reference_task_type": {"enum": values}}}
        return {"if": omni, "then": schema, "else": otherwise}

    adaptive = [name for name, takes_ratio in OMNI_TASKS.items() if takes_ratio]
    as_long = {"properties": {"duration": {"anyOf": [length, {"const": AS_LONG}]}}}
    return [
        where(["edit"], as_long, {"properties": {"duration": length}}),
        where(adaptive, {}, NOT_ADAPTIVE),
    ]


def _variants() -> dict[str, list[str]]:
    """Task types that take the same, by the name of what they take."""
    groups: list[tuple[Json, list[str]]] = []
    for name in offered(PROFILE.price_period):
        limits = _limits(name) if _row(name).generates else {}
        alike = next((names for group_limits, names in groups if group_limits == limits), None)
        if alike is None:
            groups.append((limits, alike := []))
        alike.append(name)
    return {_pascal(names[0]): names for _, names in groups}


def _pascal(name: str) -> str:
    return "".join(part.capitalize() for part in name.replace(".", "").split("-"))


VARIANTS = _variants()


def _variant(names: list[str], config: Json) -> Json:
    """The body of a create for task types that take the same."""
    row = _row(names[0])
    resolutions = ", ".join(PRICES[PROFILE.price_period].get(row.name, ()))
    takes = "neither asset:// nor auto-upload" if row.strict else "asset:// and auto-upload"
    description = f"{row.durations.least} to {row.durations.most} s at {resolutions}; {takes}."
    limits = _limits(names[0]) if row.generates else {}
    schema = {**ref("TaskInput"), **limits} if limits else ref("WatermarkInput")
    return {
        "type": "object",
        "description": description if row.generates else "Takes the watermark off a video, free of charge.",
        "required": ["model", "task_type", "input"],
        "properties": {
            "model": {"const": MODEL, "description": "Always the same."},
            "task_type": {"enum": names, "description": "What makes the video."},
            "input": schema,
            "config": config,
        },
    }


WATERMARK_INPUT: Json = {
    "type": "object",
    "description": "Fields of other inputs are not used here, but have to be of their types.",
    "required": ["video_url"],
    "properties": {"video_url": {**ref("HttpUrl"), "description": "The video to change."}},
}


def create_schemas(create: Json) -> dict[str, Json]:
    """The bodies of a create by name; ``create`` is the schema of the type that checks all of them."""
    config = {**create["properties"]["config"], "description": "Who pays, and who is told."}
    bodies = {variant: _variant(names, config) for variant, names in VARIANTS.items()}
    return {**bodies, "WatermarkInput": WATERMARK_INPUT}


INPUT_RULES: Json = {
    "description": "What is asked for. It has to fit one of three modes, and the limits of the task type.",
    "allOf": [MODE_RULE, AUTO_UPLOAD],
}
"""What holds between the fields of an input, whatever the task type."""

TASK_BODY: Json = {
    "oneOf": [ref(variant) for variant in VARIANTS],
    "discriminator": {
        "propertyName": "task_type",
        "mapping": {name: ref(variant)["$ref"] for variant, names in VARIANTS.items() for name in names},
    },
}
"""The body of a create."""


def _references(kind: str, most: int) -> Json:
    raw = ref(f"{kind}Url") if f"{kind}Url" in TEXTS else ref("HttpUrl")
    return {
        "maxItems": most,
        "items": {"anyOf": [ref("AssetUri"), raw, ref("DataUri")]},
        "description": f"{kind} 1, {kind} 2 ... of the prompt, in this order; at most {most}.",
    }


FIELDS: dict[str, Json] = {
    "WebhookConfig": {
        "endpoint": {"description": "Told of the task's end.", "examples": ["https://client.example/hooks/piapi"]},
        "secret": {"description": "Sent along verbatim in the header `x-webhook-secret`.", "examples": ["s3cret"]},
    },
    "TaskConfig": {
        "service_mode": {
            "description": "`public`: pay as you go, `private`: an account hosted by PiAPI. Echoed.",
            "examples": ["public"],
        },
    },
    "TaskInput": {
        "prompt": {
            "type": "string",
            "pattern": f"[^{BLANKS}]",
            "maxLength": MAX_PROMPT,
            "description": "What to show; not blanks alone. `@image1` or `Image 1` names the first of `image_urls`, "
            "and so on.",
            "examples": ["Image 1 walks through a night market, slow push in"],
        },
        "mode": word("How references are used; without it they decide themselves.", MODES),
        "duration": {"description": "Seconds of the video.", "default": 5, "examples": [5, 10]},
        "aspect_ratio": {
            "description": f"{', '.join(RATIOS)}. Frames and, on 2.5, the first picture go before it.",
            "default": DEFAULT_RATIO,
            "examples": [*RATIOS],
        },
        "resolution": word("Which there are and which holds without it depends on the type.", RESOLUTIONS),
        "image_urls": _references("Image", MAX_IMAGES),
        "video_urls": _references("Video", PROFILE.max_videos),
        "audio_urls": _references("Audio", MAX_AUDIOS),
        "audio": {"description": "Whether the video has a soundtrack.", "default": True},
        "auto_upload_assets": {
            "description": "Make an ephemeral asset of every raw URL, for this task only. Less-restriction types only.",
            "default": PROFILE.auto_upload_default,
        },
        "asset_retention_hours": {
            "description": f"How long ephemeral assets stay: a whole number from {RETENTION_HOURS[0]} to "
            f"{RETENTION_HOURS[1]}. Not looked at unless `auto_upload_assets` is true.",
            "default": PROFILE.retention_default_hours,
            "examples": [PROFILE.retention_default_hours],
        },
        "video_url": {"description": "Used by `remove-watermark` only."},
        "draft_task_id": {
            "description": f"On 2.5: a completed {DRAFT_RESOLUTION} task of the same type, which is made again at "
            f"{FINAL_RESOLUTION}; everything else comes from it. Elsewhere it changes nothing."
        },
        "parent_task_id": {
            "description": "On the deprecated preview names: a completed task whose prompt, length and ratio hold "
            "where none are given. Elsewhere it changes nothing."
        },
        "omni_reference_task_type": {
            "description": f"On 2.5: what is done with the references. With `edit` or `extend` the ratio may be "
            f"`{ADAPTIVE}`, with `edit` the duration {AS_LONG}: as the input is. Elsewhere it changes nothing.",
            "examples": list(OMNI_TASKS),
        },
    },
}
"""What fields of a create hold, by type and field."""
