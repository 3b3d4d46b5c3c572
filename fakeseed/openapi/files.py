"""Operations on files: uploads for a day, and what is behind the URLs in answers."""

from fakeseed.model.routes import ROUTES
from fakeseed.openapi.error_responses import DOOR
from fakeseed.openapi.fields import FILE_NAME
from fakeseed.openapi.operation import (
    JSON,
    DocumentedResponse,
    Json,
    Operation,
    example,
    header_parameter,
    link,
    path_parameter,
    ref,
    wire,
)
from fakeseed.openapi.samples import FILE, FILE_ID, KEPT
from fakeseed.openapi.tasks import DOWNLOAD
from fakeseed.piapi.files_api import CONTENT_TYPES

FILES = "Files"

UPLOAD = Operation(
    route=ROUTES["upload file"],
    tag=FILES,
    summary="Upload a file for 24 hours",
    description="A small file goes in as base64, a public URL comes back. The URL can be used wherever a URL is asked "
    "for: to upload an asset, or as a raw reference. Needs the plan `creator` or above.",
    body={"required": True, "content": {JSON: {"schema": ref("EphemeralUpload"), "examples": FILE}}},
    answers=(
        DocumentedResponse(
            status=200,
            description="Where the file is.",
            behaviours=("upload.answer", "upload.life", "upload.data-uri-prefix"),
            schema="UploadAnswer",
            examples={"kept": example("Kept for a day", wire(KEPT))},
            links={
                "DownloadFile": {
                    **DOWNLOAD,
                    "description": "`data.url` is the whole URL of the file; its last path segment is `name`.",
                    "x-parameters": {"name": {"from": "$response.body#/data/url", "pattern": "/ephemeral/([^/?#]+)$"}},
                },
                "UploadAsset": link(
                    "uploadAssets", "Make it an asset.", requestBody={"url": "$response.body#/data/url"}
                ),
            },
        ),
    ),
    refusals=(
        *DOOR,
        *("upload-body", "upload-name", "upload-plan", "upload-type"),
        *("upload-data", "upload-data-type", "upload-size"),
    ),
)

NAME = path_parameter(
    "name",
    "The last segment of the file's URL.",
    {"type": "string", "pattern": FILE_NAME},
    f"{FILE_ID}.mp4",
)
SAME = header_parameter("If-None-Match", "The ETag that is there already.", '"6f1e0c5b9a8d7e3f"')
RANGES = (
    header_parameter("Range", "One range of bytes; of several none is read.", "bytes=0-1023"),
    header_parameter("If-Range", "The ETag or date for which the range is meant.", '"6f1e0c5b9a8d7e3f"'),
)
VALIDATORS: Json = {
    "ETag": {"required": True, "description": "Of these bytes.", "schema": {"type": "string", "pattern": '^".+"$'}},
    "Last-Modified": {
        "required": True,
        "description": "When the task ended, or the file came.",
        "schema": {"type": "string"},
    },
    "Accept-Ranges": {"required": True, "description": "Always `bytes`.", "schema": {"const": "bytes"}},
}
MEDIA = tuple(dict.fromkeys(CONTENT_TYPES.values()))


def _file(
    status: int, description: str, media: tuple[str, ...] = (), behaviour_of_place: str = ""
) -> DocumentedResponse:
    """An answer with a file, or about one; ``behaviour_of_place`` is the pattern of its Content-Range."""
    span: Json = {
        "required": True,
        "description": "Which part.",
        "schema": {"type": "string", "pattern": behaviour_of_place},
    }
    return DocumentedResponse(
        status=status,
        description=description,
        behaviours=("output.range", "output.no-auth", "output.life"),
        media=media,
        headers={**VALIDATORS, **({"Content-Range": span} if behaviour_of_place else {})},
    )


DOWNLOAD_FILE = Operation(
    route=ROUTES["download file"],
    tag=FILES,
    summary="Download a video or an uploaded file",
    description="Whoever has the URL may download; no key is asked for. A video lives for 24 hours after its task was "
    "completed, an uploaded file for 24 hours. The service serves files from a host of their own: take URLs as they "
    "are answered.",
    open=True,
    parameters=(NAME, *RANGES, SAME),
    answers=(
        _file(200, "The whole file.", MEDIA),
        _file(206, "The range that was asked for.", MEDIA, "^bytes [0-9]+-[0-9]+/[0-9]+$"),
        _file(304, "The file is the one that is there already."),
        _file(416, "The range lies outside the file.", behaviour_of_place="^bytes [*]/[0-9]+$"),
    ),
    refusals=("path-unknown",),
)

PROBE_FILE = Operation(
    route=ROUTES["probe file"],
    tag=FILES,
    summary="See whether a file is there",
    description="As a download of the whole file, without the bytes.",
    open=True,
    parameters=(NAME, SAME),
    answers=(
        _file(200, "It is there; its size stands in Content-Length."),
        _file(304, "The file is the one that is there already."),
    ),
    refusals=("path-unknown",),
)

OPERATIONS = (UPLOAD, DOWNLOAD_FILE, PROBE_FILE)
