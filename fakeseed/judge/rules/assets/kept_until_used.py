"""An asset is not used after it was deleted."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "An asset is not used after the client deleted it.",
    rationale=(
        "A deleted asset is gone at once, and the create is refused. It happens where a clean-up and the work "
        "share a list of ids."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="error",
    evidence="A deletion that surely succeeded, and creates with that asset after it.",
    exception="several programs share one key.",
)
def kept_until_used(history: History) -> Iterator[RuleCase]:
    for request in history.on("delete asset"):
        if request.status >= 300 or not request.clear:
            continue
        uses = [entry for entry in history.after(request, "create task") if request.path_id in entry.asset_ids]
        yield case(not uses, f"{request.path_id} was deleted and is used again", request, *uses[:3])
