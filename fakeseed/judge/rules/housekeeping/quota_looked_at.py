"""The quota is read before a series of uploads."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "The quota is read before a series of uploads.",
    rationale=(
        "The list tells used and limit. Without it a series of uploads ends in the middle, and what it was for is "
        "half there."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence="An upload refused for the quota after others, and whether the list was asked for before.",
    exception="the quota is watched elsewhere.",
)
def quota_looked_at(history: History) -> Iterator[RuleCase]:
    uploads = history.on("upload assets")
    full = next(
        (entry for entry in uploads[1:] if entry.status == 429 and "quota" in str(entry.answer) and entry.clear), None
    )
    looks = history.on("list assets")
    if len(uploads) > 1 and (full or looks):
        looked = [entry for entry in looks if full is None or entry.seq < full.seq]
        statement = "the library ran full within a series of uploads, and nobody had looked"
        yield case(bool(looked), statement, *looked[:1], *([full] if full else []))
