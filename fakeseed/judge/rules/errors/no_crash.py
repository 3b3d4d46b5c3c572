"""A client does not die of a mistake in its own code."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.crashes import crash_of
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "Whatever the service answers, the client ends with a message of its own, not with a TypeError or a KeyError.",
    rationale=(
        "An answer that has another shape than expected says what is wrong. A client that trips over it shows a stack "
        "trace instead, and forgets the id of a task that is paid for."
    ),
    source="https://www.usenix.org/conference/nsdi23/presentation/chen-yinfang",
    severity="warning",
    evidence=(
        "The end of the output of a client that failed: an uncaught TypeError, KeyError, AttributeError, IndexError, "
        "NameError, AssertionError, ReferenceError or RangeError with its stack."
    ),
    exception="the program is a script that you read the traces of.",
    needs_ending=True,
)
def no_crash(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    if history.requests and history.ending.how == "exited":
        error = crash_of(history.ending)
        yield case(not error, f"it ended with {error}", history.requests[-1])
