"""From a test's markers to its world: the key, the setup, the clock."""

import re
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any

import msgspec

from fakeseed.errors import UsageError
from fakeseed.model.suggest import did_you_mean
from fakeseed.scenario.default_scenarios import combined
from fakeseed.scenario.find import read_named
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup, WorldSetup

DEFAULT_CLOCK = "auto"
"""Each poll moves the clock: a client that waits in a loop gets there, and no test waits."""

_WORLD = WorldSetup.__struct_encode_fields__
OPTIONS = (*_WORLD, "faults", "timeline", "scenario", "assert_all_fired")
"""What the marker takes."""

Marker = tuple[tuple[Any, ...], dict[str, Any]]


def key_of(nodeid: str) -> str:
    """A test's API key: the same each time it runs, and no other test's."""
    name = re.sub(r"[^a-z0-9]+", "-", nodeid.rpartition("::")[2].lower()).strip("-")[:40]
    return f"test-{name}-{blake2b(nodeid.encode(), digest_size=4).hexdigest()}"


def setup_of(markers: Iterable[Marker]) -> tuple[Setup, str]:
    """The setup that markers ask for, the nearest to the test first, and its clock. Raises UsageError."""
    setups: list[Setup] = []
    for args, options in reversed(list(markers)):
        if args:
            raise UsageError("it takes keyword arguments only", "for instance @pytest.mark.fakeseed(plan='creator')")
        for name in options:
            if name not in OPTIONS:
                raise UsageError(f"there is no {name!r}{did_you_mean(name, OPTIONS)}", f"known: {', '.join(OPTIONS)}")
        setups += _setups(options)
    setup = combined(setups)
    return setup, setup.world.clock or DEFAULT_CLOCK


def _setups(options: dict[str, Any]) -> Iterable[Setup]:
    named = options.get("scenario", ())
    for name in (named,) if isinstance(named, str) else named:
        scenario = read_named(name, paths=True)
        yield Setup(scenario.world, scenario.faults, scenario.timeline)
    world = {name: value for name, value in options.items() if name in _WORLD}
    yield read_setup(
        msgspec.to_builtins(
            {"world": world, "faults": options.get("faults", ()), "timeline": options.get("timeline", ())},
            enc_hook=str,
        )
    )
