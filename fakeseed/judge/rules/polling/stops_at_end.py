"""An end is an end."""

from collections.abc import Iterator

from fakeseed.judge.entries import ENDED, RequestRecord
from fakeseed.judge.history import History, TaskHistory
from fakeseed.judge.rule import RuleCase, case, rule

ALLOWED = 2


@rule(
    "A task that was seen completed or failed is not polled on.",
    rationale="Pollers that know only one word for the end run into their limit on the other: failed counts as much as "
    "completed, and a completed task without a URL is an end too.",
    source="https://github.com/ArcReel/ArcReel/issues/651",
    severity="error",
    evidence="Gets of a task after one that surely showed completed or failed; those after a download, a webhook, or "
    "an end without a URL do not count.",
    exception="gets come from a page that people reload.",
)
def stops_at_end(seen: History) -> Iterator[RuleCase]:
    for task in seen.tasks.values():
        first = task.seen_ended
        if first is not None and first.state in ENDED:
            more = [poll for poll in _polls_since(task, first) if not _explained(seen, task, poll)]
            says = f"{task.task_id} was seen {first.state} and asked for {len(more)} times more"
            yield case(len(more) <= ALLOWED, says, first, *more[:4])


def _polls_since(task: TaskHistory, first: RequestRecord) -> list[RequestRecord]:
    return [poll for poll in task.polls if poll.seq > first.seq]


def _explained(seen: History, task: TaskHistory, poll: RequestRecord) -> bool:
    """Whether something came before a poll that makes it worth asking again."""
    before = [one for one in task.polls if one.seq < poll.seq][-1]
    empty = before.state == "completed" and not before.data.get("output")
    told = any(before.seq < one.seq < poll.seq for one in task.deliveries)
    return empty or told or bool(seen.between(before, poll, "download file"))
