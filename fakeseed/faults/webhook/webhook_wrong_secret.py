"""A webhook with another secret than the agreed one."""

from typing import Annotated, ClassVar

import msgspec
from msgspec.structs import replace

from fakeseed.faults.fault import WITH_WEBHOOK, ClientSees, Evidence, Fault
from fakeseed.model.task import Task
from fakeseed.world.world import World


class WebhookWrongSecret(Fault, frozen=True):
    """The webhook carries another secret than the one that was agreed."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = (WITH_WEBHOOK, {"kind": "delivery"})
    correct: ClassVar[str] = "Compares the secret in constant time and answers 401 to a wrong one."
    carries: Annotated[str, msgspec.Meta(max_length=200, description="what it carries; empty: none")] = "not-the-secret"

    def task_made(self, world: World, task: Task) -> None:
        """Change how the task's end will be told."""
        task.hook_plan = replace(task.hook_plan, secret=self.carries)
