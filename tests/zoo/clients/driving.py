"""Driving the workflow: for libraries that block, and for those that are awaited."""

import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

from tests.zoo.clients.workflow import ClientError, Habits, Pause, Request, Response, Workflow

BASE = os.environ["PIAPI_BASE_URL"]
KEY = os.environ["PIAPI_API_KEY"]
TIMEOUT = 20.0
"""Real seconds that a response may take."""


def url_of(request: Request) -> str:
    """Where a request goes."""
    return request.target if "://" in request.target else BASE + request.target


def headers_of(request: Request) -> dict[str, str]:
    """Its headers."""
    return {**request.headers, **({"X-API-Key": KEY} if request.with_key else {})}


def drive(habits: Habits, send: Callable[[Request], Response], sleep: Callable[[float], object]) -> bytes:
    """Run the workflow to its end."""
    steps = Workflow(habits).run()
    reply: Any = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as end:
            return bytes(end.value)
        if isinstance(step, Pause):
            sleep(step.seconds)
            reply = None
        else:
            reply = send(step)


async def drive_async(
    habits: Habits, send: Callable[[Request], Awaitable[Response]], sleep: Callable[[float], Awaitable[object]]
) -> bytes:
    """The same, awaited."""
    steps = Workflow(habits).run()
    reply: Any = None
    while True:
        try:
            step = steps.send(reply)
        except StopIteration as end:
            return bytes(end.value)
        if isinstance(step, Pause):
            await sleep(step.seconds)
            reply = None
        else:
            reply = await send(step)


def finish(work: Callable[[], bytes]) -> None:
    """Run it as a program: the exit code says whether there is a video, and the reason is printed."""
    try:
        print(len(work()), "bytes")
    except ClientError as error:
        sys.exit(str(error))
