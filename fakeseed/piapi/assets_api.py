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
        order = read_upload(call.body)
    except BodyError as problem:
        return refusal_response(refuse("body-invalid", reason=str(problem)))
    if isinstance(order, list):
        return _upload_batch(world, order)
    asset = assets_service.upload(world, order)
    if isinstance(asset, Refusal):
        return refusal_response(asset)
    return json_response(uploaded(asset), world.profile.upload_status, created=(asset,))


@implements("asset.batch-form")
def read_upload(body: bytes) -> AssetUpload | Entries:
    """One upload or a batch: an array, or an object with an array under ``assets``, ``items`` or ``urls``."""
    if body.lstrip()[:1] == b"[":
        return read_body(body, Entries)
    batch = read_body(body, AssetBatch)
    entries = batch.entries
    return AssetUpload(batch.url, batch.asset_type, batch.name) if entries is None else entries


def _upload_batch(world: World, entries: Entries) -> Response:
    results = assets_service.upload_batch(world, entries)
    return refusal_response(results) if isinstance(results, Refusal) else batch_answer(world, entries, results)


@implements("asset.batch-status", "asset.batch-answer")
def batch_answer(world: World, entries: Entries, outcomes: Sequence[Asset | Refusal]) -> Response:
    """What was made of each entry, in order."""
    results = [_batch_result(entry, outcome) for entry, outcome in zip(entries, outcomes, strict=True)]
    assets = tuple(asset for asset in outcomes if isinstance(asset, Asset))
    answer = BatchAnswer(len(outcomes), len(assets), len(outcomes) - len(assets), results)
    return json_response(answer, world.profile.upload_status if assets else 400, created=assets)


def _batch_result(entry: AssetUpload | str, outcome: Asset | Refusal) -> BatchResult:
    if isinstance(outcome, Asset):
        return BatchResult(asset_id=outcome.asset_id, status=outcome.status)
    return BatchResult(url=(entry if isinstance(entry, str) else entry.url) or "", error=outcome.message)


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
    assets = assets_service.listing(world, statuses, page, size)
    if isinstance(assets, Refusal):
        return refusal_response(assets)
    quota = Quota(world.assets.count(COUNTED), world.plan.managed_limit)
    total = world.assets.count(statuses)
    return json_response(AssetList([asset_view(asset) for asset in assets], quota, total, page, size))


def get(world: World, call: ApiRequest) -> Response:
    """``GET /api/v1/asset/{asset_id}``."""
    asset = assets_service.look(world, call.params["asset_id"])
    return refusal_response(asset) if isinstance(asset, Refusal) else json_response(asset_view(asset))


def delete(world: World, call: ApiRequest) -> Response:
    """``DELETE /api/v1/asset/{asset_id}``."""
    asset = assets_service.delete(world, call.params["asset_id"])
    if isinstance(asset, Refusal):
        return refusal_response(asset)
    tasks_service.asset_gone(world, asset)
    return NO_CONTENT
