"""The library's limit is known."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "Who uploads several assets looks at the quota first.",
    rationale=(
        "The list tells used and limit. Without it a series of uploads ends in the middle, and what it was "
        "for is half "
        "there."
    ),
    source="https://piapi.ai/docs/seedance-api/private-asset",
    severity="warning",
    evidence="An upload refused for the quota after others, and whether the list was asked for before.",
    exception="the quota is watched elsewhere.",
)
def quota_looked_at(seen: History) -> Iterator[RuleCase]:
    uploads = seen.on("upload assets")
    full = next((one for one in uploads[1:] if one.status == 429 and "quota" in str(one.answer) and one.clear), None)
    looks = seen.on("list assets")
    if len(uploads) > 1 and (full or looks):
        looked = [one for one in looks if full is None or one.seq < full.seq]
        says = "the library ran full within a series of uploads, and nobody had looked"
        yield case(bool(looked), says, *looked[:1], *([full] if full else []))
