"""The fixture's value: one world, and everything a test does to it."""

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from fakeseed.client import AsyncControl, Control
from fakeseed.client.calls import Instant, Json, Span
from fakeseed.client.environment import client_environment
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import FAILS_ON, Judgement, judge
from fakeseed.judge.rule import Severity
from fakeseed.scenario.find import read_named
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup
from fakeseed.testing.in_process import InProcess, Session
from fakeseed.testing.samples import Samples

PATIENCE = "30d"
"""World time that ``wait_for`` moves the clock by at most."""


class ClockControl:
    """The world's clock."""

    def __init__(self, control: Control) -> None:
        self._control = control

    @property
    def now(self) -> str:
        """The world's time, RFC 3339."""
        return str(self._control.clock()["now"])

    def freeze(self, at: Instant | None = None) -> None:
        """Stand still, now or at a time."""
        self._control.freeze(at)

    def auto(self, step: Span = 5) -> None:
        """Let each poll of the client move the clock."""
        self._control.auto(step)

    def resume(self, rate: float = 1.0) -> None:
        """Let time run, at so many world seconds a real second."""
        self._control.resume(rate)

    def advance(self, by: Span | None = None, *, to: Instant | None = None) -> list[Json]:
        """Move the clock; all that falls due happens, in order. Gives what happened."""
        return list(self._control.advance(by, to=to)["happened"])

    def next(self) -> list[Json]:
        """Move the clock to the next event. Gives what happened."""
        return list(self._control.next()["happened"])


class FaultControl:
    """What goes wrong on purpose."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def arm(self, fault: str, **options: object) -> str:
        """Arm a fault (``on``, ``nth``, ``times``, ... and its own options; ``for_`` for ``for``). Gives its id."""
        return str(self._control.arm(fault, **options)["faults"][0]["id"])

    def disarm(self, fault_id: str | None = None) -> None:
        """Take one fault away, or all."""
        self._control.disarm(fault_id)

    def __iter__(self) -> Iterator[Json]:
        return iter(self._control.faults()["faults"])


class JournalView:
    """What the world has seen."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def __iter__(self) -> Iterator[Json]:
        return self._control.entries()

    def entries(self, **filters: Any) -> list[Json]:
        """Entries that pass the filters: kind, method, path, status, task, asset, refused."""
        return list(self._control.entries(**filters))

    def requests(self, **filters: Any) -> list[Json]:
        """Requests with their answers."""
        return self.entries(kind="request", **filters)

    def twins(self) -> list[Json]:
        """Creates that were sent twice, and what they cost."""
        return list(self._control.twins()["twins"])


class Emulator:
    """One test's world. ``base_url`` and ``api_key`` are what a client needs to be told."""

    def __init__(self, session: Session, key: str, seed: str) -> None:
        self._session = session
        self.base_url = session.url
        self.api_key = key
        self.sample = Samples(f"{seed} {key}")

    @property
    def env(self) -> dict[str, str]:
        """What clients usually read from their environment."""
        return client_environment(self.base_url, self.api_key)

    @cached_property
    def control(self) -> Control:
        """The whole control API."""
        return Control(self.base_url, key=self.api_key)

    def async_control(self) -> AsyncControl:
        """The control API for code that awaits; close it with ``async with``."""
        return AsyncControl(self.base_url, key=self.api_key)

    @cached_property
    def clock(self) -> ClockControl:
        """The world's clock. Until told otherwise it stands, and each poll moves it by 5 s."""
        return ClockControl(self.control)

    @cached_property
    def faults(self) -> FaultControl:
        """What goes wrong on purpose."""
        return FaultControl(self.control)

    @cached_property
    def journal(self) -> JournalView:
        """What the world has seen."""
        return JournalView(self.control)

    @property
    def points(self) -> dict[str, int]:
        """Balances: granted, available, frozen, consumed."""
        return dict(self.control.ledger()["balances"])

    def scenario(self, scenario: str | dict[str, Any], clock: str = "auto") -> None:
        """Make the world anew as a scenario wants it: by name, by path, or as a setup (world, faults, timeline).

        ``clock`` is for a scenario that names none. Raises UsageError.
        """
        setup: Setup = read_named(scenario, paths=True) if isinstance(scenario, str) else read_setup(scenario)
        self._session.set_up(self.api_key, setup, clock)

    def wait_for(self, **goal: Any) -> Json:
        """Move the clock until a goal is reached: ``task=ID``, ``asset=ID`` with ``status=...``, ``request={...}``,
        ``delivery={...}``. ``within`` is world time, ``timeout`` real. Raises ControlError when it is not reached.
        """
        return self.control.wait(**{"within": PATIENCE, **_with_ends(goal)})

    def judge(
        self,
        *,
        allow: Iterable[str] = (),
        rate: float | None = None,
        ending: Ending | None = None,
        fail_on: Severity = FAILS_ON,
    ) -> Judgement:
        """Judge what the client did in this world. Raises AssertionError with the evidence when something was broken.

        ``allow``: rules or areas that may be broken. ``rate``: world seconds in a second of the client's own time, 1.0
        for a client whose sleep moves this clock; without it intervals are judged on a clock that runs by itself only.
        """
        clock = self.control.clock()
        own = rate if rate is not None else clock["rate"] if clock["mode"] == "real" else None
        judgement = judge(
            {"entries": list(self.journal), "dropped": self._dropped}, allow=allow, rate=own, ending=ending
        )
        if judgement.fails(fail_on):
            raise AssertionError(f"this client is not correct\n{judgement.text()}")
        return judgement

    @property
    def _dropped(self) -> int:
        return int(self.control.journal(limit=1)["dropped"])

    def transport(self) -> InProcess:
        """An httpx transport, for sync and async clients, that needs no socket."""
        return self._session.transport()

    def close(self) -> None:
        """Let go of connections; the world stays on the server."""
        if "control" in vars(self):
            self.control.close()


def _with_ends(goal: dict[str, Any]) -> dict[str, Any]:
    """A goal with the status that is meant when none is named."""
    default = {"task": "ended", "asset": "Active"}
    meant = next((status for kind, status in default.items() if kind in goal), None)
    return goal if meant is None else {"status": meant, **goal}
