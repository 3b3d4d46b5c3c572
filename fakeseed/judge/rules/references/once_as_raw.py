"""A reference that is used once is sent as a raw URL."""

from collections import defaultdict
from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

MANY = 3


@rule(
    "A reference that is used once is sent as a raw URL or by auto-upload, not as a managed asset.",
    rationale=(
        "Managed places are few. The article calls it the third of the common mistakes to upload every background."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="advice",
    evidence=f"{MANY} or more sources that the client uploaded and used, each in one task.",
    exception="the tasks that reuse them come later, or the references show faces.",
)
def once_as_raw(history: History) -> Iterator[RuleCase]:
    creates = [request for request in history.on("create task") if request.status < 300]
    uses: dict[str, set[int]] = defaultdict(set)  # by source: one that had to be uploaded again is used again
    for asset in history.uploaded:
        uses[asset.url] |= {index for index, entry in enumerate(creates) if asset.asset_id in entry.asset_ids}
    once = [creates[min(indexes)] for indexes in uses.values() if len(indexes) == 1]
    several = [creates[min(indexes)] for indexes in uses.values() if len(indexes) > 1]
    if len(once) + len(several) >= MANY:
        statement = f"{len(once)} sources were uploaded for one task each, and none for more"
        yield case(bool(several), statement, *once[:MANY], *several[:1])
