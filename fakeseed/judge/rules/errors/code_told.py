"""The error object is read."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.json_fields import fields
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "When a task failed, its error's code or message reaches whoever ran the client.",
    rationale=(
        "10003 is the content, 10002 the points, 10000 anything else: what to do next depends on it, and "
        "HTTP says 200 "
        "to all of them."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="warning",
    evidence="A task surely seen failed with an error code, and what the client said at its end.",
    exception="the client writes the reason elsewhere, into a log or a database.",
    needs_ending=True,
)
def code_told(seen: History) -> Iterator[RuleCase]:
    assert seen.ending is not None
    for task in seen.tasks.values():
        error = fields(task.seen_ended.data.get("error")) if task.seen_ended else {}
        told = [str(error[name]) for name in ("code", "message", "raw_message") if error.get(name)]
        completed = any(one.seen_ended and one.seen_ended.state.lower() == "completed" for one in seen.tasks.values())
        if told and task.seen_ended and task.create and not seen.ending.cut and not completed:
            says = f"nothing of {' / '.join(told)} is in what the client said"
            yield case(any(one in seen.ending.text for one in told), says, task.seen_ended)
