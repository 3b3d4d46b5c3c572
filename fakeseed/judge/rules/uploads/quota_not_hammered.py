"""An upload refused for the quota is not repeated until there is room."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

FULL = "asset.quota-full"
PAUSE = 30.0
"""Seconds between tries that nobody calls hammering."""
TRIES = 5
"""How many such tries there may be without a look at the library."""


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
        f"asset gone in between; up to {TRIES} tries that are {PAUSE:g} s apart are no hammering."
    ),
    exception="another program frees places all the time.",
    retry="when",
)
def quota_not_hammered(history: History) -> Iterator[RuleCase]:
    refused = [request for request in history.on("upload assets") if request.status == 429 and _full(request)]
    for request in refused:
        again = history.next_like(request)
        if again is None:
            yield case(True, "", request)
            continue
        freed = history.between(request, again, "delete asset", "list assets") or _gone(history, request, again)
        tries = sum(other.like(request) for other in refused)
        patient = history.seconds_between(request, again) >= PAUSE and tries <= TRIES
        yield case(bool(freed) or patient, "the same upload is sent again into a full library", request, again)


def _full(request: RequestRecord) -> bool:
    return request.refused == FULL or "quota" in str(request.answer)


def _gone(history: History, first: RequestRecord, second: RequestRecord) -> bool:
    return any(
        event.subject == "asset" and not event.target and first.seq < event.seq < second.seq for event in history.events
    )
