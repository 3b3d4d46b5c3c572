"""It never ends."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import Fault, made_assets, made_task
from fakeseed.piapi.answers import Answer
from fakeseed.piapi.surface import Call
from fakeseed.world.world import World


class Stuck(Fault, frozen=True):
    """The task runs for ever, or the asset stays Processing for ever."""

    routes: ClassVar[tuple[str, ...]] = ("POST task", "POST asset")
    correct: ClassVar[str] = "Bounds its wait, and tells the task's id when it gives up."

    def then(self, world: World, call: Call, answer: Answer) -> Answer:
        """Take the end away from what was made."""
        task = made_task(world, answer)
        if task is not None:
            task.fate = replace(task.fate, run=None)
            world.tasks.update(task)
        for asset in made_assets(world, answer):
            asset.fate = replace(asset.fate, delay=None)
            world.timeline.cancel("asset.ingest", asset.asset_id)
            world.assets.update(asset)
        return answer
