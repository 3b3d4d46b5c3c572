"""Asset endpoints: upload, list, get, delete."""

from collections.abc import Sequence

from fakeseed.model.asset import COUNTED, Asset, wanted_statuses
from fakeseed.model.behaviours import implements
from fakeseed.model.inputs import AssetBatch, AssetUpload
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import BodyError, read_body, whole_number
from fakeseed.piapi.responses import Response, json_response, refusal_response
from fakeseed.piapi.wire import AssetList, BatchAnswer, BatchResult, Quota, asset_view, uploaded
from fakeseed.world import assets_service, tasks_service
from fakeseed.world.world import World

MAX_SIZE = 100
DEFAULT_SIZE = 20
NO_CONTENT = Response(204, headers=())

Entries = list[AssetUpload | str]


def upload(world: World, call: ApiRequest) -> Response:
    """``POST /api/v1/asset/upload``: one asset, or several."""
    try:
        asked = read_upload(call.body)
    except BodyError as problem:
        return refusal_response(refuse("body-invalid", reason=str(problem)))
    if isinstance(asked, list):
        return _upload_batch(world, asked)
    made = assets_service.upload(world, asked)
    if isinstance(made, Refusal):
        return refusal_response(made)
    return json_response(uploaded(made), world.profile.upload_status, made=(made,))


@implements("asset.batch-form")
def read_upload(body: bytes) -> AssetUpload | Entries:
    """One upload or a batch: an array, or an object with an array under ``assets``, ``items`` or ``urls``."""
    if body.lstrip()[:1] == b"[":
        return read_body(body, Entries)
    asked = read_body(body, AssetBatch)
    entries = asked.entries
    return AssetUpload(asked.url, asked.asset_type, asked.name) if entries is None else entries


def _upload_batch(world: World, entries: Entries) -> Response:
    made = assets_service.upload_batch(world, entries)
    return refusal_response(made) if isinstance(made, Refusal) else batch_answer(world, entries, made)


@implements("asset.batch-status", "asset.batch-answer")
def batch_answer(world: World, entries: Entries, made: Sequence[Asset | Refusal]) -> Response:
    """What was made of each entry, in order."""
    results = [_batch_result(entry, one) for entry, one in zip(entries, made, strict=True)]
    assets = tuple(asset for asset in made if isinstance(asset, Asset))
    answer = BatchAnswer(len(made), len(assets), len(made) - len(assets), results)
    return json_response(answer, world.profile.upload_status if assets else 400, made=assets)


def _batch_result(entry: AssetUpload | str, made: Asset | Refusal) -> BatchResult:
    if isinstance(made, Asset):
        return BatchResult(asset_id=made.asset_id, status=made.status)
    return BatchResult(url=(entry if isinstance(entry, str) else entry.url) or "", error=made.message)


@implements("asset.list-order", "asset.list-paging", "asset.list-fields", "asset.quota-fields")
def listing(world: World, call: ApiRequest) -> Response:
    """``GET /api/v1/asset/list``: one page of managed assets, newest first."""
    page = whole_number(call.query_value("page"), 1)
    size = whole_number(call.query_value("size"), DEFAULT_SIZE)
    if page is None or size is None:
        name = "page" if page is None else "size"
        return refusal_response(refuse("query-invalid", name=name, rule="a whole number from 1"))
    statuses = wanted_statuses(call.query_value("status"))
    size = min(size, MAX_SIZE)
    found = assets_service.listing(world, statuses, page, size)
    if isinstance(found, Refusal):
        return refusal_response(found)
    quota = Quota(world.assets.count(COUNTED), world.plan.managed_limit)
    total = world.assets.count(statuses)
    return json_response(AssetList([asset_view(asset) for asset in found], quota, total, page, size))


def get(world: World, call: ApiRequest) -> Response:
    """``GET /api/v1/asset/{asset_id}``."""
    found = assets_service.look(world, call.params["asset_id"])
    return refusal_response(found) if isinstance(found, Refusal) else json_response(asset_view(found))


def delete(world: World, call: ApiRequest) -> Response:
    """``DELETE /api/v1/asset/{asset_id}``."""
    gone = assets_service.delete(world, call.params["asset_id"])
    if isinstance(gone, Refusal):
        return refusal_response(gone)
    tasks_service.asset_gone(world, gone)
    return NO_CONTENT
