"""An HTML page is not accepted as a video."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "An HTML page in place of a video is not accepted as a video.",
    rationale=(
        "The edge answers with HTML and status 200. A client that saves whatever comes has a .mp4 that says Access"
        " denied."
    ),
    source="https://github.com/Hearmeman24/BlockFlow",
    severity="error",
    evidence=(
        "A download answered with a page and a status below 300: whether it was asked for again, or the client "
        "said that something is wrong."
    ),
    exception="something later in the line checks the files.",
    needs_ending=True,
)
def type_checked(history: History) -> Iterator[RuleCase]:
    assert history.ending is not None
    for request in history.on("download file"):
        if "edge-page" in request.faults and request.status < 300:
            again = [entry for entry in history.after(request, "download file") if entry.path == request.path]
            yield case(bool(again) or not history.ending.successful, "a page is kept as the video", request, *again[:1])
