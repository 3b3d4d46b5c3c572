"""An older webhook that comes after the newer one."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import WITH_WEBHOOK, ClientSees, Evidence, Fault, Span, span
from fakeseed.model.task import Task
from fakeseed.world.world import World


class WebhookOutOfOrder(Fault, frozen=True):
    """After the webhook of the end comes an older one that still says processing."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = (WITH_WEBHOOK, {"kind": "delivery"}, {"kind": "delivery"})
    correct: ClassVar[str] = "Reads the state again by a get; never goes back from an ended state."
    gap: Annotated[Span, msgspec.Meta(description="world time between the two messages")] = 1

    def __post_init__(self) -> None:
        span(self.gap)

    def task_made(self, world: World, task: Task) -> None:
        """Change how the task's end will be told."""
        task.hook_plan = replace(task.hook_plan, messages=("end", "processing"), gap=span(self.gap))
