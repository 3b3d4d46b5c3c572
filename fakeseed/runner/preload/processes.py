"""What Linux tells of this process: those above it, those below it, and whether a thread is stuck in a call."""

from __future__ import annotations

import os
from typing import Iterable  # noqa: UP035 - the program's Python may be older than ours

MOST_ANCESTORS = 50


def ancestors(pid: int) -> list[int]:
    """The processes above one, the nearest first; only its parent where there is no /proc."""
    parents = [os.getppid()] if pid == os.getpid() else [_parent(pid)]
    while parents[-1] > 1 and len(parents) < MOST_ANCESTORS:
        parents.append(_parent(parents[-1]))
    return [parent for parent in parents if parent > 0]


def _parent(pid: int) -> int:
    _, fields = _stat(f"/proc/{pid}/stat")
    return int(fields[0]) if fields else 0


def _stat(path: str) -> tuple[str, list[str]]:
    """A process's or thread's state, and the fields behind it; an empty state when it is gone."""
    try:
        with open(path, "rb") as stat:
            state, *fields = stat.read().rpartition(b")")[2].decode().split()
    except (OSError, ValueError):
        return "", []
    return state, fields


def children(threads: Iterable[int]) -> list[int]:
    """The living processes that these threads of ours started."""
    pids: list[int] = []
    for thread in threads:
        try:
            with open(f"/proc/self/task/{thread}/children", "rb") as listing:
                pids += map(int, listing.read().split())
        except OSError:
            continue
    return [pid for pid in pids if _stat(f"/proc/{pid}/stat")[0] not in ("", "Z")]


def time_on_cpu(thread: int) -> int | None:
    """Nanoseconds that a thread has run, if it stands in a call right now; None if it runs, or nobody can tell."""
    state, _ = _stat(f"/proc/self/task/{thread}/stat")
    if state != "S":
        return None
    try:
        with open(f"/proc/self/task/{thread}/schedstat", "rb") as schedule:
            return int(schedule.read().split()[0])
    except (OSError, ValueError, IndexError):
        return None
