"""Polls are at least about one second apart."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import gaps, poll_runs
from fakeseed.judge.rule import RuleCase, case, rule

LEAST = 0.9
ALLOWED = 2


@rule(
    "Polls of the same task or asset are at least about one second apart.",
    rationale=(
        "A video takes minutes. Polling without a pause brings it no sooner, spends the rate limit, and gets a "
        "client banned by the edge."
    ),
    source="https://piapi.ai/docs/seedance-api/get-task",
    severity="warning",
    evidence=f"Gets of one task or asset until its end was seen: more than {ALLOWED} gaps below {LEAST} s.",
    exception="the client runs against a local emulator only, with an interval of its own for tests.",
    timed=True,
)
def interval(history: History) -> Iterator[RuleCase]:
    for wait in poll_runs(history):
        if len(wait.gets) > 1:
            good = [get.clear and get.status < 400 for get in wait.gets]  # other rules look at repeated failures
            short = [gap for gap, fine in zip(gaps(history, wait.gets), good, strict=False) if fine and gap < LEAST]
            statement = f"{wait.ref} is asked for {len(short)} times within {LEAST} s of the time before"
            yield case(len(short) <= ALLOWED, statement, *wait.gets[:4])
