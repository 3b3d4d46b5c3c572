"""In the style of an SDK: jobs go into a queue, two workers take them, and the caller waits for results."""

import queue
import threading
import time
from concurrent.futures import Future

from tests.zoo.clients.driving import drive, finish
from tests.zoo.clients.sync_httpx import send
from tests.zoo.clients.workflow import Habits

jobs: "queue.Queue[tuple[Habits, Future[bytes]] | None]" = queue.Queue()


def work() -> None:
    """One worker: takes jobs until there are no more."""
    while (job := jobs.get()) is not None:
        habits, result = job
        try:
            result.set_result(drive(habits, send, time.sleep))
        except Exception as error:  # the caller is told, whatever it is
            result.set_exception(error)


def submit(habits: Habits) -> "Future[bytes]":
    """Put a job into the queue."""
    result: Future[bytes] = Future()
    jobs.put((habits, result))
    return result


def main() -> bytes:
    """Make the video through the queue."""
    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    try:
        return submit(Habits(first_pause=2.5)).result()
    finally:
        for _ in workers:
            jobs.put(None)
        for worker in workers:
            worker.join()


if __name__ == "__main__":
    finish(main)
