"""Downloads that did not come whole."""

from collections.abc import Iterator
from functools import cache

from fakeseed.faults.registry import faults_seen_as, known_faults
from fakeseed.judge.entries import RequestRecord
from fakeseed.judge.history import History


@cache
def cutting_faults() -> frozenset[str]:
    """Faults that break a file off on the wire; what is done to JSON alone leaves it whole."""
    return frozenset(name for name in faults_seen_as("nothing") if known_faults()[name].real_socket)


def cut_downloads(history: History) -> Iterator[tuple[RequestRecord, list[RequestRecord]]]:
    """Each file that was first cut off or met a 5xx, with the requests for it that follow."""
    paths = set()
    for request in history.on("download file"):
        if request.path not in paths and (request.faults & cutting_faults() or request.status >= 500):
            paths.add(request.path)
            yield request, [later for later in history.after(request, "download file") if later.path == request.path]
