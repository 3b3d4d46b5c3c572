"""Trying a client of the zoo in a world: what it is asked to do, and how it ended."""

import traceback
from collections.abc import Callable
from typing import Any

from fakeseed.judge.court import Court, Room
from fakeseed.judge.entries import Ending
from fakeseed.judge.evaluate import Judgement, judge
from fakeseed.scenario.parse import read_setup
from fakeseed.scenario.schema_types import Setup
from tests.zoo.correct import ApiError, CorrectClient

Mission = Callable[[Any], object]

LONGEST = 4 * 3600.0
"""World seconds of one pause-filled wait after which a client is stopped from outside, unless a mission says more."""
MOST_PAUSES = 2000


class StoppedError(BaseException):
    """The client had no end of its own."""


def ended(mission: Callable[[], object]) -> Ending:
    """How a client's work ended, as a command would have: it returned, it said what is wrong, or it crashed."""
    try:
        result = mission()
    except ApiError as problem:
        return Ending("exited", 1, str(problem))
    except StoppedError:
        return Ending("timed out", None, "")
    except Exception as problem:  # whatever a client lets through is how it crashed
        return Ending("exited", 2, "".join(traceback.format_exception(problem)))
    return Ending("exited", 0, result if isinstance(result, str) else "")


def tried(
    court: Court, kind: type[CorrectClient], mission: Mission, setup: Setup | dict[str, Any], key: str
) -> Judgement:
    """Let a client do something in a world, and judge it."""
    ready = setup if isinstance(setup, Setup) else read_setup(setup)
    room = court.room(key, ready, "frozen")
    client = kind(room.base_url, key, _pausing(room))
    try:
        ending = ended(lambda: mission(client))
    finally:
        client.close()
    return judge(room.evidence(ending))


def _pausing(room: Room) -> Callable[[float], None]:
    count = 0

    def pause(seconds: float) -> None:
        nonlocal count
        count += 1
        if count > MOST_PAUSES:
            raise StoppedError
        if seconds > 0:
            room.sleep(seconds)

    return pause
