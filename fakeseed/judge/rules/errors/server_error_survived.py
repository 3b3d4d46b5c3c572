"""A poll answered with a 5xx is repeated."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import interrupted_waits
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A poll answered with a 5xx is repeated.",
    rationale=(
        "The task runs on behind the error. A client that takes it for the task's failure throws a paid video "
        "away, or creates it a second time."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="error",
    evidence="The first 5xx of a wait, and whether the record was asked for again.",
    exception="whatever runs the client runs it again.",
    retry="if",
)
def server_error_survived(history: History) -> Iterator[RuleCase]:
    for struck, last in interrupted_waits(history, lambda get: get.status >= 500 and not get.lost):
        yield case(not last, f"a {struck.status} ended the wait", struck)
