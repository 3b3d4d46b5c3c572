"""What the pytest fixture costs: ``python -m tests.benchmarks.bench_fixture [TIMES]``.

Milliseconds on this machine, and each as a share of one bare request to the same server in the same run.
"""

import sys
from collections.abc import Callable
from statistics import median
from time import perf_counter

import httpx

from fakeseed.testing.emulator import Emulator
from fakeseed.testing.harness import LocalEmulator, local_emulator
from fakeseed.testing.markers import key_of, setup_of


def timed(action: Callable[[int], object], times: int) -> float:
    """Milliseconds that a piece of work takes, the median of so many times."""
    seconds = []
    for number in range(times):
        began = perf_counter()
        action(number)
        seconds.append(1000 * (perf_counter() - began))
    return median(seconds)


def fresh_world(local: LocalEmulator, name: str, **arguments: object) -> Emulator:
    """What the fixture does for one test."""
    emulator = Emulator(local, key_of(name), "0")
    emulator.load(*setup_of([((), arguments)]))
    return emulator


def generation(local: LocalEmulator, http: httpx.Client, number: int) -> None:
    """A whole test of a ten-minute generation: world, create, wait for its end."""
    emulator = fresh_world(local, f"generation-{number}", clock="frozen", pace="realistic")
    headers = {"X-API-Key": emulator.api_key}
    requests = {"model": "seedance", "task_type": "seedance-2.5", "input": {"prompt": "a corgi"}}
    task = http.post("/api/v1/task", json=requests, headers=headers).json()["data"]["task_id"]
    finished = http.post("/_fakeseed/wait", json={"task": task, "within": "1h"}, headers=headers).json()
    assert finished["task"]["status"] == "completed"


def main(times: int) -> None:
    """Measure and print."""
    began = perf_counter()
    with local_emulator("0") as local:
        up = 1000 * (perf_counter() - began)
        began = perf_counter()
        emulator = fresh_world(local, "first")
        ready = 1000 * (perf_counter() - began)
        began = perf_counter()
        emulator.control.world()
        first = 1000 * (perf_counter() - began)
        http = httpx.Client(base_url=local.url)
        bare = timed(lambda _: http.get("/_fakeseed/health"), times)
        rows = [
            ("server up", up),
            ("first fixture ready", ready),
            ("its first control call, client made and all", first),
            ("a fresh world", timed(lambda number: fresh_world(local, f"world-{number}"), times)),
            ("a test of a ten-minute generation", timed(lambda number: generation(local, http, number), times)),
        ]
        print(f"{'one bare request':<56}{bare:8.2f} ms")
        for what, taken in rows:
            print(f"{what:<56}{taken:8.2f} ms   {taken / bare:6.1f} x")
        http.close()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
