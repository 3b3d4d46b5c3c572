"""Auto-upload is not retried at once after the cap on ephemeral assets was reached."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

SOON = 60.0
ALLOWED = 1


@rule(
    "Auto-upload is not retried at once after the cap on ephemeral assets was reached.",
    rationale=(
        "Places become free hours later, when the retention is over. A small plan has 20, which a few clips with "
        "four pictures fill."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence=f"A create refused for the cap, and further ones refused for it within {SOON:g} s.",
    exception="none: use managed assets for what comes back.",
    timed=True,
    retry="if",
)
def ephemeral_cap(history: History) -> Iterator[RuleCase]:
    refused = [entry for entry in history.on("create task") if _capped(entry)]
    if refused:
        soon = [entry for entry in refused[1:] if history.seconds_between(refused[0], entry) < SOON]
        statement = f"refused for the cap, and tried {len(soon)} times more within {SOON:g} s"
        yield case(len(soon) <= ALLOWED, statement, refused[0], *soon[:3])


def _capped(request: RequestRecord) -> bool:
    return request.status == 429 and (request.refused == "auto-upload.cap" or "hard cap" in str(request.answer))
