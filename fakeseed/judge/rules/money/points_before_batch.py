"""A batch begins with a look at the purse."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

BATCH = 3


@rule(
    "Before several tasks are made, the account's points are looked at.",
    rationale=(
        "Each create freezes its whole price. A batch that runs dry in the middle leaves half of its videos, "
        "and the "
        "rest of the points gone on them."
    ),
    source="https://github.com/RobimLocar/saas",
    severity="warning",
    evidence="A third or later create refused for points after the first was accepted, and whether account/info was "
    "asked for before the second; a batch that looked is one that held it.",
    exception="the points are watched elsewhere.",
)
def points_before_batch(seen: History) -> Iterator[RuleCase]:
    creates = seen.on("create task")
    looks = [one for one in seen.on("get account") if one.named == "info"]
    if len(creates) < BATCH:
        return
    before = [one for one in looks if one.seq < creates[1].seq]
    broke = next((one for one in creates[BATCH - 1 :] if one.status == 402 and one.clear), None)
    if before:
        yield case(True, "", before[0])
    elif broke is not None and creates[0].status < 300:
        yield case(False, "the points ran out within a batch, and nobody had looked", creates[0], broke)
