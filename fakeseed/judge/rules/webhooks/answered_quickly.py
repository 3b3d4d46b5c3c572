"""A webhook is answered before its work is done."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A webhook is answered within seconds, before the work that it starts.",
    rationale=(
        "A delivery that waits for a download runs into the sender's timeout, and comes again while the first is "
        "still at work."
    ),
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence="Deliveries that reached the receiver: whether an answer came within the sender's 10 s.",
    exception="none: keep the message and answer.",
)
def answered_quickly(history: History) -> Iterator[RuleCase]:
    for delivery in history.deliveries:
        if not delivery.kept_back and (delivery.status or delivery.cause.startswith("no answer within")):
            yield case(bool(delivery.status), f"attempt {delivery.attempt}: {delivery.cause}", delivery)
