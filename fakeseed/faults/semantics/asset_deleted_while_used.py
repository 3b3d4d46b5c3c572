"""Somebody else cleans up."""

from typing import ClassVar

from fakeseed.faults.fault import Fault, made_task
from fakeseed.model.references import SCHEME
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world import assets
from fakeseed.world.world import World


class AssetDeletedWhileUsed(Fault, frozen=True):
    """The assets that a task refers to are deleted as soon as it is accepted."""

    routes: ClassVar[tuple[str, ...]] = ("POST task",)
    correct: ClassVar[str] = "Lets the task end, and does not count on the asset for the next one."

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Delete what the task refers to."""
        task = made_task(world, answer)
        for tile in task.tiles if task is not None else ():
            if tile.uri.startswith(SCHEME):
                assets.delete(world, tile.uri.removeprefix(SCHEME))
        return answer
