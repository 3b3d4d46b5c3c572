"""Webhook attempts that count as refused by the receiver."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import WITH_WEBHOOK, ClientSees, Evidence, Fault, Samples
from fakeseed.model.task import Task
from fakeseed.world.world import World


class WebhookRefused(Fault, frozen=True):
    """The first attempts of the webhook count as refused by the receiver and come again, 5 s apart."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"attempts": 3}, {})
    evidence: ClassVar[Evidence] = (WITH_WEBHOOK, {"kind": "delivery", "cause": "kept back by a fault"})
    correct: ClassVar[str] = (
        "Answers 2xx only when it has kept the message, and quickly; three attempts are all there are."
    )
    attempts: Annotated[int, msgspec.Meta(ge=1, le=3, description="attempts that are lost; 3: all")] = 1
    status: Annotated[int, msgspec.Meta(ge=0, le=599, description="what they count as answered with; 0: no answer")] = (
        503
    )

    def __post_init__(self) -> None:
        if 200 <= self.status < 300:
            raise ValueError(f"status {self.status} would count as delivered")

    def task_made(self, world: World, task: Task) -> None:
        """Change how the task's end will be told."""
        task.hook_plan = replace(task.hook_plan, lost=self.attempts, lost_status=self.status)
