"""A webhook that comes before the answer to the create."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import WITH_WEBHOOK, ClientSees, Evidence, Fault
from fakeseed.faults.raw_connection import RawConnection
from fakeseed.model.task import Task
from fakeseed.world.world import World


class WebhookEarly(Fault, frozen=True):
    """The task ends at once, and its webhook is delivered before the create is answered."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = (WITH_WEBHOOK, {"kind": "delivery"})
    correct: ClassVar[str] = "Keeps a webhook for a task that it does not know yet until the create's answer is there."

    def task_made(self, world: World, task: Task) -> None:
        """Let the task start and end now."""
        task.fate = replace(task.fate, queue=0, run=0)
        world.schedule(world.now, "task.start", task.task_id)

    async def delay_response(self, exchange: RawConnection) -> None:
        """Wait until the webhook is delivered."""
        await exchange.settled()
