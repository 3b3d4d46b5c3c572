"""A request that keeps failing is given up."""

from collections.abc import Iterator
from itertools import groupby

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

MANY = 50


@rule(
    "A request other than a read is repeated a limited number of times when it keeps failing.",
    rationale=(
        "An outage can outlast any loop. A client that repeats a create for ever never says what is wrong, and buys a "
        "video that nobody waits for once the service is back."
    ),
    source="https://dl.acm.org/doi/10.1145/3694715.3695971",
    severity="error",
    evidence=f"Rows of lost answers, 5xx, and 429 with Retry-After to the same request: more than {MANY} in a row.",
    exception="something outside the client bounds it.",
    retry="how often",
)
def retries_bounded(history: History) -> Iterator[RuleCase]:
    for run in history.runs:
        if run[0].method == "GET":
            continue
        for failing, group in groupby(run, key=_failed):
            row = list(group)
            if failing and len(row) > 1:
                yield case(len(row) <= MANY, f"the same request failed {len(row)} times in a row", *row[:3], row[-1])


def _failed(request: RequestRecord) -> bool:
    """Whether it failed in a way that repeating may mend; a 429 without Retry-After belongs to another rule."""
    return request.failed or (request.status == 429 and "retry-after" in request.response_headers)
