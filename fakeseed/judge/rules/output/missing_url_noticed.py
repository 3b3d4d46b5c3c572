"""A completed task without a video URL is not taken for a success."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A task that is completed and has no video URL is read again or reported, and not taken for a success.",
    rationale="The status is written before the URL now and then. Whoever goes by the status alone has no video.",
    source="https://github.com/ArcReel/ArcReel/issues/651",
    severity="error",
    evidence="Tasks surely seen completed without output.video and never with one, and how the client ended.",
    exception="the command only reports a status.",
    needs_ending=True,
)
def missing_url_noticed(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    if history.stopped:
        return
    for task in history.tasks.values():
        completed = [poll for poll in task.polls if poll.clear and poll.state.lower() == "completed"]
        empty = [poll for poll in completed if not fields(poll.data.get("output")).get("video")]
        if task.create is None or not empty:
            continue
        url_seen = len(empty) < len(completed)
        statement = f"{task.task_id} is completed without a URL, and the client ended as if all were well"
        yield case(url_seen or not history.ending.successful, statement, empty[-1])
