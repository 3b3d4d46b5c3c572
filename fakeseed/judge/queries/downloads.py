"""Downloads that did not come whole."""

from collections.abc import Iterator

from fakeseed.judge.entries import LOST, RequestRecord
from fakeseed.judge.history import History

CUTS = LOST - {"malformed-json"}
"""Faults that break a file; what is done to JSON alone leaves it whole."""


def cut_downloads(seen: History) -> Iterator[tuple[RequestRecord, list[RequestRecord]]]:
    """Each file that was first cut off or met a 5xx, with the requests for it that follow."""
    done = set()
    for request in seen.on("file"):
        if request.path not in done and (request.faults & CUTS or request.status >= 500):
            done.add(request.path)
            yield request, [one for one in seen.after(request, "file") if one.path == request.path]
