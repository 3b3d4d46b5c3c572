"""The kill table: every rule, the client that breaks it, and whether the judge accused it of just that.

``python -m tests.zoo`` prints it.
"""

from collections.abc import Iterator

import msgspec
import pytest

from fakeseed.judge.court import Court, court
from fakeseed.outbound import webhooks
from tests.zoo.broken import CASES
from tests.zoo.correct import CorrectClient
from tests.zoo.harness import tried
from tests.zoo.hooked import HookedClient

QUICK = 0.3
"""Real seconds after which the sender of webhooks gives up here, in place of 10."""


class Kill(msgspec.Struct, frozen=True):
    """One row: what the broken client was accused of, and what the correct one was, in the same world."""

    rule: str
    client: str
    accused: list[str]
    correct: list[str]
    exercised: bool

    @property
    def good(self) -> bool:
        """Whether the one was accused of just its fault and the other of nothing."""
        return self.accused == [self.rule] and not self.correct


def correct_kind(kind: type[CorrectClient]) -> type[CorrectClient]:
    """The correct client that can do what a broken one is asked to do."""
    return HookedClient if issubclass(kind, HookedClient) else CorrectClient


def killed(server: Court, rule: str) -> Kill:
    """Try both clients in the world that shows a rule."""
    kind, mission, setup = CASES[rule]
    upright = correct_kind(kind)
    with pytest.MonkeyPatch.context() as patch:
        if rule == "webhooks/answered-quickly":
            patch.setattr(webhooks, "TIMEOUT_SECONDS", QUICK)  # so that nobody has to wait for it
        broken = tried(server, kind, mission, setup, "zoo-broken")
    correct = tried(server, upright, mission, setup, "zoo-correct")
    return Kill(
        rule,
        kind.__name__,
        [verdict.rule for verdict in broken.broken],
        [verdict.rule for verdict in correct.broken],
        correct[rule].outcome == "held",
    )


def lines(kills: list[Kill]) -> Iterator[str]:
    """The table as text."""
    for kill in kills:
        result = "caught" if kill.accused == [kill.rule] else f"accused of {', '.join(kill.accused) or 'nothing'}"
        clean = "clean" if not kill.correct else f"ACCUSED of {', '.join(kill.correct)}"
        yield f"{kill.rule:40} {kill.client:24} {result:10} correct: {clean}{', held' if kill.exercised else ''}"
    caught, exercised = sum(kill.good for kill in kills), sum(kill.exercised for kill in kills)
    yield f"{caught} of {len(kills)} rules: broken client caught, correct client clean, {exercised} rules held by it"


def all_killed() -> list[Kill]:
    """Every row."""
    with court("zoo") as server:
        return [killed(server, rule) for rule in CASES]
