"""A failed task makes the client exit with an error."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A client whose only task failed does not exit with code 0.",
    rationale="Scripts and queues go by the exit code. A video that is not there must not count as done.",
    source="https://github.com/wesleysimplicio/PiAPI-Skills",
    severity="error",
    evidence="The last task that the client surely saw failed, no completed one after it, and how the client ended.",
    exception="the command only reports a status.",
    needs_ending=True,
)
def failure_told(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    ends = [
        task.end_answer for task in history.tasks.values() if task.create is not None and task.end_answer is not None
    ]
    failed = [poll for poll in ends if poll.state.lower() == "failed"]
    if failed and not any(poll.state.lower() == "completed" for poll in ends):
        yield case(
            not history.ending.successful, "its task failed, and the client ended as if all were well", failed[-1]
        )
