"""Faults over the control API: which are armed, arming them, disarming them."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp, json_body
from fakeseed.errors import UsageError
from fakeseed.faults import arming
from fakeseed.faults.raw_connection import reaches_socket
from fakeseed.model.suggest import did_you_mean
from fakeseed.model.times import with_nanoseconds
from fakeseed.world.armed_faults import ArmedFault
from fakeseed.world.world import World


def armed_view(armed: ArmedFault) -> dict[str, Any]:
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
    armed_ids = [armed.fault_id for armed in world.account.faults]
    if fault_id is not None and fault_id not in armed_ids:
        raise UsageError(f"no fault {fault_id[:80]!r} is armed{did_you_mean(fault_id, armed_ids)}", "see GET faults")
    disarmed = armed_ids if fault_id is None else [fault_id]
    for name in disarmed:
        world.disarm(name)
    return {"disarmed": disarmed}


# -- calls ------------------------------------------------------------------------------------------------------------


async def show_faults(control: ControlApp, world_name: str, _: Request) -> object:
    """``GET faults``."""
    return await control.engine.look(world_name, faults_view)


async def arm_faults(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST faults``: one order, or a list of which all are taken or none."""
    body = await json_body(request, dict[str, Any] | list[dict[str, Any]])
    orders = body if isinstance(body, list) else [body]
    on_socket = reaches_socket(request.scope)
    return await control.engine.run(world_name, lambda world: arm_all(world, orders, on_socket=on_socket))


async def disarm_faults(control: ControlApp, world_name: str, request: Request) -> object:
    """``DELETE faults`` and ``DELETE faults/{id}``."""
    fault_id = request.path_params.get("fault_id")
    return await control.engine.run(world_name, lambda world: disarm(world, fault_id))
