"""A webhook with a wrong secret is rejected."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A webhook with a wrong secret is not answered with 2xx.",
    rationale="Who takes any message for the service's lets strangers complete tasks, with URLs of their own.",
    source="https://github.com/davidmosiah/short-video-agent-kit",
    severity="error",
    evidence=(
        "Deliveries that the fault webhook-wrong-secret gave another secret, and what the receiver answered. "
        "Whether the comparison takes constant time cannot be seen."
    ),
    exception="the receiver answers 2xx to everything, and drops what is wrong.",
)
def secret_compared(history: History) -> Iterator[RuleCase]:
    for task in history.tasks.values():
        for delivery in task.deliveries if task.met("webhook-wrong-secret") else ():
            if delivery.status:
                accepted = 200 <= delivery.status < 300
                yield case(not accepted, f"a wrong secret is answered with {delivery.status}", delivery)
