"""An asset that fails after it was Active."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import ClientSees, Evidence, Fault, Span, span
from fakeseed.model.asset import Asset
from fakeseed.world.world import World


class AssetRevoked(Fault, frozen=True):
    """The asset becomes Active and, a while later, Failed with ContentRestricted."""

    routes: ClassVar[tuple[str, ...]] = ("POST asset",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = (
        {"status": "<300"},
        {"kind": "event", "from": "Active", "to": "Failed"},
        {"kind": "request"},
    )
    correct: ClassVar[str] = (
        "Looks at a kept asset again before it relies on it, and uploads another when it has Failed."
    )
    delay: Annotated[Span, msgspec.Meta(description="world time from Active to Failed")] = 60

    def __post_init__(self) -> None:
        span(self.delay)

    def asset_made(self, world: World, asset: Asset) -> None:
        """Plan the revocation."""
        asset.fate = replace(asset.fate, revoked_after=span(self.delay))
