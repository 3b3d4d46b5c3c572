"""The server's clock is off."""

import re
from typing import Annotated, Any, ClassVar

import msgspec

from fakeseed.faults.fault import Fault, Span, reshaped, span
from fakeseed.model.times import SECOND, ZERO_TIME, parse_instant, with_nanoseconds
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World

FIELDS = re.compile(r"\w+_at|timestamp")


class ClockSkew(Fault, frozen=True):
    """Every time in the answer is off by a while."""

    routes: ClassVar[tuple[str, ...]] = (
        "any",
        "GET task",
        "POST task",
        "DELETE task",
        "POST asset",
        "GET assets",
        "GET asset",
    )
    correct: ClassVar[str] = "Measures spans with its own clock, and compares the server's times only with each other."
    by: Span = "5m"
    behind: Annotated[bool, msgspec.Meta(description="whether the times lie in the past")] = False

    def __post_init__(self) -> None:
        span(self.by)

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Move the times."""
        return reshaped(answer, self._move)

    def _move(self, value: Any) -> None:
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for name, one in list(inner):
            if isinstance(one, dict | list):
                self._move(one)
            elif isinstance(name, str) and FIELDS.fullmatch(name):
                value[name] = self._moved(one)

    def _moved(self, value: Any) -> Any:
        by = -span(self.by) if self.behind else span(self.by)
        if isinstance(value, int):
            return value + by // SECOND
        return value if value == ZERO_TIME else with_nanoseconds(parse_instant(value) + by)
