"""Assets that are deleted while a task uses them."""

from typing import ClassVar

from fakeseed.faults.fault import ClientSees, Evidence, Fault
from fakeseed.model.references import SCHEME
from fakeseed.model.task import Task
from fakeseed.world import assets_service
from fakeseed.world.world import World


class AssetDeletedWhileUsed(Fault, frozen=True):
    """The assets that a task refers to are deleted as soon as it is accepted."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    evidence: ClassVar[Evidence] = ({"status": "<300", "body": "~asset://"},)
    correct: ClassVar[str] = "Lets the task end, and does not count on the asset for the next one."

    def task_made(self, world: World, task: Task) -> None:
        """Delete what the task refers to."""
        for tile in task.references:
            if tile.uri.startswith(SCHEME):
                assets_service.delete(world, tile.uri.removeprefix(SCHEME))
