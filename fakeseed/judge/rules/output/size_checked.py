"""Half a file is no file."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.downloads import cut_downloads
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A download that ends before Content-Length is not taken for a video.",
    rationale="Connections break in the middle of files. Half an MP4 has a name and a size, and no player opens it.",
    source="https://github.com/Shopify/toxiproxy",
    severity="error",
    evidence="A download that a fault cut off, not asked for again by a client that then ended as if all were well.",
    exception="something later in the line checks the files.",
    needs_ending=True,
)
def size_checked(seen: History) -> Iterator[RuleCase]:
    assert seen.ending is not None
    for cut, again in cut_downloads(seen):
        yield case(bool(again) or not seen.ending.well, "a cut file is taken for the whole", cut)
