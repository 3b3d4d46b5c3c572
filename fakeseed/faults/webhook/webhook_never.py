"""A webhook that is never sent."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import WITH_WEBHOOK, ClientSees, Evidence, Fault
from fakeseed.model.task import Task
from fakeseed.world.world import World


class WebhookNever(Fault, frozen=True):
    """The webhook is never sent."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = (WITH_WEBHOOK, {"kind": "event", "to": "~completed|failed"}, {"kind": "request"})
    correct: ClassVar[str] = "Polls as well, however seldom; a webhook alone is no proof that nothing happened."

    def task_made(self, world: World, task: Task) -> None:
        """Change how the task's end will be told."""
        task.hook_plan = replace(task.hook_plan, messages=())
