"""The fixture's value: one world, and everything a test does to it."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from fakeseed.client import Control
from fakeseed.client.calls import Instant, Json, Span
from fakeseed.client.virtual_time import virtual_time
from fakeseed.model.outcome_plan import DEFAULT_PACE
from fakeseed.scenario.find import read_named
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup
from fakeseed.testing.harness import LocalEmulator, TestWorld
from fakeseed.testing.samples import Samples

if TYPE_CHECKING:
    from fakeseed.judge.entries import Ending
    from fakeseed.judge.evaluate import Judgement
    from fakeseed.judge.rule import Severity

__tracebackhide__ = True  # a failing test shows its own lines

PATIENCE = "30d"
"""World time that ``wait_for`` moves the clock by at most."""
AUTO_STEPS = {"fast": 0.5, "realistic": 5, "instant": 5}
"""Pace -> seconds by which a poll moves the clock of a test's world, unless it says otherwise: a client sees what it
polls for under way, twice at least where things take time."""


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

    def __init__(self, control: Control, *, armed: bool = False) -> None:
        self._control = control
        self._armed = {fault["id"]: fault for fault in self} if armed else {}

    def arm(self, fault: str, **options: object) -> str:
        """Arm a fault (``on``, ``nth``, ``times``, ... and its own options; ``for_`` for ``for``). Gives its id."""
        armed = self._control.arm(fault, **options)["faults"][0]
        self._armed[armed["id"]] = armed
        return str(armed["id"])

    def disarm(self, fault_id: str | None = None) -> None:
        """Take one fault away, or all."""
        for name in self._control.disarm(fault_id)["disarmed"]:
            self._armed.pop(name, None)

    def __iter__(self) -> Iterator[Json]:
        return iter(self._control.faults()["faults"])

    def unfired(self) -> list[Json]:
        """Faults that were armed, not disarmed again, and have touched nothing."""
        armed = {fault["id"]: fault for fault in self}
        now = str(self._control.clock()["now"])
        closed = {name: fault for name, fault in self._armed.items() if fault.get("until", "~") <= now}
        fired = {_FAULT_ID.findall(text)[-1] for entry in self._control.entries() for text in entry.get("faults", ())}
        return [fault for name, fault in {**closed, **armed}.items() if not fault["fired"] and name not in fired]

    def unfired_report(self) -> str:
        """Each of these faults with what it waited for, and the next step; empty when all fired."""
        lines = [_unfired_text(fault) for fault in self.unfired()]
        return "\n".join([*lines, NEXT_STEP]) if lines else ""

    def assert_all_fired(self) -> None:
        """Raise AssertionError that names each fault that was armed and has touched nothing."""
        report = self.unfired_report()
        if report:
            raise AssertionError(report)


_FAULT_ID = re.compile(r"\((fault-\d+)\)")
NEXT_STEP = (
    "arm what the client meets, disarm() what it need not meet, or say that it is meant: "
    "@pytest.mark.fakeseed(assert_all_fired=False)"
)


def _unfired_text(fault: Json) -> str:
    details = {name: value for name, value in fault.items() if name not in ("id", "fault", "met", "fired")}
    options = "".join(f", {name}={value!r}" for name, value in details.items())
    came = "no request" if not fault["met"] else f"only {fault['met']} request{'s' if fault['met'] > 1 else ''}"
    return f"{fault['id']} never fired: {fault['fault']!r}{options}; {came} came that it is for"


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


class Emulator(TestWorld):
    """One test's world. ``base_url`` and ``api_key`` are what a client needs to be told."""

    def __init__(self, emulator: LocalEmulator, key: str, seed: str) -> None:
        super().__init__(emulator, key)
        self.faults = FaultControl(self.control)
        self.sample = Samples(f"{seed} {key}")

    @cached_property
    def clock(self) -> ClockControl:
        """The world's clock. Until told otherwise it stands, and each poll moves it by 5 s."""
        return ClockControl(self.control)

    def load(self, setup: Setup, clock: str | None = None) -> None:
        """Make the world anew as a setup says, on a clock that polls move by so much that they see what goes on."""
        if setup.world.step is None:
            step = AUTO_STEPS.get(setup.world.pace or DEFAULT_PACE)
            setup = replace(setup, world=replace(setup.world, step=step))
        super().load(setup, clock)
        self.faults = FaultControl(self.control, armed=bool(setup.faults))

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
        self.load(setup, clock)

    @contextmanager
    def virtual_time(self) -> Iterator[None]:
        """Let the client under test wait in this world's time: ``time.sleep``, ``asyncio.sleep`` and timeouts of
        waits cost nothing, and its clocks tell the world's time. The world's clock stands but for that; polls move it
        no more.
        """
        before = self.control.clock()
        self.control.freeze()
        try:
            with virtual_time(self.base_url, self.api_key):
                yield
        finally:
            if before["mode"] == "auto":
                self.control.auto(before["step_seconds"])

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
        ending: "Ending | None" = None,
        fail_on: "Severity" = "warning",
    ) -> "Judgement":
        """Judge what the client did in this world. Raises AssertionError with the evidence when something was broken,
        and when no request came, so that there is nothing to judge.

        ``allow``: rules or areas that may be broken. ``rate``: world seconds in a second of the client's own time, 1.0
        for a client whose sleep moves this clock; without it intervals are judged on a clock that runs by itself only.
        ``fail_on``: the least severity that counts.
        """
        from fakeseed.judge.evaluate import judge  # stands above this layer, and most tests judge nobody

        clock = self.control.clock()
        own = rate if rate is not None else clock["rate"] if clock["mode"] == "real" else None
        journal = {"entries": list(self.journal), "dropped": self._dropped}
        judgement = judge(journal, allow=allow, rate=own, ending=ending)
        if not judgement.history.requests:
            raise AssertionError(
                f"this client could not be judged: no request came under its key; env has {', '.join(self.env)}"
            )
        if judgement.fails(fail_on):
            raise AssertionError(f"this client is not correct\n{judgement.text()}")
        return judgement

    @property
    def _dropped(self) -> int:
        return int(self.control.journal(limit=1)["dropped"])


def _with_ends(goal: dict[str, Any]) -> dict[str, Any]:
    """A goal with the status that is meant when none is named."""
    default = {"task": "ended", "asset": "Active"}
    meant = next((status for kind, status in default.items() if kind in goal), None)
    return goal if meant is None else {"status": meant, **goal}
