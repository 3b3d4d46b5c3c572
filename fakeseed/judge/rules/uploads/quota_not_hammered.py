"""An upload refused for the quota is not repeated until there is room."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

FULL = "asset.quota-full"


@rule(
    "An upload refused for the quota is not repeated until there may be room.",
    rationale=(
        "The quota is a state, not a rate: it does not pass by itself, and repetition only delays the message to "
        "whoever could delete something."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence=(
        "An upload refused with 429 for the quota, and the same upload after it with no look, no deletion, and no "
        "asset gone in between."
    ),
    exception="another program frees places all the time.",
)
def quota_not_hammered(history: History) -> Iterator[RuleCase]:
    for request in history.on("upload assets"):
        if request.status != 429 or not _full(request):
            continue
        again = history.next_like(request)
        freed = (
            again is None
            or history.between(request, again, "delete asset", "list assets")
            or _gone(history, request, again)
        )
        evidence = [request] if again is None else [request, again]
        yield case(bool(freed), "the same upload is sent again into a full library", *evidence)


def _full(request: RequestRecord) -> bool:
    return request.refused == FULL or "quota" in str(request.answer)


def _gone(history: History, first: RequestRecord, second: RequestRecord) -> bool:
    return any(
        event.subject == "asset" and not event.target and first.seq < event.seq < second.seq for event in history.events
    )
