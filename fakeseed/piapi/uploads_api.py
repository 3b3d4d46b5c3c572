"""``POST /api/ephemeral_resource``: a file goes in as base64, a URL comes back."""

import msgspec

from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import EphemeralUpload
from fakeseed.model.media import MediaFacts
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.routes import OUTPUT_PATH
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import BodyError, read_body
from fakeseed.piapi.responses import Response, json_response, refusal_response
from fakeseed.world import uploads_service
from fakeseed.world.world import World


class UploadedFile(msgspec.Struct, frozen=True):
    """Where an uploaded file is."""

    url: str


class UploadEnvelope(msgspec.Struct, frozen=True):
    """Answer to an upload."""

    code: int
    data: UploadedFile
    message: str


@implements("upload.answer")
def upload(world: World, call: ApiRequest) -> Response:
    """``POST /api/ephemeral_resource``."""
    try:
        order = read_body(call.body, EphemeralUpload)
    except BodyError:
        return refusal_response(refuse("upload-body"))
    upload_record = uploads_service.upload(
        world, order, call.prepared if isinstance(call.prepared, MediaFacts) else None
    )
    if isinstance(upload_record, Refusal):
        return refusal_response(upload_record)
    url = f"{call.base_url}{OUTPUT_PATH}/{upload_record.file_id}.{upload_record.suffix}"
    return json_response(UploadEnvelope(200, UploadedFile(url), "success"))
