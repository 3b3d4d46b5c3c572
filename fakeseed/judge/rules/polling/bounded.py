"""Every wait has a limit."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import poll_runs
from fakeseed.judge.rule import RuleCase, case, rule

HOURS = 2
LONG = HOURS * 3600.0


@rule(
    f"A wait for a record that does not end is given up, at the latest after {HOURS} hours.",
    rationale=(
        "Tasks are seen to hang for ever: under parallel load three of ten never ended within an hour. A worker "
        "without a bound hangs with them."
    ),
    source="https://github.com/backblaze-labs/genblaze/pull/282",
    severity="error",
    evidence="Waits that saw no end: how long they went on. One that the judge cut short before that does not count.",
    exception="something outside the client bounds it.",
    timed=True,
    retry="how often",
)
def bounded(history: History) -> Iterator[RuleCase]:
    for wait in poll_runs(history):
        if wait.ended or len(wait.gets) < 2:
            continue
        took = history.seconds_between(wait.gets[0], wait.gets[-1])
        if history.stopped and took <= LONG:
            continue  # it might have given up a moment later
        yield case(took <= LONG, f"{wait.ref} was polled for {took / 60:.0f} min", wait.gets[0], wait.gets[-1])
