"""How a prompt names its references."""

import re

from fakeseed.judge.entries import RequestRecord

_LABEL = re.compile(r"(?<![\w@])(?:@(image|video|audio)\s?|(Image|Video|Audio) )(\d{1,2})(?![\w.:%-])", re.ASCII)
_EARLIER = ("draft_task_id", "parent_task_id", "origin_task_id", "task_id", "video_url")


def labels_in(request: RequestRecord) -> set[tuple[str, int]]:
    """The labels in a create's prompt, as kind and number: ``Image 1`` and ``@image1`` alike."""
    prompt = request.input.get("prompt")
    labels = _LABEL.findall(prompt) if isinstance(prompt, str) else []
    return {((at or plain).capitalize(), int(number)) for at, plain, number in labels if int(number) > 0}


def builds_on_earlier_task(request: RequestRecord) -> bool:
    """Whether the task takes references from an earlier one, so that its own arrays are not all there is."""
    return any(request.input.get(name) for name in _EARLIER)
