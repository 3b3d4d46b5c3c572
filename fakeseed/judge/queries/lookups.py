"""Whether a client looked what became of a create before it went on."""

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History

LOOKS = ("list active tasks", "list ended tasks")
"""Routes that show tasks whose ids the client does not know."""


def looked(seen: History, first: RequestRecord, second: RequestRecord | None = None) -> bool:
    """Whether the client asked for its tasks, or was told of the one that was made, after a create and before another
    one (None: at any time).
    """
    ids = seen.made_by[first.seq]
    before = second.seq if second else seen.entries[-1].seq + 1
    told = any(one.task in ids and first.seq < one.seq < before for one in seen.deliveries)
    asked = [one for one in seen.after(first, "get task", *LOOKS) if one.seq < before]
    return told or any(one.route in LOOKS or one.named in ids for one in asked)


def shows(request: RequestRecord, task_ids: list[str]) -> bool:
    """Whether an answer tells of one of these tasks."""
    return any(task_id in str(request.answer) for task_id in task_ids)
