"""Poll intervals vary."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import gaps, poll_runs
from fakeseed.judge.rule import RuleCase, case, rule

ROW = 8
LEAST = 0.9
SAME = 0.002


@rule(
    "Poll intervals vary a little.",
    rationale=(
        "Many workers that began together ask together for ever, unless chance parts them; the service sees a peak"
        " every few seconds and answers it with 429."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="advice",
    evidence=f"{ROW} gaps in a row within one wait that are the same to {SAME:.1%}.",
    exception="there is one worker.",
    timed=True,
)
def jitter(history: History) -> Iterator[RuleCase]:
    for wait in poll_runs(history):
        apart = [gap for gap in gaps(history, wait.gets) if gap >= LEAST]
        rows = [apart[start : start + ROW] for start in range(len(apart) - ROW + 1)]
        if rows:
            even = any(max(row) - min(row) <= SAME * max(row) for row in rows)
            yield case(not even, f"{wait.ref} is asked for at equal intervals", wait.gets[0], wait.gets[-1])
