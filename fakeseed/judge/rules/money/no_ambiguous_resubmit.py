"""A create is not repeated before its outcome was looked up."""

from collections.abc import Iterator

from fakeseed.faults.registry import real_time_faults
from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.queries.lookups import account_checked
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A create whose response was lost or was a 5xx is not sent again before the account was read.",
    rationale=(
        "There is no idempotency key: the same body twice is two videos and two charges. Paid nodes of one program"
        " made 732 such resubmissions in a week, and 426 of them were billed."
    ),
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="error",
    evidence=(
        "Creates without an answer or with a 5xx, and the same body after them with neither active tasks, "
        "histories nor a webhook in between; slow answers count when their task was never asked for."
    ),
    exception="two videos of one prompt are wanted.",
    retry="how",
)
def no_ambiguous_resubmit(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        if request.failed or _given_up(history, request):
            again = history.next_like(request)
            statement = "the same create is sent again without a look at what became of the first"
            if again is None:
                yield case(True, "", request)
            else:
                yield case(account_checked(history, request, again), statement, request, again)


def _given_up(history: History, request: RequestRecord) -> bool:
    """Whether the answer was slow, and the task behind it was left alone although the same was asked for again."""
    if not request.faults & real_time_faults() or history.next_like(request) is None:
        return False
    ids = history.made_by[request.seq]
    return bool(ids) and not any(poll.path_id in ids for poll in history.on("get task"))
