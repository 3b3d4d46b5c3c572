"""Several processes behind one socket, over worlds that they share."""

import os
import signal
import sys
import threading
from collections.abc import Callable

from fakeseed.errors import UsageError
from fakeseed.server.run import on_hang_up

STOP_SECONDS = 2.9
"""Real seconds that a worker may take to end."""
AGAIN_SECONDS = 1
"""Real seconds before a worker that ended by itself is replaced."""

Ready = Callable[[], None]


def serve_many(count: int, serve_one: Callable[[Ready], None], ready: Ready) -> None:
    """Run ``serve_one`` in so many processes until a signal comes; a worker that dies is replaced.

    ``ready`` is called when all of them answer. Raises UsageError where processes cannot be forked.
    """
    if not hasattr(os, "fork"):
        raise UsageError("--workers needs a system that can fork", "start several servers on one --state instead")
    ready_read, ready_write = os.pipe()
    running: set[int] = set()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    on_hang_up(lambda: sys.exit(0))
    try:
        for _ in range(count):
            running.add(_start(serve_one, ready_write))
        for _ in range(count):
            os.read(ready_read, 1)
        ready()
        while True:
            ended, _ = os.wait()
            running.discard(ended)
            threading.Event().wait(AGAIN_SECONDS)
            running.add(_start(serve_one, ready_write))
    except (KeyboardInterrupt, SystemExit):
        pass
    finally:
        _stop(running)


def _start(serve_one: Callable[[Ready], None], ready_write: int) -> int:
    sys.stdout.flush()
    worker = os.fork()
    if worker:
        return worker
    status = 1
    try:
        serve_one(lambda: _tell(ready_write))
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 0
    finally:
        os._exit(status)


def _tell(ready_write: int) -> None:
    os.write(ready_write, b".")


def _stop(running: set[int]) -> None:
    """End all workers; those that take longer than a server takes to end are killed."""
    for worker in running:
        os.kill(worker, signal.SIGTERM)

    def kill() -> None:
        for worker in list(running):
            os.kill(worker, signal.SIGKILL)

    overdue = threading.Timer(STOP_SECONDS, kill)
    overdue.start()
    for worker in list(running):
        os.waitpid(worker, 0)
        running.discard(worker)
    overdue.cancel()
