"""A wait ends only at completed or failed."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.polling import KNOWN, PollRun, informed_elsewhere, poll_runs
from fakeseed.judge.rule import RuleCase, broken, held, rule


@rule(
    "A wait ends only at completed or failed: neither an unfamiliar status nor an early URL ends it.",
    rationale=(
        "output.video was seen while the status still said pending, and words that no page has (staged) come up. "
        "Who takes either for the end downloads nothing, or loses a video that is paid for."
    ),
    source="https://github.com/RobimLocar/saas",
    severity="error",
    evidence=(
        "What follows an unknown status; downloads before the end; exit code 0 while the last status of a task "
        "that was polled twice or more is no end."
    ),
    exception="the command is meant to look once, not to wait.",
)
def does_not_stop_early(history: History) -> Iterator[RuleCase]:
    for wait in poll_runs(history):
        odd = next((get for get in wait.answers if get.state.lower() not in KNOWN), None)
        if odd is not None and odd is wait.gets[-1] and not informed_elsewhere(history, wait):
            yield broken(f"{wait.ref} was seen {odd.state!r} and never asked for again", odd)
        elif wait.ended:
            yield held(wait.gets[-1])
        elif _content(history, wait) and not informed_elsewhere(history, wait):
            yield broken(f"the client ended well while {wait.ref} was {wait.answers[-1].state}", wait.gets[-1])
    for task in history.tasks.values():
        end_answer = task.end_answer
        early = [entry for entry in task.files if end_answer is None or entry.seq < end_answer.seq]
        if early and task.end is not None and early[0].seq < task.end.seq:
            yield broken(f"the video of {task.task_id} is fetched before its end", early[0], task.end)


def _content(history: History, wait: PollRun) -> bool:
    """Whether the client says that all is well, and has seen no end."""
    task = history.tasks.get(wait.ref)
    notified = task is None or bool(task.deliveries) or bool(task.create and task.create.webhook.get("endpoint"))
    well = history.ending is not None and history.ending.successful
    return well and not notified and len(wait.answers) > 1 and wait.answers[-1] is wait.gets[-1]
