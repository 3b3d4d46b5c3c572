"""Faults over the control API: what is armed, arming, disarming."""

from collections.abc import Mapping, Sequence
from typing import Any

from fakeseed.errors import UsageError
from fakeseed.faults import arming
from fakeseed.model.nearest import did_you_mean
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.armed import Armed
from fakeseed.world.world import World


def armed_view(armed: Armed) -> dict[str, Any]:
    """One armed fault: what was asked for, until when, and how often it met and touched a request."""
    window = {} if armed.when.closes is None else {"until": with_nanoseconds(armed.when.closes)}
    return {"id": armed.fault_id, **armed.order, **window, "met": armed.met, "fired": armed.fired}


def faults_view(world: World) -> dict[str, Any]:
    """All that is armed."""
    return {"faults": [armed_view(armed) for armed in world.account.faults]}


def arm_all(world: World, orders: Sequence[Mapping[str, Any]], *, on_socket: bool) -> dict[str, Any]:
    """Arm several faults, or none when one of them cannot be. Raises UsageError."""
    return {"faults": [armed_view(armed) for armed in arming.arm_all(world, orders, on_socket=on_socket)]}


def disarm(world: World, fault_id: str | None) -> dict[str, Any]:
    """Take one fault away, or all. Raises UsageError for one that is not armed."""
    known = [armed.fault_id for armed in world.account.faults]
    if fault_id is not None and fault_id not in known:
        raise UsageError(f"no fault {fault_id[:80]!r} is armed{did_you_mean(fault_id, known)}", "see GET faults")
    gone = known if fault_id is None else [fault_id]
    for name in gone:
        world.disarm(name)
    return {"disarmed": gone}
