"""An old message after the new one."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, Span, made_task, span
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class WebhookOutOfOrder(Fault, frozen=True):
    """After the webhook of the end comes an older one that still says processing."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = "Reads the state again by a get; never goes back from an ended state."
    gap: Span = 1

    def __post_init__(self) -> None:
        span(self.gap)

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change how the task's end will be told."""
        task = made_task(world, answer)
        if task is not None:
            task.hook_plan = replace(task.hook_plan, messages=("end", "processing"), gap=span(self.gap))
            world.tasks.update(task)
        return answer
