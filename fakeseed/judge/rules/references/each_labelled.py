"""A prompt that labels references labels all of them."""

from collections.abc import Iterator

from fakeseed.judge.history import History
from fakeseed.judge.queries.prompt_labels import builds_on_earlier_task, labels_in
from fakeseed.judge.rule import RuleCase, case, rule


@rule(
    "A prompt that labels one of several pictures labels all of them.",
    rationale=(
        "The order of image_urls decides which is Image 1. A prompt that labels only some leaves it to chance what"
        " the others do."
    ),
    source="https://piapi.ai/blogs/seedance-private-assets-api",
    severity="advice",
    evidence="Creates with two or more image_urls outside first_last_frames whose prompt labels at least one of them.",
    exception="the others are meant as mood alone.",
)
def each_labelled(history: History) -> Iterator[RuleCase]:
    for request in history.on("create task"):
        count = len(request.array("image_urls"))
        labelled = {number for kind, number in labels_in(request) if kind == "Image"}
        if (
            count < 2
            or not labelled
            or builds_on_earlier_task(request)
            or request.input.get("mode") == "first_last_frames"
        ):
            continue
        silent = [f"Image {number}" for number in range(1, count + 1) if number not in labelled]
        yield case(not silent, f"the prompt does not say what {', '.join(silent)} is for", request)
