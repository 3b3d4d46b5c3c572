"""Statuses are compared regardless of case."""

from collections.abc import Iterator

from fakeseed.judge.entries import ENDED
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

ALLOWED = 2


@rule(
    "Statuses are compared regardless of case: Completed and COMPLETED end a wait too.",
    rationale=(
        "The documents write statuses in title case, the wire in lower case, and relays in upper case. A published"
        " client runs into its timeout on the wrong one, with the video paid for."
    ),
    source="https://github.com/ArcReel/ArcReel/pull/1889",
    severity="error",
    evidence="A get that surely showed an end in another case, and the gets after it.",
    exception="none: both spellings are documented.",
)
def status_in_any_case(history: History) -> Iterator[RuleCase]:
    for task in history.tasks.values():
        first = task.end_answer
        if first is not None and first.state not in ENDED:
            repeats = [poll for poll in task.polls if poll.seq > first.seq]
            statement = f"{task.task_id} was seen {first.state} and asked for {len(repeats)} times more"
            yield case(len(repeats) <= ALLOWED, statement, first, *repeats[:4])
