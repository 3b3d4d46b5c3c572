"""A failed task's error code or message is reported."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A failed task's error code or message is reported to whoever ran the client.",
    rationale=(
        "10003 is the content, 10002 the points, 10000 anything else: what to do next depends on it, and HTTP says"
        " 200 to all of them."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="warning",
    evidence="A task surely seen failed with an error code, and what the client said at its end.",
    exception="the client writes the reason elsewhere, into a log or a database.",
    needs_ending=True,
)
def code_told(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    for task in history.tasks.values():
        error = fields(task.end_answer.data.get("error")) if task.end_answer else {}
        reasons = [str(error[name]) for name in ("code", "message", "raw_message") if error.get(name)]
        completed = any(
            entry.end_answer and entry.end_answer.state.lower() == "completed" for entry in history.tasks.values()
        )
        if reasons and task.end_answer and task.create and history.output_complete and not completed:
            statement = f"nothing of {' / '.join(reasons)} is in what the client said"
            yield case(any(reason in history.ending.text for reason in reasons), statement, task.end_answer)
