"""A task found after a lost create is adopted, not created again."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.lookups import LISTINGS, answer_shows
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A task that was found after a lost response is adopted, not created again.",
    rationale=(
        "Looking costs nothing, and is worth nothing when its answer is not read: the second create is billed all "
        "the same."
    ),
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="error",
    evidence="A lost create, a look whose answer surely showed its task, and whether the same body came once more.",
    exception="two videos of one prompt are wanted.",
    retry="how",
)
def found_task_adopted(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        if not request.failed:
            continue
        showing = [
            entry
            for entry in history.after(request, *LISTINGS)
            if entry.clear and answer_shows(entry, history.made_by[request.seq])
        ]
        if showing:
            again = next((entry for entry in history.after(showing[0], "create task") if entry.like(request)), None)
            evidence = [request, showing[0]] if again is None else [request, showing[0], again]
            yield case(again is None, "the look showed the task, and it was made again", *evidence)
