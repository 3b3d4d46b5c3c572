"""A task is polled when its webhook does not arrive."""

from collections.abc import Iterator

from fakeseed.judge.history import History, TaskHistory
from fakeseed.judge.rule import RuleCase, case, rule

LONG = 600.0


@rule(
    "A task whose webhook does not arrive is polled, however seldom.",
    rationale=(
        "Webhooks get lost: three attempts and no more, and some task types were seen never to send any. Who only "
        "listens never learns that the video is there, until its URL is dead."
    ),
    source="https://piapi.ai/docs/unified-webhook",
    severity="error",
    evidence=f"Tasks with a webhook that ended and were never told: whether they were asked for, by a client that was "
    f"still there {LONG / 60:g} min later.",
    exception="another program sweeps for tasks that nobody fetched.",
    timed=True,
)
def polled_as_well(history: History) -> Iterator[RuleCase]:
    for task in history.tasks.values():
        end = task.end
        if end is None or task.create is None or not task.create.webhook.get("endpoint") or _told(task):
            continue
        if any(poll.seq > end.seq for poll in task.polls):
            yield case(True, "", task.polls[-1])
        elif (last := history.requests[-1]).seq > end.seq and history.seconds_between(end, last) > LONG:
            yield case(False, f"{task.task_id} ended, no webhook came, and nobody asked", end, last)


def _told(task: TaskHistory) -> bool:
    return any(200 <= entry.status < 300 for entry in task.deliveries)
