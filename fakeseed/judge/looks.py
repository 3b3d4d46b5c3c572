"""Whether a client looked what became of a create before it went on."""

from fakeseed.judge.entries import Request
from fakeseed.judge.evidence import Evidence

LOOKS = ("active tasks", "histories")
"""Routes that show tasks whose ids the client does not know."""


def looked(seen: Evidence, first: Request, second: Request) -> bool:
    """Whether the client asked for its tasks, or was told of the one that was made, between two creates."""
    ids = seen.made_by[first.seq]
    told = any(one.task in ids and first.seq < one.seq < second.seq for one in seen.deliveries)
    known = any(one.named in ids for one in seen.between(first, second, "get task"))
    return told or known or bool(seen.between(first, second, *LOOKS))


def shows(request: Request, task_ids: list[str]) -> bool:
    """Whether an answer tells of one of these tasks."""
    return any(task_id in str(request.answer) for task_id in task_ids)
