"""A reference that is used repeatedly is uploaded as an asset."""

from collections import defaultdict
from collections.abc import Iterator

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule
from fakeseed.model.references import SCHEME
from fakeseed.model.task_types import TASK_TYPES

OFTEN = 3


@rule(
    "A reference that is used in task after task is uploaded once as an asset.",
    rationale=(
        "A raw URL is fetched again for each task and may be gone at the next; an asset stays, and keeps a "
        "character the same."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="advice",
    evidence=f"The same raw URL in {OFTEN} or more accepted less-restriction creates.",
    exception="the plan has no assets.",
)
def recurring_as_asset(history: History) -> Iterator[RuleCase]:
    uses: dict[str, list[RequestRecord]] = defaultdict(list)
    for request in history.on("create task"):
        kind = TASK_TYPES.get(request.task_type)
        if request.status < 300 and kind is not None and kind.takes_assets:
            for uri in dict.fromkeys(request.references):
                uses[uri].append(request)
    for uri, creates in uses.items():
        if len(creates) >= OFTEN:
            yield case(uri.startswith(SCHEME), f"{uri[:100]} is used raw in {len(creates)} tasks", *creates[:OFTEN])
