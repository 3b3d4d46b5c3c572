"""A webhook that comes long after the task's end."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import WITH_WEBHOOK, ClientSees, Evidence, Fault, Span, span
from fakeseed.model.task import Task
from fakeseed.world.world import World


class WebhookLate(Fault, frozen=True):
    """The webhook comes long after the end."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = (WITH_WEBHOOK, {"kind": "delivery"})
    correct: ClassVar[str] = "Polls as well; takes the late message for a duplicate."
    delay: Annotated[Span, msgspec.Meta(description="world time from the end to the webhook")] = "1h"

    def __post_init__(self) -> None:
        span(self.delay)

    def task_made(self, world: World, task: Task) -> None:
        """Change how the task's end will be told."""
        task.hook_plan = replace(task.hook_plan, delay=span(self.delay))
