"""Files that clients upload with ``POST /api/ephemeral_resource``."""

import binascii
from base64 import b64decode

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import EphemeralUpload
from fakeseed.model.media import MediaFacts
from fakeseed.model.plans import EPHEMERAL_UPLOAD_PLAN
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.times import HOUR
from fakeseed.world.tables import Upload
from fakeseed.world.world import World

MAX_BYTES = 10 * 1024 * 1024
MAX_NAME = 128
LIFE = 24 * HOUR
CONTENT_TYPES = {
    "jpg": ("image/jpeg", "image/jpg"),
    "jpeg": ("image/jpeg", "image/jpg"),
    "png": ("image/png",),
    "webp": ("image/webp",),
    "mp4": ("video/mp4",),
    "wav": ("audio/wav", "audio/x-wav", "audio/wave", "audio/vnd.wave"),
    "mp3": ("audio/mpeg", "audio/mp3"),
}
"""Extension -> the content types that a data URI may name for it; the first is the one that the file is served with."""
TYPES = tuple(CONTENT_TYPES)
KEPT_BYTES = 256 * 1024 * 1024
"""Bytes of uploads that one world keeps; the oldest go first. fakeseed's own limit, not the vendor's."""

UPLOAD_BEHAVIOURS = {
    "MAX_BYTES": "upload.size",
    "MAX_NAME": "upload.name-rule",
    "LIFE": "upload.life",
    "TYPES": "upload.types",
}


@implements("upload.data-uri-prefix", "upload.life")
def upload(world: World, request: EphemeralUpload, facts: MediaFacts | None = None) -> Upload | Refusal:
    """Keep a file for 24 hours, or refuse. ``facts`` are what a probe found in it."""
    name, dot, ending = (request.file_name or "").rpartition(".")
    if not (name and dot and ending) or len(request.file_name or "") > MAX_NAME:
        return refuse("upload-name")
    if world.plan.rank < EPHEMERAL_UPLOAD_PLAN.rank:
        return refuse("upload-plan")
    if ending.lower() not in TYPES:
        return refuse("upload-type")
    head, encoded = parts(request.file_data or "")
    if head is not None and head.partition(";")[0].strip().lower() not in CONTENT_TYPES[ending.lower()]:
        return refuse("upload-data-type")
    data = decoded(encoded)
    if not data:
        return refuse("upload-data")
    if len(data) > MAX_BYTES:
        return refuse("upload-size")
    return _keep(world, ending.lower(), data, facts)


def parts(text: str) -> tuple[str | None, str]:
    """The head of a data URI, None without one, and what is encoded."""
    head, comma, tail = text.partition(",")
    return (head.removeprefix("data:"), tail) if comma and head.startswith("data:") else (None, text)


def decoded(encoded: str) -> bytes | None:
    """What base64 stands for; None when it is none."""
    if len(encoded) % 4:  # too much padding, which Python took until 3.12
        return None
    try:
        return b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        return None


def _keep(world: World, ending: str, data: bytes, facts: MediaFacts | None) -> Upload:
    uploads = world.tables.uploads
    upload = Upload(
        world.chance.file_id(f"upload {world.next_number()}"), ending, data, world.now, world.now + LIFE, facts
    )
    uploads.add(upload)
    world.schedule(upload.until, "upload.expire", upload.file_id)
    while uploads.total_bytes > KEPT_BYTES and (oldest := uploads.oldest()) and oldest is not upload:
        expire(world, oldest.file_id)
        world.timeline.cancel("upload.expire", oldest.file_id)
    return upload


def expire(world: World, file_id: str) -> None:
    """A file's time is up."""
    world.tables.uploads.remove(file_id)
