"""Let in, and thrown out."""

from typing import ClassVar

from fakeseed.faults.fault import Fault, Span, made_assets, span
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class AssetRevoked(Fault, frozen=True):
    """The asset becomes Active and, a while later, Failed with ContentRestricted."""

    routes: ClassVar[tuple[str, ...]] = ("POST asset",)
    correct: ClassVar[str] = (
        "Looks at a kept asset again before it relies on it, and uploads another when it has Failed."
    )
    delay: Span = 60

    def __post_init__(self) -> None:
        span(self.delay)

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Plan the revocation for so long after the ingest's end."""
        for asset in made_assets(world, answer):
            if asset.fate.delay is not None:
                world.schedule(world.now + asset.fate.delay + span(self.delay), "asset.revoke", asset.asset_id)
        return answer
