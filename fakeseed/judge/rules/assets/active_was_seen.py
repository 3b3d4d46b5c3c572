"""A client reads an asset's status and does not merely sleep until it should be Active."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import field_of, fields
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "An asset's status was read as Active before a task uses the asset.",
    rationale=(
        "Ingest takes seconds or minutes. A client that sleeps for a fixed time and goes on works until one ingest "
        "takes longer, or fails."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="warning",
    evidence=(
        "Every create with an asset that the client uploaded itself and that was Active: whether an answer before it "
        "said so, to the upload, a get or a list. A create with an asset that is still Processing breaks another rule."
    ),
    exception="another program of yours waits for the assets.",
)
def active_was_seen(history: History) -> Iterator[RuleCase]:
    for asset in history.uploaded:
        uses = [request for request in history.on("create task") if asset.asset_id in request.asset_ids]
        if not uses or asset.upload is None or asset.state_before(uses[0].seq) != "Active":
            continue
        answers = [asset.upload, *asset.gets, *history.on("list assets")]
        read = any(_shows_active(answer, asset.asset_id) for answer in answers if answer.seq < uses[0].seq)
        yield case(read, f"{asset.asset_id} is used, and its status was never read as Active", asset.upload, uses[0])


def _shows_active(answer: RequestRecord, asset_id: str) -> bool:
    """Whether an answer that surely arrived shows this asset as Active."""
    body = fields(answer.answer)
    records = [body, *(record for name in ("items", "results") for record in body.get(name) or ())]
    return answer.clear and any(
        field_of(record, "asset_id") == asset_id and str(field_of(record, "status")).lower() == "active"
        for record in records
    )
