"""A webhook has a secret."""

from collections.abc import Iterator

from fakeseed.judge.history import Evidence
from fakeseed.judge.rule import Case, case, rule


@rule(
    "A create that names a webhook gives it a secret.",
    why="A receiver is open to the world. Without a secret nothing tells the service's message from anybody's.",
    source="https://piapi.ai/docs/unified-webhook",
    severity="warning",
    evidence="Every create with webhook_config.endpoint.",
    unless="the endpoint's URL is itself secret, or no one else can reach it.",
)
def secret_set(seen: Evidence) -> Iterator[Case]:
    for request in seen.on("create"):
        if request.webhook.get("endpoint"):
            yield case(bool(request.webhook.get("secret")), "the webhook has no secret", request)
