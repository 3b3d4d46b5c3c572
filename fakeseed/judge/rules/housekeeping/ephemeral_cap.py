"""The cap on ephemeral assets passes with time alone."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

SOON = 60.0
ALLOWED = 1


@rule(
    "After the cap on ephemeral assets was met, auto-upload is not tried again at once.",
    rationale=(
        "Places become free hours later, when the retention is over. A small plan has 20, which a few clips "
        "with four "
        "pictures fill."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence=f"A create refused for the cap, and further ones refused for it within {SOON:g} s.",
    exception="none: use managed assets for what comes back.",
    timed=True,
)
def ephemeral_cap(seen: History) -> Iterator[RuleCase]:
    refused = [one for one in seen.on("create task") if _capped(one)]
    if refused:
        soon = [one for one in refused[1:] if seen.apart(refused[0], one) < SOON]
        says = f"refused for the cap, and tried {len(soon)} times more within {SOON:g} s"
        yield case(len(soon) <= ALLOWED, says, refused[0], *soon[:3])


def _capped(request: RequestRecord) -> bool:
    return request.status == 429 and (request.refused == "auto-upload.cap" or "hard cap" in str(request.answer))
