"""The list is read before an upload whose response was lost is repeated."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "The list is read before an upload whose response was lost is repeated.",
    rationale=(
        "The upload may have taken effect. A second one takes a second place of the limit, and nobody knows the first."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence="An upload that took effect, answered with a 5xx or not at all, and the same upload after it.",
    exception="the library is cleaned by name elsewhere.",
    retry="how",
)
def look_after_lost_answer(history: History) -> Iterator[RuleCase]:
    for request in history.on("upload assets"):
        if not request.failed or not history.made_by[request.seq]:
            continue
        again = history.next_like(request)
        if again is None:
            yield case(True, "", request)
        else:
            looked = history.between(request, again, "list assets", "get asset", "delete asset")
            yield case(bool(looked), "uploaded again after a lost answer without a look at the list", request, again)
