"""Silence."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, made_task
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class WebhookNever(Fault, frozen=True):
    """The webhook is never sent."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = "Polls as well, however seldom; a webhook alone is no proof that nothing happened."

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change how the task's end will be told."""
        task = made_task(world, answer)
        if task is not None:
            task.hook_plan = replace(task.hook_plan, messages=())
            world.tasks.update(task)
        return answer
