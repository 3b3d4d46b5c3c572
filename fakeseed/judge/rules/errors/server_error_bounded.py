"""Retries after a 5xx are paced and bounded."""

from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import gaps
from fakeseed.judge.rule import RuleCase, case, rule

MANY = 100
SHORT = 0.5
ALLOWED = 3


@rule(
    "After a 5xx the same request is repeated after a pause, and a limited number of times.",
    rationale=(
        "Servers that are down come back sooner when their clients wait, and a loop without a bound outlives every"
        " outage."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="error",
    evidence=f"Rows of 5xx to the same request, creates and uploads left out: more than {ALLOWED} repetitions within "
    f"{SHORT} s, or more than {MANY} in a row.",
    exception="a proxy of your own paces the client.",
    timed=True,
    retry="when",
)
def server_error_bounded(history: History) -> Iterator[RuleCase]:
    for run in history.runs:
        if run[0].route in ("create task", "upload assets"):
            continue
        for row in _rows(run):
            short = [gap for gap in gaps(history, row) if gap < SHORT]
            statement = f"{len(row)} answers of 5xx in a row, {len(short)} of them within {SHORT} s of the one before"
            yield case(len(short) <= ALLOWED and len(row) <= MANY, statement, *row[:4])


def _rows(run: list[RequestRecord]) -> list[list[RequestRecord]]:
    rows: list[list[RequestRecord]] = [[]]
    for request in run:
        if request.status >= 500:
            rows[-1].append(request)
        elif rows[-1]:
            rows.append([])
    return [row for row in rows if row]
