"""Somebody else's message."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import Fault, made_task
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class WebhookWrongSecret(Fault, frozen=True):
    """The webhook carries another secret than the one that was agreed."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = "Compares the secret in constant time and answers 401 to a wrong one."
    carries: Annotated[str, msgspec.Meta(max_length=200, description="what it carries; empty: none")] = "not-the-secret"

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change how the task's end will be told."""
        task = made_task(world, answer)
        if task is not None:
            task.hook_plan = replace(task.hook_plan, secret=self.carries)
            world.tasks.update(task)
        return answer
