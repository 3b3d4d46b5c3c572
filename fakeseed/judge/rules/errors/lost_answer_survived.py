"""A poll whose response was lost is repeated."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import interrupted_waits
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A poll whose response is lost is repeated.",
    rationale=(
        "Connections break within ten minutes of polling. A get can be repeated at no cost; a wait that ends with "
        "it loses a video that is paid for."
    ),
    source="https://github.com/wiremock/wiremock",
    severity="error",
    evidence=(
        "The first answer of a wait that a fault kept from arriving whole, and whether the record was asked for again."
    ),
    exception="whatever runs the client runs it again.",
    retry="if",
)
def lost_answer_survived(history: History) -> Iterator[RuleCase]:
    for struck, last in interrupted_waits(history, lambda get: get.lost and "malformed-json" not in get.faults):
        yield case(not last, f"a lost answer ({', '.join(sorted(struck.faults))}) ended the wait", struck)
