"""Words are compared without regard to case."""

from collections.abc import Iterator

from fakeseed.judge.entries import ENDED
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

ALLOWED = 2


@rule(
    "Completed and COMPLETED end a wait as completed does.",
    rationale=(
        "The documents write statuses in title case, the wire in lower case, and relays in upper case. A "
        "published "
        "client runs into its timeout on the wrong one, with the video paid for."
    ),
    source="https://github.com/ArcReel/ArcReel/pull/1889",
    severity="error",
    evidence="A get that surely showed an end in another case, and the gets after it.",
    exception="none: both spellings are documented.",
)
def status_in_any_case(seen: History) -> Iterator[RuleCase]:
    for task in seen.tasks.values():
        first = task.seen_ended
        if first is not None and first.state not in ENDED:
            more = [poll for poll in task.polls if poll.seq > first.seq]
            says = f"{task.task_id} was seen {first.state} and asked for {len(more)} times more"
            yield case(len(more) <= ALLOWED, says, first, *more[:4])
