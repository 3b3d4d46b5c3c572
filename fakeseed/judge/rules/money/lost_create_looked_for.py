"""A lost purchase is not forgotten."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.lookups import looked
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A create whose answer was lost is looked for at some time, also when other creates follow.",
    rationale=(
        "The first task may run, hold its points and one of the few places. A batch that goes on never finds "
        "it again: "
        "a video that is paid for and that nobody fetches."
    ),
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="warning",
    evidence="Creates that took effect without an answer or with a 5xx, other creates after them, and whether the "
    "account was looked at any time later.",
    exception="another program looks for tasks that nobody knows.",
)
def lost_create_looked_for(seen: History) -> Iterator[RuleCase]:
    for request in seen.on("create task"):
        if not request.failed or not seen.made_by[request.seq]:
            continue
        others = [one for one in seen.after(request, "create task") if not one.like(request)]
        if others:
            says = "other creates follow a lost one, and nobody looks what became of it"
            yield case(looked(seen, request), says, request, others[0])
