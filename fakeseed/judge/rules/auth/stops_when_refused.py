"""A request refused with 401 is not repeated."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A request refused with 401 is not repeated with the same key.",
    rationale=(
        "No repetition makes a wrong key right; a client that loops hides the one thing that its user has to know."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="error",
    evidence="An answer 401 that surely arrived, and the same request after it.",
    exception="your gateway answers 401 for a moment while it rotates keys.",
    retry="if",
)
def stops_when_refused(history: History) -> Iterator[RuleCase]:
    for run in history.runs:
        refused = next((entry for entry in run if entry.status == 401 and entry.clear), None)
        if refused is not None:
            again = [entry for entry in run if entry.seq > refused.seq]
            yield case(not again, f"refused with 401 and sent again {len(again)} times", refused, *again[:3])
