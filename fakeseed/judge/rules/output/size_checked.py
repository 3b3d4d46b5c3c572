"""A truncated download is not accepted as a video."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.downloads import cut_downloads
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A download that ends before its Content-Length is not accepted as a video.",
    rationale="Connections break in the middle of files. Half an MP4 has a name and a size, and no player opens it.",
    source="https://github.com/Shopify/toxiproxy",
    severity="error",
    evidence="A download that a fault cut off, not asked for again by a client that then ended as if all were well.",
    exception="something later in the line checks the files.",
    needs_ending=True,
)
def size_checked(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    for cut, again in cut_downloads(history):
        yield case(bool(again) or not history.ending.successful, "a cut file is taken for the whole", cut)
