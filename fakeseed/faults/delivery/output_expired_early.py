"""The video is gone before its time."""

from typing import ClassVar

from fakeseed.faults.fault import Fault, Span, made_task, span
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class OutputExpiredEarly(Fault, frozen=True):
    """The video's URL dies sooner after the end than it should."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = (
        "Downloads as soon as the task is completed; on a 404 asks the task again before it gives up."
    )
    lasting: Span = 60

    def __post_init__(self) -> None:
        if span(self.lasting) < 1:
            raise ValueError("lasting must be more than 0 s")

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Shorten the life that the output will have."""
        task = made_task(world, answer)
        if task is not None:
            task.output_life = span(self.lasting)
            world.tasks.update(task)
        return answer
