"""Downloads that did not come whole."""

from collections.abc import Iterator

from fakeseed.judge.entries import LOST, RequestRecord
from fakeseed.judge.history import History

CUTS = LOST - {"malformed-json"}
"""Faults that break a file; what is done to JSON alone leaves it whole."""


def cut_downloads(history: History) -> Iterator[tuple[RequestRecord, list[RequestRecord]]]:
    """Each file that was first cut off or met a 5xx, with the requests for it that follow."""
    paths = set()
    for request in history.on("file"):
        if request.path not in paths and (request.faults & CUTS or request.status >= 500):
            paths.add(request.path)
            yield request, [later for later in history.after(request, "file") if later.path == request.path]
