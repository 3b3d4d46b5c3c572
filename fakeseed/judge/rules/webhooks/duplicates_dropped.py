"""The same message twice is one message."""

from collections.abc import Iterator
from itertools import pairwise

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A webhook that comes a second time does not set the work going a second time.",
    rationale=(
        "Deliveries are repeated when an answer is lost or late. Two downloads are waste; two payouts or two "
        "posts to "
        "a channel are not."
    ),
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence="Two deliveries that the receiver took, a whole download between them, and another one after the second.",
    exception="the work can be repeated without harm.",
)
def duplicates_dropped(seen: History) -> Iterator[RuleCase]:
    for task in seen.tasks.values():
        taken = [one for one in task.deliveries if 200 <= one.status < 300]
        for first, second in pairwise(taken):
            whole = [one for one in task.files if one.status == 200 and one.clear]
            before = [one for one in whole if one.seq < second.seq]
            after = [one for one in whole if one.seq > second.seq]
            if before:
                yield case(not after, "the video is fetched once more for a duplicate", first, second, *after[:1])
