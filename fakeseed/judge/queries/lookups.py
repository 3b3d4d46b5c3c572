"""Whether a client looked what became of a create before it went on."""

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History

LISTINGS = ("list active tasks", "list ended tasks")
"""Routes that show tasks whose ids the client does not know."""


def account_checked(history: History, first: RequestRecord, second: RequestRecord | None = None) -> bool:
    """Whether the client asked for its tasks, or was told of the one that was made, after a create and before another
    one (None: at any time).
    """
    ids = history.made_by[first.seq]
    limit = second.seq if second else history.entries[-1].seq + 1
    delivered = any(entry.task in ids and first.seq < entry.seq < limit for entry in history.deliveries)
    looks = [entry for entry in history.after(first, "get task", *LISTINGS) if entry.seq < limit]
    return delivered or any(entry.route in LISTINGS or entry.path_id in ids for entry in looks)


def answer_shows(request: RequestRecord, task_ids: list[str]) -> bool:
    """Whether an answer tells of one of these tasks."""
    return any(task_id in str(request.answer) for task_id in task_ids)
