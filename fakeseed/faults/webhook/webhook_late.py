"""Told late."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, Span, made_task, span
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class WebhookLate(Fault, frozen=True):
    """The webhook comes long after the end."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = "Polls as well; takes the late message for a duplicate."
    delay: Span = "1h"

    def __post_init__(self) -> None:
        span(self.delay)

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change how the task's end will be told."""
        task = made_task(world, answer)
        if task is not None:
            task.hook_plan = replace(task.hook_plan, delay=span(self.delay))
            world.tasks.update(task)
        return answer
