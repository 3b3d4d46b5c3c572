"""Every label in a prompt refers to an entry of the arrays."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.prompt_labels import builds_on_earlier_task, labels_in
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "Every label in the prompt (Image 2, Video 1) refers to an entry of the arrays.",
    rationale=(
        "Labels count the entries of each array from 1. One that points past the end is a reference that was "
        "forgotten, or a prompt that was written for another order; the task is paid for and shows something else."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="warning",
    evidence="Creates with references whose prompt has labels; tasks that build on an earlier one are left out.",
    exception="the prompt speaks of something that is only called so.",
)
def labels_in_range(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        labels = labels_in(request)
        if not labels or not request.references or builds_on_earlier_task(request):
            continue
        missing = [f"{kind} {number}" for kind, number in sorted(labels) if number > len(request.array(_field(kind)))]
        yield case(not missing, f"the prompt names {', '.join(missing)}, which no array holds", request)


def _field(kind: str) -> str:
    return f"{kind.lower()}_urls"
