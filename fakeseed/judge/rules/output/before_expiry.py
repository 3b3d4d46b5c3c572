"""A video is downloaded before its URL expires."""

from collections.abc import Iterator

from fakeseed.judge.entries import TransitionRecord
from fakeseed.judge.history import History, TaskHistory
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A video is downloaded before its URL expires.",
    rationale=(
        "Output URLs are temporary. What is downloaded on demand, days later, is a 404 for a video that was paid for."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="error",
    evidence=(
        "Tasks whose video the client asked for: whether a download succeeded before the URL expired, where the "
        "client knew of the end in time."
    ),
    exception="videos are made to be looked at once.",
)
def before_expiry(history: History) -> Iterator[RuleCase]:
    for task in history.tasks.values():
        dead = next((event for event in task.events if event.subject == "output"), None)
        if not task.files:
            continue
        good = [entry for entry in task.files if entry.status in (200, 206) and (dead is None or entry.seq < dead.seq)]
        late = [entry for entry in task.files if dead is not None and entry.seq > dead.seq]
        if good:
            yield case(True, "", good[0])
        elif dead is not None and late and late[0] is task.files[0] and _known(task, dead):
            yield case(False, f"the video of {task.task_id} is asked for after its URL died", dead, late[0])


def _known(task: TaskHistory, dead: TransitionRecord) -> bool:
    """Whether the client was told of the end while the URL was alive."""
    return task.end_answer is not None and task.end_answer.seq < dead.seq
