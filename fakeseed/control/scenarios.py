"""``POST scenario``: the world made anew as a scenario wants it."""

from starlette.requests import Request

from fakeseed.control.endpoint import ControlApp, read_order
from fakeseed.control.views import ScenarioOrder, world_view
from fakeseed.errors import UsageError
from fakeseed.faults.raw_connection import reaches_socket
from fakeseed.scenario.apply import load
from fakeseed.scenario.find import read_named
from fakeseed.scenario.parse import read_setup


async def load_scenario(control: ControlApp, world_name: str, request: Request) -> object:
    """``POST scenario``: the world made anew as a scenario wants it."""
    order = await read_order(request, ScenarioOrder)
    if (order.name is None) == (order.setup is None):
        raise UsageError("say either name or setup", "names: fakeseed scenario list; a setup: world, faults, timeline")
    setup = read_named(order.name) if order.name is not None else read_setup(order.setup)
    on_socket = reaches_socket(request.scope)
    await load(control.engine, world_name, setup, control.system_time, on_socket=on_socket, clock=order.clock)
    return await control.engine.look(world_name, world_view)
