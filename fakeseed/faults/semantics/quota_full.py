"""No place left, all at once."""

from typing import ClassVar

from fakeseed.faults.fault import Fault
from fakeseed.model.refusals import refuse
from fakeseed.piapi.answers import Answer, refused
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class QuotaFull(Fault, frozen=True):
    """The upload is refused as if the quota were full: another program with the same key was quicker."""

    routes: ClassVar[tuple[str, ...]] = ("POST asset",)
    correct: ClassVar[str] = "Does not repeat the upload blindly; deletes what it no longer needs, or tells its user."

    def instead(self, world: World, call: Call) -> Answer | None:
        """The refusal that a full quota gives."""
        limit = world.plan.managed_limit
        return refused(refuse("quota-full", used=limit, limit=limit))
