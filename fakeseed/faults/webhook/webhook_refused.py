"""The receiver is down."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import Fault, made_task
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class WebhookRefused(Fault, frozen=True):
    """The first attempts of the webhook count as refused by the receiver and come again, 5 s apart."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = (
        "Answers 2xx only when it has kept the message, and quickly; three attempts are all there are."
    )
    attempts: Annotated[int, msgspec.Meta(ge=1, le=3, description="attempts that are lost; 3: all")] = 1
    status: Annotated[int, msgspec.Meta(ge=0, le=599, description="what they count as answered with; 0: no answer")] = (
        503
    )

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Change how the task's end will be told."""
        task = made_task(world, answer)
        if task is not None:
            task.hook_plan = replace(task.hook_plan, lost=self.attempts, lost_status=self.status)
            world.tasks.update(task)
        return answer
