"""A create whose response was lost is looked up."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.lookups import account_checked
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A create whose response was lost is looked up sooner or later, also when other creates follow.",
    rationale=(
        "The first task may run, hold its points and one of the few places. A batch that goes on never finds it "
        "again: a video that is paid for and that nobody fetches."
    ),
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="warning",
    evidence=(
        "Creates that took effect without an answer or with a 5xx, other creates after them, and whether the "
        "account was looked at any time later."
    ),
    exception="another program looks for tasks that nobody knows.",
)
def lost_create_looked_for(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        if not request.failed or not history.made_by[request.seq]:
            continue
        further = [entry for entry in history.after(request, "create task") if not entry.like(request)]
        if further and not (history.stopped and not account_checked(history, request)):
            statement = "other creates follow a lost one, and nobody looks what became of it"
            yield case(account_checked(history, request), statement, request, further[0])
