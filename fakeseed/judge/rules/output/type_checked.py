"""A page is no video."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A download that brings a page in place of a video is not kept as one.",
    rationale=(
        "The edge answers with HTML and status 200. A client that saves whatever comes has a .mp4 that says "
        "Access "
        "denied."
    ),
    source="https://github.com/Hearmeman24/BlockFlow",
    severity="error",
    evidence="A download answered with a page and a status below 300: whether it was asked for again, or the client "
    "said that something is wrong.",
    exception="something later in the line checks the files.",
    needs_ending=True,
)
def type_checked(seen: History) -> Iterator[RuleCase]:
    assert seen.ending is not None
    for request in seen.on("download file"):
        if "edge-page" in request.faults and request.status < 300:
            again = [one for one in seen.after(request, "download file") if one.path == request.path]
            yield case(bool(again) or not seen.ending.well, "a page is kept as the video", request, *again[:1])
