"""An interrupted download is tried again."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.downloads import cut_downloads
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A download that broke off or was answered with a 5xx is tried again.",
    rationale="The video is paid for and its URL still lives; the next try costs nothing.",
    source="https://github.com/Shopify/toxiproxy",
    severity="error",
    evidence=(
        "A download that a fault cut off or answered with a 5xx, and whether the same file was asked for again. A "
        "client that took the rest for whole breaks another rule."
    ),
    exception="whatever runs the client fetches the video later.",
    retry="if",
)
def retried_after_cut(history: History) -> Iterator[RuleCase]:
    for cut, again in cut_downloads(history):
        fooled = history.ending is not None and history.ending.successful
        if again or not (fooled or history.stopped):
            yield case(bool(again), "a paid video is given up at the first cut", cut)
