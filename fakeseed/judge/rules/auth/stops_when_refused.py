"""A key that is not let in is not tried again."""

from collections.abc import Iterator

from fakeseed.judge.history import Evidence
from fakeseed.judge.rule import Case, case, rule


@rule(
    "After a 401 the same request is not sent again with the same key.",
    why="No repetition makes a wrong key right; a client that loops hides the one thing that its user has to know.",
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="error",
    evidence="An answer 401 that surely arrived, and the same request after it.",
    unless="your gateway answers 401 for a moment while it rotates keys.",
)
def stops_when_refused(seen: Evidence) -> Iterator[Case]:
    for run in seen.runs:
        refused = next((one for one in run if one.status == 401 and one.clear), None)
        if refused is not None:
            again = [one for one in run if one.seq > refused.seq]
            yield case(not again, f"refused with 401 and sent again {len(again)} times", refused, *again[:3])
