"""What was deleted is not used."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "An asset that the client deleted is not referred to any more.",
    rationale=(
        "A deleted asset is gone at once, and the create is refused. It happens where a clean-up and the "
        "work share a "
        "list of ids."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="error",
    evidence="A deletion that surely succeeded, and creates with that asset after it.",
    exception="several programs share one key.",
)
def kept_until_used(seen: History) -> Iterator[RuleCase]:
    for request in seen.on("delete asset"):
        if request.status >= 300 or not request.clear:
            continue
        uses = [one for one in seen.after(request, "create task") if request.named in one.asset_ids]
        yield case(not uses, f"{request.named} was deleted and is used again", request, *uses[:3])
