"""A task or an asset that never ends."""

from typing import ClassVar

from msgspec.structs import replace

from fakeseed.faults.fault import ClientSees, Evidence, Fault, Samples
from fakeseed.model.asset import Asset
from fakeseed.model.task import Task
from fakeseed.world.world import World


class Stuck(Fault, frozen=True):
    """The task runs for ever, or the asset stays Processing for ever."""

    routes: ClassVar[tuple[str, ...]] = ("POST task", "POST asset")
    client_sees: ClassVar[ClientSees] = "an answer"
    takes_real_time: ClassVar[bool] = False
    samples: ClassVar[Samples] = ({"probability": 0.1},)
    evidence: ClassVar[Evidence] = ({"status": "<300"}, {"kind": "request"})
    correct: ClassVar[str] = "Bounds its wait, and tells the task's id when it gives up."

    def task_made(self, world: World, task: Task) -> None:
        """Take its end away."""
        task.fate = replace(task.fate, run=None)

    def asset_made(self, world: World, asset: Asset) -> None:
        """Take the end of its ingest away."""
        asset.fate = replace(asset.fate, delay=None)
        world.timeline.cancel("asset.ingest", asset.asset_id)
