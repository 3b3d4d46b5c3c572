"""Retries after a 429 without Retry-After are paced and bounded."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import gaps
from fakeseed.judge.rule import RuleCase, case, rule

MANY = 30
HURRIED = 10.0
"""Seconds from which on a repetition is a poll like any other, which a client bounds by its patience."""
SHORT = 0.9
ALLOWED = 2
OTHERS = ("quota", "hard cap")
"""Words of refusals with 429 that are no matter of pace; other rules look at them."""


@rule(
    "After a 429 without Retry-After the same request is repeated after a pause, and a limited number of times.",
    rationale=(
        "The refusals seen live carry no Retry-After. A client that reads it without a default comes back at once,"
        " and is refused at once."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="warning",
    evidence=f"Rows of 429 without Retry-After to the same request: more than {ALLOWED} repetitions within {SHORT} s, "
    f"or more than {MANY} within {HURRIED:g} s each.",
    exception="a queue outside the client paces it.",
    timed=True,
    retry="when",
)
def too_many_requests_backoff(history: History) -> Iterator[RuleCase]:
    for run in history.runs:
        row = [request for request in run if _bare(request)]
        if row:
            pauses = gaps(history, row)
            short, hurried = (sum(pause < limit for pause in pauses) for limit in (SHORT, HURRIED))
            counts = f"back within {SHORT} s {short} times, within {HURRIED:g} s {hurried} times"
            statement = f"refused with 429 {len(row)} times, and {counts}"
            yield case(short <= ALLOWED and hurried <= MANY, statement, *row[:4])


def _bare(request: RequestRecord) -> bool:
    other_limit = any(phrase in str(request.answer) for phrase in OTHERS)
    return request.status == 429 and "retry-after" not in request.response_headers and not other_limit
