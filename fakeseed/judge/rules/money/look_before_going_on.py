"""Nothing more is bought while a purchase is open."""

from collections.abc import Iterator

from fakeseed.judge.evidence import Evidence
from fakeseed.judge.looks import looked
from fakeseed.judge.rule import Case, case, rule


@rule(
    "After a create whose answer was lost, no other create is sent before the account was looked at.",
    why="The first task may run, hold its points and one of the few places. A batch that goes on never finds it again: "
    "a video that is paid for and that nobody fetches.",
    source="https://github.com/Comfy-Org/ComfyUI/pull/16204",
    severity="warning",
    evidence="Creates that took effect without an answer or with a 5xx, and the next create when its body is another.",
    unless="another program looks for tasks that nobody knows.",
)
def look_before_going_on(seen: Evidence) -> Iterator[Case]:
    for request in seen.on("create"):
        if not request.failed or not seen.made_by[request.seq]:
            continue
        other = next(iter(seen.after(request, "create")), None)
        if other is not None and not other.like(request):
            says = "another create follows a lost one without a look at what became of it"
            yield case(looked(seen, request, other), says, request, other)
