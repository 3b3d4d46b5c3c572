"""Where the error object is empty, the log speaks."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "When a failed task's error object says nothing, lines of its log reach whoever ran the client.",
    rationale="The cause often stands in data.logs alone; error.message is only a category, or empty.",
    source="https://github.com/Grigoriy-V/shotops",
    severity="warning",
    evidence="A task surely seen failed with an empty error object and a log, and what the client said at its end.",
    exception="the client writes the reason elsewhere, into a log or a database.",
    needs_ending=True,
)
def reason_from_logs(seen: History) -> Iterator[RuleCase]:
    assert seen.ending is not None
    for task in seen.tasks.values():
        data = task.seen_ended.data if task.seen_ended else {}
        lines = [line for line in data.get("logs") or () if isinstance(line, str)]
        empty = not any(fields(data.get("error")).values())
        if lines and empty and task.seen_ended and task.seen_ended.state.lower() == "failed" and not seen.ending.cut:
            told = any(line in seen.ending.text for line in lines)
            yield case(told, "no line of the task's log is in what the client said", task.seen_ended)
