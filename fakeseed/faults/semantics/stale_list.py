"""The list is behind."""

from typing import Any, ClassVar

from fakeseed.faults.fault import Fault, Span, reshaped, span
from fakeseed.model.times import parse_instant
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class StaleList(Fault, frozen=True):
    """The list does not show assets that were uploaded within the last while, nor count them."""

    routes: ClassVar[tuple[str, ...]] = ("GET assets",)
    correct: ClassVar[str] = "Asks for a fresh asset by its id, and does not upload it again because the list lacks it."
    behind: Span = 60

    def __post_init__(self) -> None:
        span(self.behind)

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Leave out what is too new."""
        newest = world.now - span(self.behind)

        def leave_out(body: dict[str, Any]) -> None:
            items = body.get("items")
            if not isinstance(items, list):
                return
            kept = [item for item in items if parse_instant(item["upload_at"]) <= newest]
            missing = len(items) - len(kept)
            body.update(items=kept, total=body["total"] - missing)
            body["quota"]["used"] = max(body["quota"]["used"] - missing, 0)

        return reshaped(answer, leave_out)
