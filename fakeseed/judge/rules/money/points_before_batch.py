"""The points are read before a batch of creates."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule

BATCH = 3


@rule(
    "The account's points are read before a batch of creates.",
    rationale=(
        "Each create freezes its whole price. A batch that runs dry in the middle leaves half of its videos, and "
        "the rest of the points gone on them."
    ),
    source="https://github.com/RobimLocar/saas",
    severity="warning",
    evidence=(
        "A third or later create refused for points after the first was accepted, and whether account/info was "
        "asked for before the second; a batch that looked is one that held it."
    ),
    exception="the points are watched elsewhere.",
)
def points_before_batch(history: History) -> Iterator[RuleCase]:
    creates = history.on("create task")
    looks = [entry for entry in history.on("get account") if entry.path_id == "info"]
    if len(creates) < BATCH:
        return
    early = [entry for entry in looks if entry.seq < creates[1].seq]
    broke = next((entry for entry in creates[BATCH - 1 :] if entry.status == 402 and entry.clear), None)
    if early:
        yield case(True, "", early[0])
    elif broke is not None and creates[0].status < 300:
        yield case(False, "the points ran out within a batch, and nobody had looked", creates[0], broke)
