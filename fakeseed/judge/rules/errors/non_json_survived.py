"""A poll whose response is not JSON is repeated."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import interrupted_waits
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A poll whose response is not JSON, or is cut JSON, is repeated.",
    rationale=(
        "Pages of the edge and cut bodies come with status 200 too. A client that crashes on them loses the id of "
        "a task that is paid for."
    ),
    source="https://github.com/Hearmeman24/BlockFlow",
    severity="error",
    evidence=(
        "The first answer of a wait with a status below 300 and a body that is no JSON object, and whether the "
        "record was asked for again."
    ),
    exception="whatever runs the client runs it again.",
    retry="if",
)
def non_json_survived(history: History) -> Iterator[RuleCase]:
    for struck, last in interrupted_waits(
        history, lambda get: "malformed-json" in get.faults or (get.status < 300 and isinstance(get.answer, str))
    ):
        yield case(not last, "an answer that is no JSON ended the wait", struck)
