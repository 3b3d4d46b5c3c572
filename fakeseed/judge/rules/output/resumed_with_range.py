"""An interrupted download is resumed with a Range request."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.downloads import cut_downloads
from fakeseed.judge.rule import RuleCase, case, rule

MIDWAY = frozenset({"truncate", "reset-midway"})


@rule(
    "A download that broke off in the middle is resumed with a Range request.",
    rationale=(
        "Videos of 1080p are large, and on a line that breaks every few megabytes a client that begins anew never ends."
    ),
    source="https://piapi.ai/blogs/seedance-2-0-api-first-call",
    severity="advice",
    evidence="A download cut off in the middle, and the Range header of the next request for the same file.",
    exception="files are small.",
    retry="how",
)
def resumed_with_range(history: History) -> Iterator[RuleCase]:
    for cut, again in cut_downloads(history):
        if again and cut.faults & MIDWAY and cut.status in (200, 206):
            yield case("range" in again[0].headers, "the download begins anew", cut, again[0])
