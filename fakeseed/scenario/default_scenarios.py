"""Scenarios that every world of a server begins with, read again when their files change."""

from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path

import msgspec

from fakeseed.errors import UsageError
from fakeseed.scenario.apply import apply, rehearse
from fakeseed.scenario.find import find_scenario, read_file
from fakeseed.scenario.schema_types import Setup, WorldSetup
from fakeseed.world.clock import SystemTime
from fakeseed.world.world import World


def combined(setups: Iterable[Setup]) -> Setup:
    """Several setups as one: of what two say of the world the later one holds; assets, faults and timelines add up."""
    world: dict[str, object] = {}
    whole = Setup()
    for setup in setups:
        world |= msgspec.to_builtins(setup.world)
        assets = whole.world.assets + setup.world.assets
        whole = Setup(
            msgspec.convert({**world, "assets": msgspec.to_builtins(assets)}, WorldSetup),
            whole.faults + setup.faults,
            whole.timeline + setup.timeline,
        )
    return whole


class DefaultScenarios:
    """The scenarios that new worlds begin with. Raises UsageError when one cannot be read."""

    def __init__(self, names: Iterable[str], system_time: SystemTime) -> None:
        self._files = [find_scenario(name, paths=True) for name in names]
        self._system_time = system_time
        self._stamps = self._stamped()
        self.setup = combined(map(read_file, self._files))

    def begin(self, world: World) -> None:
        """Set a fresh world up; where that is impossible (a key of a plan without assets), the journal says why."""
        try:
            rehearse(deepcopy(world.account), world.settings, self.setup, self._system_time(), on_socket=True)
        except UsageError as problem:
            world.note("scenario", "begin", None, f"impossible: {problem}", None, "")
            return
        apply(world, self.setup, self._system_time(), on_socket=True)

    def read_again(self) -> tuple[bool, str]:
        """Read changed files: whether worlds begin otherwise now, and what to tell. A bad edit keeps the old ones."""
        stamps = self._stamped()
        if stamps == self._stamps:
            return False, ""
        self._stamps = stamps
        try:
            self.setup = combined(map(read_file, self._files))
        except UsageError as problem:
            return False, f"scenario kept as it was: {problem}" + (f"\n  {problem.hint}" if problem.hint else "")
        return True, "scenario read again; all worlds begin anew"

    def _stamped(self) -> list[int]:
        return [_stamp(path) for path in self._files]


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return 0
