"""A video whose URL expires before its time."""

from typing import Annotated, ClassVar

import msgspec

from fakeseed.faults.fault import ClientSees, Evidence, Fault, Span, span
from fakeseed.model.task import Task
from fakeseed.world.world import World


class OutputExpiredEarly(Fault, frozen=True):
    """The video's URL dies sooner after the end than it should."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"status": "<300"}, {"kind": "event", "to": "completed"}, {"kind": "request"})
    correct: ClassVar[str] = (
        "Downloads as soon as the task is completed; on a 404 asks the task again before it gives up."
    )
    lasting: Annotated[Span, msgspec.Meta(description="world time that the URL lives")] = 60

    def __post_init__(self) -> None:
        if span(self.lasting) < 1:
            raise ValueError("lasting must be more than 0 s")

    def task_made(self, world: World, task: Task) -> None:
        """Shorten the life that the output will have."""
        task.output_life = span(self.lasting)
