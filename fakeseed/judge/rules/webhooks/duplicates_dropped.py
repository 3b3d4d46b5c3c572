"""A webhook delivered twice is processed once."""

from collections.abc import Iterator
from itertools import pairwise

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A webhook that is delivered twice is processed once.",
    rationale=(
        "Deliveries are repeated when an answer is lost or late. Two downloads are waste; two payouts or two posts"
        " to a channel are not."
    ),
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence="Two deliveries that the receiver took, a whole download between them, and another one after the second.",
    exception="the work can be repeated without harm.",
    retry="how",
)
def duplicates_dropped(history: History) -> Iterator[RuleCase]:
    for task in history.tasks.values():
        accepted = [entry for entry in task.deliveries if 200 <= entry.status < 300]
        for first, second in pairwise(accepted):
            whole = [entry for entry in task.files if entry.status == 200 and entry.clear]
            earlier = [entry for entry in whole if entry.seq < second.seq]
            later = [entry for entry in whole if entry.seq > second.seq]
            if earlier:
                yield case(not later, "the video is fetched once more for a duplicate", first, second, *later[:1])
