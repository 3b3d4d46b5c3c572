"""A failed task's log is reported where its error object is empty."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A failed task's log is reported where its error object is empty.",
    rationale="The cause often stands in data.logs alone; error.message is only a category, or empty.",
    source="https://github.com/Grigoriy-V/shotops",
    severity="warning",
    evidence="A task surely seen failed with an empty error object and a log, and what the client said at its end.",
    exception="the client writes the reason elsewhere, into a log or a database.",
    needs_ending=True,
)
def reason_from_logs(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    for task in history.tasks.values():
        data = task.end_answer.data if task.end_answer else {}
        messages = [message for message in data.get("logs") or () if isinstance(message, str)]
        empty = not any(fields(data.get("error")).values())
        if (
            messages
            and empty
            and task.end_answer
            and task.end_answer.state.lower() == "failed"
            and history.output_complete
        ):
            reported = any(message in history.ending.text for message in messages)
            yield case(reported, "no line of the task's log is in what the client said", task.end_answer)
