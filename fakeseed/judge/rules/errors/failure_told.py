"""A failure does not look like a success."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A client whose task failed, and which made no other, does not end with exit code 0.",
    rationale="Scripts and queues go by the exit code. A video that is not there must not count as done.",
    source="https://github.com/wesleysimplicio/PiAPI-Skills",
    severity="error",
    evidence="The last task that the client surely saw failed, no completed one after it, and how the client ended.",
    exception="the command only reports a status.",
    needs_ending=True,
)
def failure_told(seen: History) -> Iterator[RuleCase]:
    assert seen.ending is not None
    shown = [task.seen_ended for task in seen.tasks.values() if task.create is not None and task.seen_ended is not None]
    failed = [poll for poll in shown if poll.state.lower() == "failed"]
    if failed and not any(poll.state.lower() == "completed" for poll in shown):
        yield case(not seen.ending.well, "its task failed, and the client ended as if all were well", failed[-1])
