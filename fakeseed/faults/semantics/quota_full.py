"""An upload that is refused as if the library were full."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Evidence, Fault
from fakeseed.model.asset import MAX_BATCH, decide_library, decide_upload
from fakeseed.model.inputs import AssetUpload
from fakeseed.model.refusals import Refusal
from fakeseed.piapi.assets_api import Entries, batch_answer, read_upload
from fakeseed.piapi.dispatch import ApiRequest
from fakeseed.piapi.parse import BodyError
from fakeseed.piapi.responses import Response, refusal_response
from fakeseed.world.world import World


class QuotaFull(Fault, frozen=True):
    """The upload is refused as if the quota were full: another program with the same key was quicker."""

    routes: ClassVar[tuple[str, ...]] = ("POST asset",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"status": ">=400"},)
    correct: ClassVar[str] = "Does not repeat the upload blindly; deletes what it no longer needs, or tells its user."

    def replace_response(self, world: World, call: ApiRequest) -> Response | None:
        """The refusal that a full quota gives; what would be refused anyway is left to the handler."""
        try:
            upload = read_upload(call.body)
        except BodyError:
            return None
        entries: Entries = upload if isinstance(upload, list) else [upload]
        if decide_library(world.plan) or not 0 < len(entries) <= MAX_BATCH:
            return None
        refusals = [_refusal(world, entry) for entry in entries]
        return batch_answer(world, entries, refusals) if isinstance(upload, list) else refusal_response(refusals[0])


def _refusal(world: World, entry: AssetUpload | str) -> Refusal:
    upload = AssetUpload(entry) if isinstance(entry, str) else entry
    decision = decide_upload(upload, world.plan, world.plan.managed_limit)
    assert isinstance(decision, Refusal), "a full quota lets nothing in"
    return decision
