"""What happens to assets: upload, look, use, delete, and what the timeline brings."""

from fakeseed.errors import UsageError
from fakeseed.model.asset import (
    COUNTED,
    MAX_BATCH,
    AcceptedUpload,
    Asset,
    decide_library,
    decide_upload,
    default_name,
)
from fakeseed.model.behaviours import implements
from fakeseed.model.directives import Directives, merged, read
from fakeseed.model.inputs import AssetUpload
from fakeseed.model.lifecycle import TransitionError
from fakeseed.model.media import IngestFailure, MediaFacts, MediaKind, failure
from fakeseed.model.outcome_plan import plan_ingest
from fakeseed.model.refusals import Refusal, refuse
from fakeseed.model.times import DAY, HOUR, digits
from fakeseed.world.own_files import own_facts
from fakeseed.world.world import Fetch, World


@implements("asset.same-url-twice", "asset.failed-is-free")
def upload(world: World, order: AssetUpload) -> Asset | Refusal:
    """Register one asset, or refuse."""
    decision = decide_library(world.plan) or decide_upload(order, world.plan, world.assets.count(COUNTED))
    return decision if isinstance(decision, Refusal) else _register(world, decision)


@implements("asset.batch-order", "asset.batch-partial")
def upload_batch(world: World, entries: list[AssetUpload | str]) -> list[Asset | Refusal] | Refusal:
    """Register several, each judged on its own and in order; or refuse the batch as a whole."""
    refusal = decide_library(world.plan)
    if refusal is None and not entries:
        refusal = refuse("batch-empty")
    if refusal is None and len(entries) > MAX_BATCH:
        refusal = refuse("batch-too-large", count=len(entries), limit=MAX_BATCH)
    if refusal is not None:
        return refusal
    numbers = range(world.account.counter + 1, world.account.counter + len(entries) + 1)
    world.assets.expect([_an_id(world, number, 0) for number in numbers])
    return [upload(world, AssetUpload(entry) if isinstance(entry, str) else entry) for entry in entries]


def _register(world: World, accepted: AcceptedUpload) -> Asset:
    directives = merged([read(accepted.url), read(accepted.name)])
    world.notes += directives.unknown
    asset = _new(world, accepted.url, accepted.asset_type, accepted.name, directives, life=world.plan.idle_ttl)
    _admit(world, asset)
    return asset


@implements("asset.id-format", "asset.id-clock", "asset.expires-at")
def _new(world: World, url: str, kind: MediaKind, name: str, directives: Directives, *, life: int) -> Asset:
    number = world.next_number()
    return Asset(
        asset_id=_new_id(world, number),
        seq=number,
        name=name,
        asset_type=kind,
        url=url,
        status="Processing",
        upload_at=world.now,
        last_used_at=world.now,
        expires_at=world.now + life,
        fate=plan_ingest(
            url,
            kind,
            directives,
            world.pace,
            lambda draw_name: world.chance.fraction(f"{draw_name} {number}"),
            own_facts(world, url),
        ),
        face=directives.face,
    )


def _an_id(world: World, number: int, attempt: int) -> str:
    return f"asset-{digits(world.now)}-{world.chance.letters(5, f'asset {number} {attempt}')}"


def _new_id(world: World, number: int) -> str:
    attempt = 0
    while True:
        asset_id = _an_id(world, number, attempt)
        if world.assets.get(asset_id) is None:
            return asset_id
        attempt += 1


def _admit(world: World, asset: Asset) -> None:
    world.assets.add(asset)
    world.note("asset", asset.asset_id, None, "upload", asset.status, "asset.upload")
    world.name("asset", asset.asset_id)
    world.schedule(asset.expires_at, "asset.expire", asset.asset_id)
    if asset.fate.delay is not None:
        world.schedule(world.now + asset.fate.delay, "asset.ingest", asset.asset_id)


def auto_upload(world: World, task_id: str, url: str, kind: MediaKind, *, retention: int, hold: int) -> Asset:
    """Make an ephemeral asset for a task's raw reference. Hours: how long it stays, and how long it holds a slot."""
    asset = _new(world, url, kind, default_name(url), read(url), life=retention * HOUR)
    asset.task_id = task_id
    asset.slot_until = world.now + hold * HOUR
    if not read(url).ingest_takes and asset.fate.delay is not None:
        asset.fate = type(asset.fate)(0, asset.fate.facts, asset.fate.failure)
    _admit(world, asset)
    world.schedule(asset.slot_until, "slot.free", asset.asset_id)
    return asset


# -- what clients do --------------------------------------------------------------------------------------------------


def listing(world: World, statuses: frozenset[str], page: int, size: int) -> list[Asset] | Refusal:
    """One page of managed assets, newest first. Being listed refreshes them."""
    refusal = decide_library(world.plan)
    if refusal:
        return refusal
    page_assets = world.assets.page(statuses, (page - 1) * size, size)
    for asset in page_assets:
        touch(world, asset)
    return page_assets


@implements("asset.get", "auto-upload.visible-by-id")
def look(world: World, asset_id: str) -> Asset | Refusal:
    """One asset. Being looked at refreshes it."""
    asset = world.assets.get(asset_id)
    refusal = decide_library(world.plan)
    if refusal or asset is None:
        return refusal or refuse("asset-unknown")
    touch(world, asset)
    return asset


@implements("asset.delete-while-used")
def delete(world: World, asset_id: str) -> Asset | Refusal:
    """Delete an asset in any status, and give it as it was. Tasks that use it go on."""
    asset = world.assets.get(asset_id)
    refusal = decide_library(world.plan)
    if refusal or asset is None:
        return refusal or refuse("asset-unknown")
    world.move_asset(asset, "deleted")
    _forget(world, asset)
    return asset


@implements("asset.idle-refresh")
def touch(world: World, asset: Asset) -> None:
    """Refresh the idle TTL of a managed asset that is not Failed."""
    if asset.ephemeral or asset.status == "Failed":
        return
    world.move_asset(asset, "touched")
    asset.last_used_at = world.now
    expires_at = world.now + world.plan.idle_ttl
    if expires_at != asset.expires_at:
        asset.expires_at = expires_at
        world.schedule(expires_at, "asset.expire", asset.asset_id)
    world.assets.update(asset)


# -- what time brings -------------------------------------------------------------------------------------------------


def ingest_ends(world: World, asset_id: str) -> Asset | None:
    """The ingest's time is up: its fate happens, or the source is fetched now. Gives the asset if it was decided."""
    asset = world.assets.get(asset_id)
    assert asset is not None, "an asset that is gone has no events"
    if world.fetches and not read(asset.url, asset.name).ingest_failure:
        world.outbox.append(Fetch(asset.url, asset.asset_type, asset.asset_id))
        return None
    _decide(world, asset, asset.fate.failure or asset.fate.facts)
    return asset


def fetched(world: World, asset_id: str, outcome: MediaFacts | IngestFailure) -> Asset | None:
    """A fetch has ended; the asset may be gone or decided by hand by now. Gives the asset if it was decided."""
    asset = world.assets.get(asset_id)
    if asset is None or asset.status != "Processing":
        return None
    _decide(world, asset, outcome)
    return asset


def _decide(world: World, asset: Asset, outcome: MediaFacts | IngestFailure | None) -> None:
    if isinstance(outcome, IngestFailure):
        asset.failure = outcome
    else:
        asset.facts = outcome
    world.move_asset(asset, "rejected" if asset.failure else "ingested")
    if not asset.failure and asset.fate.revoked_after is not None:
        world.schedule(world.now + asset.fate.revoked_after, "asset.revoke", asset.asset_id)


def expire(world: World, asset_id: str) -> Asset:
    """An idle asset's, a Failed asset's or an ephemeral asset's time is up. Gives it as it was."""
    asset = world.assets.get(asset_id)
    assert asset is not None, "an asset that is gone has no events"
    world.move_asset(asset, "expired")
    _forget(world, asset)
    return asset


@implements("auto-upload.slot-frees", "auto-upload.separate-cap")
def free_slot(world: World, asset_id: str) -> None:
    """An ephemeral asset no longer counts under the cap."""
    asset = world.assets.get(asset_id)
    if asset is not None:
        asset.slot_until = 0
        world.assets.update(asset)


def revoke(world: World, asset_id: str) -> None:
    """An asset that was let in is found to be forbidden after all."""
    asset = world.assets.get(asset_id)
    if asset is not None and asset.status == "Active":
        reject(world, asset, failure("ContentRestricted", url=asset.url, cause="revoked"))


def _forget(world: World, asset: Asset) -> None:
    world.assets.remove(asset)
    world.timeline.cancel("asset.ingest", asset.asset_id)
    world.timeline.cancel("asset.expire", asset.asset_id)
    world.timeline.cancel("slot.free", asset.asset_id)
    world.timeline.cancel("asset.revoke", asset.asset_id)


# -- what the control API does ----------------------------------------------------------------------------------------


def make_idle(world: World, asset: Asset, span: int) -> None:
    """Make an asset one that was uploaded and last used that long ago. Raises UsageError when it would be gone."""
    if span >= world.plan.idle_ttl:
        raise UsageError(
            f"asset {asset.name!r} cannot be idle for so long: the plan {world.plan.name} drops it after "
            f"{world.plan.idle_ttl // DAY} days"
        )
    asset.upload_at = asset.last_used_at = world.now - span
    asset.expires_at -= span
    world.schedule(asset.expires_at, "asset.expire", asset.asset_id)
    world.assets.update(asset)


def activate(world: World, asset: Asset) -> None:
    """End the ingest well, now. Raises TransitionError unless the asset is Processing."""
    if asset.status != "Processing":
        raise TransitionError(f"asset {asset.asset_id} is {asset.status}; only a Processing asset can be activated")
    world.timeline.cancel("asset.ingest", asset.asset_id)
    asset.failure = None
    _decide(world, asset, asset.fate.facts)


def reject(world: World, asset: Asset, cause: IngestFailure) -> None:
    """Make an asset Failed, now: a Processing one by its ingest, an Active one by revocation.

    Raises TransitionError when it has failed already.
    """
    world.move_asset(asset, "rejected")
    world.timeline.cancel("asset.ingest", asset.asset_id)
    asset.failure = cause
    world.assets.update(asset)
