"""Long waits poll less and less often."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import gaps, poll_runs
from fakeseed.judge.rule import RuleCase, case, rule

MANY = 40
SLOW = 10.0
LEAST = 0.9


@rule(
    f"Who polls more than {MANY} times asks less often as time goes on, or only every {SLOW:g} s from the start.",
    rationale=(
        "Runs of ten minutes and more are common at 1080p. Hundreds of gets for one video are what rate limits are"
        " made for."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="advice",
    evidence=f"Waits of more than {MANY} gets: the gaps of the last quarter against those of the first.",
    exception="videos are always short.",
    timed=True,
)
def backoff(history: History) -> Iterator[RuleCase]:
    for wait in poll_runs(history):
        if len(wait.gets) <= MANY:
            continue
        apart = gaps(history, wait.gets)
        part = len(apart) // 4
        first, last = sorted(apart[:part])[part // 2], sorted(apart[-part:])[part // 2]
        if first >= LEAST:  # below, the interval itself is at fault
            statement = f"{len(wait.gets)} gets of {wait.ref}, {first:.1f} s apart at first and {last:.1f} s at last"
            yield case(last >= SLOW or last > 1.2 * first, statement, wait.gets[0], wait.gets[-1])
