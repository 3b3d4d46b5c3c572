"""Times that are off because the server's clock is."""

import re
from email.utils import formatdate
from typing import Annotated, Any, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Fault, Span, reshaped, span, with_header
from fakeseed.model.times import SECOND, ZERO_TIME, parse_instant, unix_seconds, whole_seconds, with_nanoseconds
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.world.world import World

FIELDS = re.compile(r"\w+_at|timestamp")
ECHOED = frozenset({"input", "config"})
"""Fields that hold what the client itself sent."""


class ClockSkew(Fault, frozen=True):
    """Every time in the answer is off by a while, the Date header too."""

    routes: ClassVar[tuple[str, ...]] = (
        "any",
        "GET task",
        "POST task",
        "DELETE task",
        "POST asset",
        "GET assets",
        "GET asset",
    )
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    correct: ClassVar[str] = "Measures spans with its own clock, and compares the server's times only with each other."
    by: Annotated[Span, msgspec.Meta(description="how far the clock is off")] = "5m"
    behind: Annotated[bool, msgspec.Meta(description="whether the times lie in the past")] = False

    def __post_init__(self) -> None:
        span(self.by)

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """Move the times."""
        date = formatdate(unix_seconds(self._instant(world.now)), usegmt=True)
        return with_header(reshaped(response, self._move), b"date", date.encode())

    def _move(self, value: Any) -> None:
        for name, inner in value.items() if isinstance(value, dict) else ():
            if name not in ECHOED:
                value[name] = self._moved(inner) if FIELDS.fullmatch(name) else inner
                self._move(inner)
        for inner in value if isinstance(value, list) else ():
            self._move(inner)

    def _moved(self, value: Any) -> Any:
        """A time in the form in which it stood; what is no time as it is."""
        if isinstance(value, int) and not isinstance(value, bool):
            return self._instant(value * SECOND) // SECOND
        if not isinstance(value, str) or value == ZERO_TIME:
            return value
        try:
            at = self._instant(parse_instant(value))
        except ValueError:
            return value
        return with_nanoseconds(at) if "." in value else whole_seconds(at)

    def _instant(self, at: int) -> int:
        """Where an instant seems to be; never before 1970."""
        return max(at - span(self.by) if self.behind else at + span(self.by), 0)
