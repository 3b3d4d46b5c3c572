"""Polling stops at completed or failed."""

from collections.abc import Iterator

from fakeseed.judge.entries import ENDED, RequestRecord
from fakeseed.judge.history import History, TaskHistory
from fakeseed.judge.rule import RuleCase, case, rule

ALLOWED = 2


@rule(
    "A task that was seen completed or failed is not polled any more.",
    rationale=(
        "Pollers that know only one word for the end run into their limit on the other: failed counts as much as "
        "completed, and a completed task without a URL is an end too."
    ),
    source="https://github.com/ArcReel/ArcReel/issues/651",
    severity="error",
    evidence=(
        "Gets of a task after one that surely showed completed or failed; those after a download, a webhook, or an"
        " end without a URL do not count."
    ),
    exception="gets come from a page that people reload.",
)
def stops_at_end(history: History) -> Iterator[RuleCase]:
    for task in history.tasks.values():
        first = task.end_answer
        if first is not None and first.state in ENDED:
            repeats = [poll for poll in _polls_since(task, first) if not _explained(history, task, poll)]
            statement = f"{task.task_id} was seen {first.state} and asked for {len(repeats)} times more"
            yield case(len(repeats) <= ALLOWED, statement, first, *repeats[:4])


def _polls_since(task: TaskHistory, first: RequestRecord) -> list[RequestRecord]:
    return [poll for poll in task.polls if poll.seq > first.seq]


def _explained(history: History, task: TaskHistory, poll: RequestRecord) -> bool:
    """Whether something came before a poll that makes it worth asking again."""
    previous = [entry for entry in task.polls if entry.seq < poll.seq][-1]
    empty = previous.state == "completed" and not previous.data.get("output")
    notified = any(previous.seq < entry.seq < poll.seq for entry in task.deliveries)
    return empty or notified or bool(history.between(previous, poll, "download file"))
