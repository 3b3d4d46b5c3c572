"""Operations on managed assets."""

from fakeseed.model.asset import MAX_BATCH
from fakeseed.model.routes import ROUTES
from fakeseed.openapi.error_responses import DOOR
from fakeseed.openapi.fields import ASSET_ID
from fakeseed.openapi.operation import (
    JSON,
    DocumentedResponse,
    Json,
    Operation,
    example,
    link,
    path_parameter,
    query_parameter,
    wire,
)
from fakeseed.openapi.request_schemas import UPLOAD_BODY
from fakeseed.openapi.samples import ASSET, BATCH, FAILED_ASSET, MANAGED, NONE_OF_BATCH, PAGE, UPLOADED, UPLOADS
from fakeseed.openapi.samples import ASSET_ID as SAMPLE
from fakeseed.openapi.text_patterns import PROFILE
from fakeseed.piapi.assets_api import DEFAULT_SIZE, MAX_SIZE
from fakeseed.piapi.parse import MAX_DIGITS

TAG = "Assets"
NUMBER: Json = {"type": "integer", "minimum": 1, "maximum": 10**MAX_DIGITS - 1}

ID = path_parameter("asset_id", "Id of an asset of this key.", {"type": "string", "pattern": ASSET_ID}, SAMPLE)


def use(array: str, pointer: str) -> Json:
    """A link to a create that uses an asset."""
    kind = array.removesuffix("_urls")
    inputs = {**MANAGED["input"], array: [f"asset://{{$response.body#{pointer}}}"]}
    body = {**MANAGED, "input": {"prompt": inputs["prompt"], array: inputs[array]}}
    body["input"] |= {} if array == "image_urls" else {"prompt": f"As in {kind.capitalize()} 1"}
    del body["config"]
    return link("createTask", f"Use it as {kind} reference, once it is `Active` and if it is one.", requestBody=body)


def links_to(pointer: str) -> Json:
    """Where an asset's id leads."""
    own = {"asset_id": f"$response.body#{pointer}"}
    return {
        "GetAsset": link("getAsset", "See whether it is `Active`.", own),
        "DeleteAsset": link("deleteAsset", "Free its place.", own),
        "UseAsImage": use("image_urls", pointer),
        "UseAsVideo": use("video_urls", pointer),
    }


UPLOAD = Operation(
    route=ROUTES["upload assets"],
    tag=TAG,
    summary="Upload one asset, or several",
    description="Registers a public URL as a reusable reference. The file is fetched after the answer: poll `getAsset` "
    "or `listAssets` until the status is `Active`; the URL has to stay reachable for that long. Uploading is free of "
    f"charge. The same URL twice makes two assets.\n\nA batch of up to {MAX_BATCH} is judged entry by entry, in order. "
    "It answers 400 only if no entry became an asset.",
    body={"required": True, "content": {JSON: {"schema": UPLOAD_BODY, "examples": UPLOADS}}},
    answers=(
        DocumentedResponse(
            status=PROFILE.upload_status,
            description="Accepted: the assets are there, as `Processing`.",
            behaviours=("asset.upload", "asset.upload-status", "asset.flat-body", "asset.batch-answer"),
            schema="UploadedAsset|BatchAnswer",
            examples={
                "one": example("One asset", wire(UPLOADED)),
                "several": example("Several, one of them refused", wire(BATCH)),
            },
            links={
                **links_to("/asset_id"),
                "GetFirstOfBatch": link(
                    "getAsset",
                    "See whether the first of a batch is `Active`.",
                    {"asset_id": "$response.body#/results/0/asset_id"},
                ),
                "ListAssets": link("listAssets", "See it among the others."),
            },
        ),
        DocumentedResponse(
            status=400,
            description="No entry of the batch became an asset.",
            behaviours=("asset.batch-status",),
            schema="BatchAnswer",
            examples={"none-of-batch": example("No entry was accepted", wire(NONE_OF_BATCH))},
        ),
    ),
    refusals=(
        *DOOR,
        *("body-invalid", "plan-without-assets", "quota-full", "url-missing", "url-invalid", "type-invalid"),
        *("type-unknown", "batch-empty", "batch-too-large"),
    ),
)

LIST = Operation(
    route=ROUTES["list assets"],
    tag=TAG,
    summary="List managed assets",
    description="One page of managed assets, the last uploaded first, with the quota. Every asset on the page that is "
    "not `Failed` counts as used: its time to live begins anew. Ephemeral assets are not listed.",
    parameters=(
        query_parameter(
            "status",
            "Only assets in these statuses: `active`, `processing` and `failed`, separated by commas. Other words "
            "match nothing. Without it all are listed.",
            {"type": "string"},
            "active,processing,failed",
        ),
        query_parameter("page", "Which page, from 1.", {**NUMBER, "default": 1}, 1, allowEmptyValue=True),
        query_parameter(
            "size",
            f"Assets on a page; a larger number than {MAX_SIZE} counts as {MAX_SIZE}.",
            {**NUMBER, "default": DEFAULT_SIZE},
            DEFAULT_SIZE,
            allowEmptyValue=True,
        ),
    ),
    answers=(
        DocumentedResponse(
            status=200,
            description="The page.",
            behaviours=("asset.list-fields", "asset.list-order", "asset.list-paging", "asset.quota-fields"),
            schema="AssetList",
            examples={"page": example("Two assets, one of them failed", wire(PAGE))},
            links=links_to("/items/0/asset_id"),
        ),
    ),
    refusals=(*DOOR, "query-invalid", "plan-without-assets"),
)

GET = Operation(
    route=ROUTES["get asset"],
    tag=TAG,
    summary="Get one asset",
    description="One asset, ephemeral ones included. A managed asset that is not `Failed` counts as used: its time to "
    "live begins anew.",
    parameters=(ID,),
    answers=(
        DocumentedResponse(
            status=200,
            description="The asset.",
            behaviours=("asset.get", "asset.fields", "asset.idle-refresh", "asset.error-object"),
            schema="Asset",
            examples={
                "active": example("Can be used", wire(ASSET)),
                "failed": example("Can never be used", wire(FAILED_ASSET)),
            },
            links=links_to("/asset_id"),
        ),
    ),
    refusals=(*DOOR, "plan-without-assets", "asset-unknown", "path-unknown"),
)

DELETE = Operation(
    route=ROUTES["delete asset"],
    tag=TAG,
    summary="Delete an asset",
    description="Takes an asset away, in any status, and frees its place at once. Tasks that were created with it "
    "go on.",
    parameters=(ID,),
    answers=(
        DocumentedResponse(
            status=204,
            description="It is gone.",
            behaviours=("asset.delete",),
            links={
                "GetDeleted": link("getAsset", "Answers 404 from now on.", {"asset_id": "$request.path.asset_id"}),
            },
        ),
    ),
    refusals=(*DOOR, "plan-without-assets", "asset-unknown", "path-unknown"),
)

OPERATIONS = (UPLOAD, LIST, GET, DELETE)
