"""Assets are used with less-restriction task types only."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule
from fakeseed.model.task_types import REDIRECTED, TASK_TYPES


@rule(
    "asset:// references are used with less-restriction task types only.",
    rationale="Strict types refuse it with 422; the article calls it the first of the common mistakes.",
    source="https://piapi.ai/docs/seedance-api/less-restriction",
    severity="error",
    evidence="Every create with asset://: its task_type.",
    exception="none: the request is refused.",
)
def less_restriction_only(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        if request.asset_ids:
            kind = TASK_TYPES.get(REDIRECTED.get(request.task_type, request.task_type))
            yield case(kind is None or kind.takes_assets, f"{request.task_type} takes no asset://", request)
