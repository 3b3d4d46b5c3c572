"""A lost answer is no lost request."""

from collections.abc import Iterator

from fakeseed.faults.registry import real_time_faults
from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.lookups import looked
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A create whose answer was lost, or was a 5xx, is not sent again before the account was looked at.",
    rationale=(
        "There is no idempotency key: the same body twice is two videos and two charges. Paid nodes of one "
        "program "
        "made 732 such resubmissions in a week, and 426 of them were billed."
    ),
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="error",
    evidence="Creates without an answer or with a 5xx, and the same body after them with neither active tasks, "
    "histories nor a webhook in between; slow answers count when their task was never asked for.",
    exception="two videos of one prompt are wanted.",
)
def no_ambiguous_resubmit(seen: History) -> Iterator[RuleCase]:
    for request in seen.on("create task"):
        if request.failed or _given_up(seen, request):
            again = seen.next_like(request)
            says = "the same create is sent again without a look at what became of the first"
            if again is None:
                yield case(True, "", request)
            else:
                yield case(looked(seen, request, again), says, request, again)


def _given_up(seen: History, request: RequestRecord) -> bool:
    """Whether the answer was slow, and the task behind it was left alone although the same was asked for again."""
    if not request.faults & real_time_faults() or seen.next_like(request) is None:
        return False
    ids = seen.made_by[request.seq]
    return bool(ids) and not any(poll.named in ids for poll in seen.on("get task"))
