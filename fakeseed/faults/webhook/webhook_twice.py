"""Told twice."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, Span, made_task, span
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class WebhookTwice(Fault, frozen=True):
    """The same webhook is sent again a while after it was taken."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = "Drops what it has seen: same task, same status."
    gap: Span = 1

    def __post_init__(self) -> None:
        span(self.gap)

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change how the task's end will be told."""
        task = made_task(world, answer)
        if task is not None:
            task.hook_plan = replace(task.hook_plan, messages=("end", "end"), gap=span(self.gap))
            world.tasks.update(task)
        return answer
