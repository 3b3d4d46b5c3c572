"""Putting a scenario into a world: account, clock, assets, faults, timeline. Whole or not at all."""

import msgspec

from fakeseed.errors import UsageError
from fakeseed.faults.arming import arm
from fakeseed.model.asset import Asset
from fakeseed.model.inputs import AssetUpload
from fakeseed.model.media import failure
from fakeseed.model.refusals import Refusal
from fakeseed.model.times import as_span, parse_instant
from fakeseed.scenario.schema_types import ACTS, AssetSetup, Setup, TimelineEntry
from fakeseed.scenario.validate import Mistake, check_setup, names_of
from fakeseed.store.memory_tables import MemoryTables
from fakeseed.world import assets_service
from fakeseed.world.armed_faults import ScheduledAction
from fakeseed.world.clock import SystemTime
from fakeseed.world.engine import Engine
from fakeseed.world.settings import Settings
from fakeseed.world.settings_patch import apply_patch
from fakeseed.world.tables import Account
from fakeseed.world.world import World


async def load(
    engine: Engine,
    world_name: str,
    setup: Setup,
    system_time: SystemTime,
    *,
    on_socket: bool,
    clock: str | None = None,
) -> None:
    """Make a key's world anew as a scenario wants it. ``clock`` is the clock of a scenario that names none.

    Raises UsageError, the world unchanged, for what cannot be.
    """
    try:
        check_setup(setup)
    except Mistake as mistake:
        raise UsageError(f"{mistake.path}: {mistake}", mistake.hint) from None

    def work(world: World) -> None:
        apply(world, setup, system_time(), on_socket=on_socket, clock=clock)

    rehearse(engine.new_account(world_name), engine.settings, setup, system_time(), on_socket=on_socket)
    await engine.reset(world_name)
    await engine.run(world_name, work)


def rehearse(account: Account, settings: Settings, setup: Setup, system: int, *, on_socket: bool) -> None:
    """Apply to a world that nobody keeps, of a new account, so that what cannot be shows itself before any change.

    Raises UsageError.
    """
    blank = World(MemoryTables(account, 0), settings, system)
    if account.opening is not None:
        blank.open()
    apply(blank, setup, system, on_socket=on_socket)


def apply(world: World, setup: Setup, system: int, *, on_socket: bool, clock: str | None = None) -> None:
    """Do to a fresh world what a scenario says of its begin. Raises UsageError."""
    _set_clock(world, setup, system, clock)
    apply_patch(world, setup.world)
    world.account.script = [_act(moment) for moment in setup.timeline]
    for index, moment in enumerate(setup.timeline):
        world.schedule(world.now + as_span(moment.at), "scenario.act", str(index))
    for asset in setup.world.assets:
        for name in names_of(asset.name_as, asset.count):
            world.account.names[name] = _asset(world, asset, name).asset_id
    for order in setup.faults:
        arm(world, order, on_socket=on_socket)


def _set_clock(world: World, setup: Setup, system: int, default: str | None) -> None:
    world_setup, clock = setup.world, world.account.clock
    if world_setup.at is not None:
        world.now = parse_instant(world_setup.at)
    clock.step = clock.step if world_setup.step is None else as_span(world_setup.step)
    clock.rate = (
        clock.rate if world_setup.rate == 1 else world_setup.rate
    )  # who says nothing of it leaves what was asked for
    clock.set(world.now, system, world_setup.clock or default or clock.mode)  # type: ignore[arg-type]
    world.account.latest = world.now


def _asset(world: World, setup: AssetSetup, name: str) -> Asset:
    asset = assets_service.upload(world, AssetUpload(setup.url, setup.asset_type, setup.name or name))
    if isinstance(asset, Refusal):
        raise UsageError(f"asset {name!r} cannot be there: {asset.message}", "choose another plan, or fewer assets")
    if setup.status == "Active":
        assets_service.activate(world, asset)
    elif setup.status == "Failed":
        assets_service.reject(world, asset, failure(setup.code, url=asset.url, cause="as the scenario says"))
    assets_service.make_idle(world, asset, as_span(setup.idle))
    return asset


def _act(moment: TimelineEntry) -> ScheduledAction:
    verb = next(verb for verb in ACTS if getattr(moment, verb) is not None)
    if moment.set is not None:
        return ScheduledAction("set", change=msgspec.to_builtins(moment.set))
    return ScheduledAction(verb, getattr(moment, verb), moment.cause)  # type: ignore[arg-type]
