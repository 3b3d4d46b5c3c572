"""A list that lacks the latest assets."""

from typing import Annotated, Any, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Evidence, Fault, Samples, Span, reshaped, span
from fakeseed.model.asset import COUNTED, wanted_statuses
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.responses import Response
from fakeseed.piapi.wire import asset_view
from fakeseed.world.world import World

STEP = 100


class StaleList(Fault, frozen=True):
    """The list does not show assets that were uploaded within the last while, nor count them."""

    routes: ClassVar[tuple[str, ...]] = ("GET assets",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"behind": "2m", "always": True},)
    evidence: ClassVar[Evidence] = ({"status": "<300"},)
    correct: ClassVar[str] = "Asks for a fresh asset by its id, and does not upload it again because the list lacks it."
    behind: Annotated[Span, msgspec.Meta(description="how far the list is behind, on the world's clock")] = 60

    def __post_init__(self) -> None:
        span(self.behind)

    def transform_response(self, world: World, call: ApiRequest, response: Response) -> Response:
        """The same page of the list as it was."""
        statuses = wanted_statuses(call.query_value("status"))
        newest = world.now - span(self.behind)

        def leave_out(body: dict[str, Any]) -> None:
            if "items" not in body:
                return
            fresh = _younger(world, statuses, newest)
            assets = world.assets.page(statuses, fresh + (body["page"] - 1) * body["size"], body["size"])
            body.update(items=[asset_view(asset) for asset in assets], total=body["total"] - fresh)
            body["quota"]["used"] -= _younger(world, COUNTED, newest)

        return reshaped(response, leave_out)


def _younger(world: World, statuses: frozenset[str], than: int) -> int:
    """How many assets in these statuses were uploaded after an instant; the list has them first."""
    count = 0
    while assets := world.assets.page(statuses, count, STEP):
        young = sum(asset.upload_at > than for asset in assets)
        count += young
        if young < len(assets):
            break
    return count
