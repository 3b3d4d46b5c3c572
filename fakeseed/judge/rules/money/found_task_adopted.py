"""What was found is kept."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.lookups import LOOKS, shows
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A task that the look after a lost answer shows is waited for, not made again.",
    rationale=(
        "Looking costs nothing, and is worth nothing when its answer is not read: the second create is "
        "billed all the "
        "same."
    ),
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="error",
    evidence="A lost create, a look whose answer surely showed its task, and whether the same body came once more.",
    exception="two videos of one prompt are wanted.",
)
def found_task_adopted(seen: History) -> Iterator[RuleCase]:
    for request in seen.on("create task"):
        if not request.failed:
            continue
        found = [one for one in seen.after(request, *LOOKS) if one.clear and shows(one, seen.made_by[request.seq])]
        if found:
            again = next((one for one in seen.after(found[0], "create task") if one.like(request)), None)
            lines = [request, found[0]] if again is None else [request, found[0], again]
            yield case(again is None, "the look showed the task, and it was made again", *lines)
