"""A webhook is registered with a secret."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A webhook is registered with a secret.",
    rationale="A receiver is open to the world. Without a secret nothing tells the service's message from anybody's.",
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence="Every create with webhook_config.endpoint.",
    exception="the endpoint's URL is itself secret, or no one else can reach it.",
)
def secret_set(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        if request.webhook.get("endpoint"):
            yield case(bool(request.webhook.get("secret")), "the webhook has no secret", request)
