"""A key that is not let in is not tried again."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "After a 401 the same request is not sent again with the same key.",
    rationale=(
        "No repetition makes a wrong key right; a client that loops hides the one thing that its user has to know."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="error",
    evidence="An answer 401 that surely arrived, and the same request after it.",
    exception="your gateway answers 401 for a moment while it rotates keys.",
)
def stops_when_refused(seen: History) -> Iterator[RuleCase]:
    for run in seen.runs:
        refused = next((one for one in run if one.status == 401 and one.clear), None)
        if refused is not None:
            again = [one for one in run if one.seq > refused.seq]
            yield case(not again, f"refused with 401 and sent again {len(again)} times", refused, *again[:3])
