"""How a client waited for a task or an asset, read off its gets."""

from collections.abc import Callable, Iterator
from itertools import pairwise

import msgspec

from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History

ENDS = frozenset({"completed", "failed", "active"})
"""Words, in lower case, that end a wait: for a task or for an asset."""
KNOWN = ENDS | {"pending", "processing"}
PATIENT = 600.0
"""Own seconds after which nobody can say that a client gave up for anything but its bound."""


class PollRun(msgspec.Struct, frozen=True):
    """Gets of one record, up to the first one that surely told of its end; ``ended`` says whether one did."""

    ref: str
    gets: list[RequestRecord]
    ended: bool

    @property
    def answers(self) -> list[RequestRecord]:
        """Those that surely arrived and showed a status."""
        return [get for get in self.gets if get.clear and get.state]


def poll_runs(history: History) -> list[PollRun]:
    """Every wait for a task or an asset."""
    watched = [(task.task_id, task.polls) for task in history.tasks.values()]
    watched += [(asset.asset_id, asset.gets) for asset in history.assets.values()]
    return [_wait(ref, gets) for ref, gets in watched if gets]


def _wait(ref: str, gets: list[RequestRecord]) -> PollRun:
    end = next((index for index, get in enumerate(gets) if get.clear and get.state.lower() in ENDS), None)
    return PollRun(ref, gets if end is None else gets[: end + 1], end is not None)


def gaps(history: History, gets: list[RequestRecord]) -> list[float]:
    """Own seconds between requests and those before them."""
    return [history.seconds_between(first, second) for first, second in pairwise(gets)]


def interrupted_waits(
    history: History, strikes: Callable[[RequestRecord], bool]
) -> Iterator[tuple[RequestRecord, bool]]:
    """Each first get of a wait that met something, and whether the client took that for the end.

    Who has waited long may have reached its bound, and who was told otherwise had no need to ask; neither counts.
    """
    for wait in poll_runs(history):
        struck = next((get for get in wait.gets if strikes(get)), None)
        if struck is None:
            continue
        if struck is not wait.gets[-1]:
            yield struck, False
        elif history.seconds_between(wait.gets[0], struck) < PATIENT and not informed_elsewhere(history, wait):
            yield struck, True


def informed_elsewhere(history: History, wait: PollRun) -> bool:
    """Whether something but its own end can have ended a wait: a webhook, another look, a cancellation, a signal."""
    last = wait.gets[-1]
    looked = history.after(last, "list assets", "list active tasks", "list ended tasks", "cancel task", "delete asset")
    delivered = any(delivery.task == wait.ref and delivery.seq > last.seq for delivery in history.deliveries)
    crashed = history.ending is not None and history.ending.how == "killed" and last is history.requests[-1]
    return bool(looked) or delivered or history.stopped or crashed
